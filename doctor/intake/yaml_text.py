"""Reading YAML, which needs PyYAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from doctor.core.errors import TargetError


def parse_yaml(text: str, path: Path) -> Any:
    """The value of a document.

    Raises:
        TargetError: it is no YAML, or PyYAML is missing.
    """
    try:
        import yaml
    except ImportError as error:
        raise TargetError(
            f"{path} is YAML, which PyYAML reads", hint='pip install "llm-stack-doctor[serve]" brings it'
        ) from error
    try:
        return yaml.safe_load(text)
    # Of a date like 2024-99-99 it lets the ValueError through, of `!!timestamp x` an AttributeError:
    # https://github.com/yaml/pyyaml/issues/382, and of deep nesting the RecursionError.
    except (yaml.YAMLError, ValueError, AttributeError, RecursionError) as error:
        raise TargetError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
