"""Errors of the command line and of starting a server: each is one sentence saying what is wrong and what to do."""

from __future__ import annotations

from typing import ClassVar

from common.errors import KhelmerchError


class ClusterError(KhelmerchError):
    """Something about settings or the cluster is wrong; the message is shown as it is. What the server refuses, and that none
    answers, are errors of `khelmerch_client`."""

    code: ClassVar[str] = "cluster_error"
    status: ClassVar[int] = 503


class SettingsError(ClusterError):
    """One or more settings are wrong. The message holds a line for each; `problems` lists them."""

    code = "settings_invalid"

    @classmethod
    def of(cls, problems: list[str]) -> SettingsError:
        return cls("\n".join(problems), problems=list(problems))

    @property
    def problems(self) -> list[str]:
        return list(self.data.get("problems", [self.detail]))


class JoinRefused(ClusterError):
    """This machine cannot join a head; the message says why and what to do."""

    code = "join_refused"


class BackupRefused(ClusterError):
    """A backup cannot be made or put back; the message says why."""

    code = "backup_refused"


class NothingLogged(ClusterError):
    """The log of this machine says nothing of a task."""

    code = "nothing_logged"


class BundleRefused(ClusterError):
    """A support bundle cannot be written; the message says why."""

    code = "bundle_refused"
