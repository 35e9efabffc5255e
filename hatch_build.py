"""What a build of the wheel adds: the matrix, checked and compiled, and the index of the rules."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompilingHook(BuildHookInterface[Any]):
    """Compiles the matrix and the index for a wheel. A checkout in editable mode reads the files themselves."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write what is compiled, and have it packed; a matrix with errors ends the build."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from doctor.engine.catalogue import module_names, node_codes
        from doctor.engine.index import INDEX, compile_index
        from doctor.matrix.checked import check_shipped
        from doctor.matrix.compiled import compile_part
        from doctor.matrix.shipped import COMPILED

        index = compile_index(module_names()[code] for code in node_codes())
        contents = {f"doctor/matrices/{COMPILED}": compile_part(check_shipped()), f"doctor/rules/{INDEX}": index}
        self._folder = tempfile.TemporaryDirectory()
        for place, content in contents.items():
            path = Path(self._folder.name) / Path(place).name
            path.write_bytes(content)
            build_data["force_include"][str(path)] = place

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the files: the wheel has them."""
        if version != "editable":
            self._folder.cleanup()
