"""What a release of vLLM can be told about one request: the arguments of SamplingParams."""

from __future__ import annotations

import ast

from scripts.derivation.sources import Sources, fields_of, method_of

_PATH = "vllm/sampling_params.py"


def read_sampling(sources: Sources) -> list[str]:
    """The arguments of ``SamplingParams(...)``: its fields, or before 0.5.1 the parameters of its initialiser.

    Raises:
        LookupError: the class is not where it was.
    """
    node = sources.find_class("SamplingParams", _PATH)
    if node is None:
        raise LookupError(f"{sources.version} has no SamplingParams in {_PATH}")
    found = set(fields_of(node)) | _parameters(method_of(node, "__init__"))
    return sorted(name for name in found if not name.startswith("_"))


def _parameters(method: ast.FunctionDef | None) -> set[str]:
    if method is None:
        return set()
    return {item.arg for item in (*method.args.args, *method.args.kwonlyargs) if item.arg != "self"}
