"""Runs a function in a child process that may be limited, lose its rights, or die; for tests of broken machines."""

from __future__ import annotations

import os
import pickle
import resource
from collections.abc import Callable
from typing import Any

NOBODY = 65_534


def in_child(work: Callable[[], Any], *, file_bytes: int | None = None, drop_root: bool = False) -> Any:
    """-> what `work` returned there, or the exception that it raised. The child ends at once, as if it were killed.

    file_bytes: no file may grow beyond (RLIMIT_FSIZE): a full disk, for those who may not mount one.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            if file_bytes is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
            if drop_root and os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            try:
                answer = work()
            except Exception as error:
                answer = error
            os.write(writer, pickle.dumps(answer))
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    assert answer, "the child died"
    return pickle.loads(answer)
