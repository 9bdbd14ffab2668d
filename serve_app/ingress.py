"""The Ray Serve deployment around the application."""

from __future__ import annotations

from typing import Any

from ray import serve

from actors import logs
from actors.config import LogConfig
from serve_app.app import build_app
from serve_app.services import ServeConfig

MAX_ONGOING_REQUESTS = 1_000
"""Serve's 5 would let five open event streams or slow uploads block everybody else."""

HEALTH_CHECK_SECONDS = 1.0
"""How soon Serve notices that the ingress died; its own 10 s are an outage for everybody, since there is only one."""


def application(config: ServeConfig) -> Any:
    """-> the Serve application: one replica on the head node, since Gradio keeps sessions in the process."""

    def build() -> Any:
        logs.configure(LogConfig(config.log_file, config.log_level))
        return build_app(config)

    @serve.deployment(
        name="ingress",
        num_replicas=1,
        max_ongoing_requests=MAX_ONGOING_REQUESTS,
        health_check_period_s=HEALTH_CHECK_SECONDS,
        ray_actor_options={"num_cpus": 0, "resources": {"node:__internal_head__": 0.001}},
    )
    @serve.ingress(build)
    class Ingress:
        """Holds the application; everything is in its routes."""

    return Ingress.bind()  # type: ignore[attr-defined]
