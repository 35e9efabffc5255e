"""What a build of the wheel adds: the matrix, checked and compiled."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class MatrixHook(BuildHookInterface[Any]):
    """Compiles the matrix for a wheel. A checkout in editable mode reads the TOML files themselves."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the compiled matrix, and have it packed; a matrix with errors ends the build."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from doctor.matrix.compiled import compile_part
        from doctor.matrix.load import check_shipped
        from doctor.matrix.shipped import COMPILED

        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name) / COMPILED
        path.write_bytes(compile_part(check_shipped()))
        build_data["force_include"][str(path)] = f"doctor/matrices/{COMPILED}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the file: the wheel has it."""
        if version != "editable":
            self._folder.cleanup()
