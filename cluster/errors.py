"""Errors of the command line and of starting a server: each is one sentence saying what is wrong and what to do."""

from __future__ import annotations

from typing import ClassVar

from common.errors import KhelmerchError


class ClusterError(KhelmerchError):
    """Something about settings, the cluster or the connection to the server is wrong; the message is shown as it is."""

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


class ServerUnreachable(ClusterError):
    """No server answers at the address."""

    code = "server_unreachable"


class ApiError(ClusterError):
    """The server refused a request; `problem_code` and `problem_status` are those of its problem document."""

    code = "api_error"

    @property
    def problem_code(self) -> str:
        return str(self.data.get("problem_code", "unknown"))

    @property
    def problem_status(self) -> int:
        return int(self.data.get("problem_status", 0))


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
