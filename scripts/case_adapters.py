"""The adapter of a case, as a thread states it: a part of its config, names of tensors, a file that is missing.

What is not stated is Unknown. The listing of the folder is empty, by which rules tell a config
that somebody stated in part from one that was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from doctor.core.artifact.adapter import ADAPTERS, CONFIG, WEIGHTS, AdapterFolder
from doctor.core.artifact.folder import Document
from doctor.core.artifact.tensors import SafetensorsFile, group_tensors
from doctor.core.fact import Absent, Fact, Known, Reason, Source, Unknown
from doctor.core.snapshot import Key
from doctor.rules.lora.names import PREFIX

PATH = "the adapter"


def adapters_of(files: Mapping[str, Any], source: Source) -> Iterator[tuple[Key[Any], Fact[Any]]]:
    """The fact of the adapter that the ``model_files`` of a case state; none where they state nothing of one."""
    not_stated: Unknown[Any] = Unknown(reason=Reason.NOT_STATED, detail="not stated", source=source)
    config = _config(files, source, not_stated)
    weights = _weights(files.get("adapter_tensor_names") or (), source, not_stated)
    if config is not_stated and weights is not_stated:
        return
    folder = AdapterFolder(path=PATH, files=(), config=config, weights=weights, values=not_stated, tokenizer=not_stated)
    yield ADAPTERS, Known(value=(folder,), source=source)


def _config(files: Mapping[str, Any], source: Source, not_stated: Unknown[Any]) -> Fact[Document]:
    stated = files.get(CONFIG)
    if isinstance(stated, dict):
        # {"keys": [...]} names entries of which the values are not told.
        value = dict.fromkeys(stated["keys"]) if "keys" in stated else stated
        return Known(value=Document(name=CONFIG, value=value), source=source)
    if CONFIG in files.get("missing", ()):
        return Absent(source=source, detail=f"there is no {CONFIG}")
    return not_stated


def _weights(modules: Iterable[str], source: Source, not_stated: Unknown[Any]) -> Fact[SafetensorsFile]:
    """Modules become pairs of tensors; their sizes are told by nobody, and are all one."""
    names = [f"{PREFIX}{module}.{part}.weight" for module in modules for part in ("lora_A", "lora_B")]
    if not names:
        return not_stated
    groups = group_tensors(dict.fromkeys(names, ("BF16", (1, 1))))
    return Known(value=SafetensorsFile(name=WEIGHTS, size=0, groups=groups), source=source)
