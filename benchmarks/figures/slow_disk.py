"""A slower disk for a run: every process that it starts waits a while at each fsync and fdatasync, before the real one.

Virtual disks often answer a sync from memory, in a tenth of a millisecond; a SATA SSD takes about one millisecond, a hard disk or
a network volume five to ten.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_for_disk(void) {
    const char *text = getenv("KHELMERCH_BENCH_SYNC_US");
    long us = text ? atol(text) : 0;
    struct timespec pause = {us / 1000000, us % 1000000 * 1000};
    nanosleep(&pause, 0);
}

#define SLOW(name) \
    int name(int file) { \
        static int (*real)(int); \
        if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, #name); \
        wait_for_disk(); \
        return real(file); \
    }
SLOW(fsync)
SLOW(fdatasync)
"""
_VARIABLE = "KHELMERCH_BENCH_SYNC_US"


def begin_again(milliseconds: float) -> None:
    """Run this command again, with syncs that take so much longer; returns in the process where they do.

    Raises SystemExit where there is no C compiler.
    """
    if os.environ.get(_VARIABLE):
        return
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise SystemExit("--sync-ms needs a C compiler (Debian: apt-get install gcc libc6-dev).")
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder) / "slow_disk.c", Path(folder) / "slow_disk.so"
        source.write_text(_SHIM, encoding="ascii")
        subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
        changed = {"LD_PRELOAD": str(library), _VARIABLE: str(round(milliseconds * 1000))}
        command = [sys.executable, *sys.orig_argv[1:]]
        raise SystemExit(subprocess.run(command, env={**os.environ, **changed}, check=False).returncode)
