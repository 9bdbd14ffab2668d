"""Known security faults in the packages of constraints.txt, by pip-audit. Needs the network: `make audit`, or CI.

Exit codes: 0 looked up, nothing known; 1 faults were found; 3 NOT AUDITED, because pip-audit or its service could not be
used. 3 is no pass: a job that gets it has looked at nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

PINNED = Path(__file__).parents[1] / "constraints.txt"
FOUND, NOT_AUDITED = 1, 3

LEAST_SHARE = 0.9
"""Of the packages; a few are from an index of their own (the CPU builds of torch)."""

ACCEPTED: dict[str, str] = {}
"""Id of a fault that does not concern this project -> why not. Empty it when the package is raised."""


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def audit() -> int:
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(PINNED), "--no-deps", "--disable-pip"]
        command += ["--format", "json", "--output", str(answer), "--progress-spinner", "off"]
        command += [part for fault in ACCEPTED for part in ("--ignore-vuln", fault)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        # It ends with 1 for faults that it found and for a network that it did not: only an answer tells them apart.
        try:
            packages = json.loads(answer.read_text(encoding="utf-8"))["dependencies"]
        except (OSError, ValueError, KeyError):
            lines = done.stderr.strip().splitlines() or ["pip-audit said nothing"]
            say(f"NOT AUDITED: {lines[-1]}")
            say("Nothing was looked up. Run `make audit` where the network reaches the vulnerability service.")
            return NOT_AUDITED
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    looked_at = len(packages) - len(skipped)
    if looked_at < LEAST_SHARE * len(packages) or not packages:
        # An index that pip-audit cannot read makes it skip everything, say that nothing is known, and end with 0.
        say(f"NOT AUDITED: of {len(packages)} packages only {looked_at} could be looked up.")
        return NOT_AUDITED
    faults = [(package, fault) for package in packages for fault in package.get("vulns", ())]
    for package, fault in faults:
        fixed = ", ".join(fault["fix_versions"]) or "no release yet"
        say(f"{package['name']} {package['version']}: {fault['id']} (fixed in {fixed})")
    say(f"{looked_at} packages looked up, {len(skipped)} skipped {skipped or ''}, {len(faults)} known faults.")
    return FOUND if faults else 0


if __name__ == "__main__":
    sys.exit(audit())
