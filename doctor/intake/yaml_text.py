"""Reading YAML, which needs PyYAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from doctor.core.errors import TargetError

LARGEST = 256 * 1024
"""Bytes of a document: the environment.yml of an environment with 1,000 packages has a fifth."""

MOST = 20_000
"""Entries of a document, where each alias counts as all that it stands for."""


def parse_yaml(text: str, path: Path) -> Any:
    """The value of a document.

    Raises:
        TargetError: it is no YAML, is larger than any that is read, or PyYAML is missing.
    """
    try:
        import yaml
    except ImportError as error:
        raise TargetError(
            f"{path} is YAML, which PyYAML reads", hint='pip install "llm-stack-doctor[serve]" brings it'
        ) from error
    if len(text) > LARGEST:
        raise TargetError(f"{path} has more than {LARGEST // 1024} KiB: no file of options or packages is as large")
    # That of libyaml is five times as fast, and not everywhere: https://pyyaml.org/wiki/PyYAMLDocumentation
    kind = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        loader = kind(text)
        node = loader.get_single_node()
        _hold_to_limit(node, path)
        return None if node is None else loader.construct_document(node)
    # Of a date like 2024-99-99 it lets the ValueError through, of `!!timestamp x` an AttributeError:
    # https://github.com/yaml/pyyaml/issues/382, of `!!bool x` and `!!int ""` what a look-up raises, and of deep
    # nesting the RecursionError.
    except (yaml.YAMLError, ValueError, AttributeError, LookupError, RecursionError) as error:
        raise TargetError(f"{path} is no YAML: {' '.join(str(error).split())}") from error


def _hold_to_limit(node: Any, path: Path) -> None:
    """Refuse what becomes large by aliases, such as ten lists that each hold the one before ten times.

    Raises:
        TargetError: it has more than `MOST` entries.
    """
    waiting, count = [node], 0
    while waiting:
        value = getattr(waiting.pop(), "value", ())
        if isinstance(value, list):
            waiting += [item for entry in value for item in (entry if isinstance(entry, tuple) else (entry,))]
            count += len(value)
        if count > MOST:
            raise TargetError(f"{path} has more than {MOST:,} entries with what its aliases stand for")
