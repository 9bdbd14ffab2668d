"""The console as Gradio blocks: four pages over one client."""

from __future__ import annotations

import gradio as gr

from ui.cluster_page import ClusterPage
from ui.operator_client import OperatorConsole
from ui.settings_page import SettingsPage
from ui.task_page import TaskPage
from ui.tasks_page import TasksPage
from ui.translate_page import TranslatePage

# Gradio keeps uploads in its own folder until the service has taken them; look every hour, remove what is a day old.
CACHE_SWEEP_SECONDS = (3600, 86400)


def build_console(service: OperatorConsole, *, starter: bool = False) -> gr.Blocks:
    """All pages. Nothing is asked of `service` until a visitor comes.

    `starter`: the model is expected to be the starter model, so that its notice has its place from the first moment.
    """
    with gr.Blocks(
        title="хэлмэрч · Khelmerch",
        analytics_enabled=False,
        fill_width=True,
        delete_cache=CACHE_SWEEP_SECONDS,
    ) as console:
        TranslatePage(service, starter=starter).build(console)
    with console.route("Tasks", "/tasks"):
        TasksPage(service).build(console)
    with console.route("Cluster", "/cluster"):
        ClusterPage(service).build(console)
    with console.route("Settings", "/settings"):
        SettingsPage(service).build(console)
    with console.route("Task", "/task"):
        TaskPage(service).build(console)
    return console
