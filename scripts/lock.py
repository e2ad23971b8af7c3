"""Write the hashed locks from the ranges in pyproject.toml: ``make lock``, or ``make lock UPGRADE=1`` for newer ones.

Each lock serves every CPython from 3.11 on, on Linux, and names packages, versions and hashes only: never a host, a
path or an option, so that it works with whatever package index a machine is set up for.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
# The development lock takes the run lock as given, so that both name the same versions.
LOCKS = {
    "installer": ["--group", "installer"],
    "node": ["--group", "node"],
    "run": ["pyproject.toml", "--group", "build"],
    "development": ["pyproject.toml", "--group", "build", "--group", "development", "--constraint", "locks/run.txt"],
}
OPTIONS = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-emit-index-url"]
# True wherever the locks are used; [tool.uv] in pyproject.toml says so to uv, which repeats it on every line.
ALWAYS_TRUE = (
    "implementation_name == 'cpython'",
    "platform_python_implementation == 'CPython'",
    "sys_platform == 'linux'",
)


def without_the_obvious(lock: str) -> str:
    """Take the conditions that always hold out of a lock, which leaves those that differ between Pythons."""
    for condition in ALWAYS_TRUE:
        lock = lock.replace(f" and {condition}", "").replace(f"{condition} and ", "").replace(f" ; {condition}", "")
    return lock


def main() -> int:
    """Write all locks; an address or an option in one of them is an error."""
    upgrade = ["--upgrade"] if os.environ.get("UPGRADE") else []
    for name, sources in LOCKS.items():
        path = ROOT / "locks" / f"{name}.txt"
        command = [str(UV), "pip", "compile", "--quiet", *sources, *OPTIONS, *upgrade, "--output-file", str(path)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        text = without_the_obvious(path.read_text("utf-8"))
        if re.search(r"://|^-|@ ", text, re.MULTILINE):
            print(f"lock: locks/{name}.txt names an address or an option", file=sys.stderr)
            return 1
        path.write_text(text, "utf-8")
        print(f"lock: locks/{name}.txt, {len(re.findall(r'(?m)^[a-z0-9]', text))} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
