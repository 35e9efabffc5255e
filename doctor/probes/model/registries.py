"""The names that the installed vLLM and transformers know, from their source, which is parsed and never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doctor.core.fact import Absent, Fact, Source, SourceKind
from doctor.core.packages.registry import TRANSFORMERS_REGISTRY, VLLM_REGISTRY, TransformersRegistry, VllmRegistry
from doctor.core.packages.registry import no_folder_asked_for as not_asked_for
from doctor.core.snapshot import Key
from doctor.core.target import Facts, Probe, Target
from doctor.probes.attempt import attempt_fact
from doctor.probes.packages.folders import search_folders
from doctor.probes.regular_file import read_regular

Table = dict[str, tuple[str, ...]]

_TOKENIZER = re.compile(r"[A-Z]\w*Tokenizer(Fast)?|(Tokenizers|SentencePiece|Python|MistralCommon)Backend")
_ALWAYS = ("PreTrainedTokenizer", "PreTrainedTokenizerFast")


def find(target: Target) -> Facts:
    """Find the facts of this probe."""
    if target.artifacts.empty:
        return [(key, not_asked_for(key.name)) for key in (VLLM_REGISTRY, TRANSFORMERS_REGISTRY)]
    return [
        (VLLM_REGISTRY, _fact(target, "vllm", VLLM_REGISTRY, read_vllm)),
        (TRANSFORMERS_REGISTRY, _fact(target, "transformers", TRANSFORMERS_REGISTRY, read_transformers)),
    ]


def _fact(target: Target, package: str, key: Key[Any], read: Any) -> Fact[Any]:
    folder = next((f for f in search_folders(target) if package in f.entries), None)
    if folder is None:
        source = Source(kind=SourceKind.FILE, where=target.interpreter.prefix)
        return Absent(source=source, detail=f"no folder {package} lies on the search path")
    path = Path(folder.path) / package
    return attempt_fact(Source(kind=SourceKind.FILE, where=str(path)), lambda: read(path))


def read_vllm(package: Path) -> VllmRegistry:
    """Read the registry of the models of vLLM.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not of a form that is known.
    """
    models = package / "model_executor/models"
    # Up to vLLM 0.5.4 the registry was the package itself.
    tables = _tables(models / "registry.py") or _tables(models / "__init__.py")
    known = {name for table, names in tables.items() if table.endswith("_MODELS") for name in names}
    removed = tables.get("_PREVIOUSLY_SUPPORTED_MODELS", {})
    outside = tables.get("_OOT_SUPPORTED_MODELS", {})
    architectures = known - removed.keys() - outside.keys()
    if "LlamaForCausalLM" not in architectures:
        raise ValueError(f"{models}: the table of models has a form that is not known")
    return VllmRegistry(
        architectures=tuple(sorted(architectures)),
        removed={name: "".join(release[:1]) for name, release in removed.items()},
        model_types=tuple(sorted(_tables(package / "transformers_utils/config.py").get("_CONFIG_REGISTRY", {}))),
        quantizations=_quantizations(package / "model_executor/layers/quantization/__init__.py"),
        fallback="TransformersForCausalLM" in architectures,
    )


def _quantizations(path: Path) -> tuple[str, ...]:
    """A ``Literal`` of names, or up to vLLM 0.7 the keys of a table."""
    for statement in _parse(path).body:
        for name, value in _assignment(statement):
            if name in ("QuantizationMethods", "QUANTIZATION_METHODS"):
                found = _table(value) or dict.fromkeys(_strings(value), ())
                if found:
                    return tuple(sorted(found))
    return ()


def read_transformers(package: Path) -> TransformersRegistry:
    """Read the automatic classes of transformers.

    Raises:
        OSError: a file cannot be read.
        ValueError: it is not of a form that is known.
    """
    auto = package / "models/auto"
    # From transformers 5 on the table of the configs has a file of its own, which the other one extends.
    files = (auto / "auto_mappings.py", auto / "configuration_auto.py")
    model_types = {name for file in files for name in _tables(file, extend=True).get("CONFIG_MAPPING_NAMES", ())}
    causal = _tables(auto / "modeling_auto.py").get("MODEL_FOR_CAUSAL_LM_MAPPING_NAMES", {})
    if "llama" not in model_types or "llama" not in causal:
        raise ValueError(f"{auto}: the table of models has a form that is not known")
    named = (
        text for file in (auto / "tokenization_auto.py", package / "__init__.py") for text in _strings(_parse(file))
    )
    return TransformersRegistry(
        model_types=tuple(sorted(model_types)),
        causal=dict(sorted(causal.items())),
        tokenizers=tuple(sorted({*_ALWAYS, *filter(_TOKENIZER.fullmatch, named)})),
    )


def _tables(path: Path, *, extend: bool = False) -> dict[str, Table]:
    """The tables of texts that a module assigns to names, or with `extend` updates."""
    if not path.is_file():
        return {}
    found: dict[str, Table] = {}
    for statement in _parse(path).body:
        for name, value in _assignment(statement):
            found.setdefault(name, {}).update(_table(value))
        if extend and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            function = statement.value.func
            if (
                isinstance(function, ast.Attribute)
                and function.attr == "update"
                and isinstance(function.value, ast.Name)
            ):
                found.setdefault(function.value.id, {}).update(_table(statement.value))
    return found


def _assignment(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        yield statement.targets[0].id, statement.value
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
        yield statement.target.id, statement.value


def _table(value: ast.expr) -> Table:
    """The texts of a dict, of a list of pairs, or of the keywords of a call, by their keys."""
    found: Table = {}
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            found.update({item.arg: tuple(_strings(item.value)) for item in node.keywords if item.arg})
            continue
        if isinstance(node, ast.Dict):
            rows = zip(node.keys, node.values, strict=True)
        elif isinstance(node, ast.List):
            rows = (
                (item.elts[0], item.elts[1])
                for item in node.elts
                if isinstance(item, ast.Tuple) and len(item.elts) == 2
            )  # type: ignore[assignment]
        else:
            continue
        for key, item in rows:
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                found[key.value] = tuple(_strings(item))
    return found


def _strings(node: ast.AST) -> list[str]:
    return [item.value for item in ast.walk(node) if isinstance(item, ast.Constant) and isinstance(item.value, str)]


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(read_regular(path))
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"{path}: {error}") from error


REGISTRIES_PROBE = Probe(name="registries", keys=(VLLM_REGISTRY, TRANSFORMERS_REGISTRY), find=find)
