"""Read what the releases of vLLM take in the calls that the end-to-end proof makes, from their sources.

    python scripts/read_vllm_signatures.py FOLDER --write tests/endtoend/signatures.json

FOLDER holds unpacked source distributions, one a release: `FOLDER/0.5.5/vllm/engine/arg_utils.py`.
Nothing of them is run. The file holds names only: for each class or function of vLLM the names
that it takes or has, and the first and last release of each stretch in which it does.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.version import InvalidVersion, Version

LLM = "vllm/entrypoints/llm.py"
REGISTRY = "vllm/model_executor/models/registry.py"
INSPECTION = ("inspect_model_cls", "_run_in_subprocess", "_save_modelinfo_to_cache")
ENGINES = ("vllm/engine/llm_engine.py", "vllm/v1/engine/llm_engine.py")

Names = dict[str, list[list[str]]]


def main(argv: list[str] | None = None) -> int:
    """Read the folder, and write or print what was found."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", type=Path, metavar="FILE", help="where to write it (default: standard output)")
    given = parser.parse_args(argv)
    text = json.dumps(read(given.folder), indent=1) + "\n"
    if given.write:
        given.write.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


def read(folder: Path) -> dict[str, object]:
    """Read every release of the folder: the releases in order, and the stretches of each name of each subject."""
    releases = sorted((path.name for path in folder.iterdir() if _is_release(path)), key=Version)
    subjects: dict[str, Names] = {}
    for index, release in enumerate(releases):
        for subject, name in names_of(folder / release):
            stretches = subjects.setdefault(subject, {}).setdefault(name, [])
            if stretches and index and stretches[-1][1] == releases[index - 1]:
                stretches[-1][1] = release
            elif not stretches or stretches[-1][1] != release:
                stretches.append([release, release])
    return {"releases": releases, "subjects": subjects}


def _is_release(path: Path) -> bool:
    try:
        Version(path.name)
    except InvalidVersion:
        return False
    return (path / LLM).is_file()


def names_of(source: Path) -> Iterator[tuple[str, str]]:
    """Yield pairs of a subject, such as ``LLM.chat``, and a name that it takes or has."""
    yield from (("EngineArgs", name) for name in _fields(source / "vllm/engine/arg_utils.py", "EngineArgs"))
    yield from (("SamplingParams", name) for name in _fields(source / "vllm/sampling_params.py", "SamplingParams"))
    request = _fields(source / "vllm/lora/request.py", "LoRARequest")
    yield "LoRARequest by position", ", ".join(request[:3])
    for method in ("generate", "chat"):
        yield from ((f"LLM.{method}", name) for name in _parameters(source / LLM, "LLM", method))
    for path in ENGINES:
        yield from (("LLMEngine", f"{path}: {name}") for name in _methods(source / path, "LLMEngine") if "lora" in name)
    registry = source / REGISTRY
    inspecting = (*_functions(registry), *_methods(registry, "_LazyRegisteredModel"))
    yield from (("model registry", name) for name in inspecting if name in INSPECTION)
    state = source / "vllm/distributed/parallel_state.py"
    yield from (("parallel_state", name) for name in _functions(state) if name.startswith(("destroy", "cleanup")))


def _class(path: Path, name: str) -> ast.ClassDef | None:
    if not path.is_file():
        return None
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return next((node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == name), None)


def _fields(path: Path, name: str) -> list[str]:
    """The annotated fields of a class, and what its constructor takes where it has one of its own."""
    found = _class(path, name)
    if found is None:
        return []
    fields = [
        item.target.id for item in found.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    ]
    return list(dict.fromkeys([*fields, *_parameters(path, name, "__init__")]))


def _parameters(path: Path, name: str, method: str) -> list[str]:
    """What a method takes; of overloads the last definition is the one that counts."""
    found = _class(path, name)
    own = [item for item in found.body if isinstance(item, ast.FunctionDef) and item.name == method] if found else []
    if not own:
        return []
    arguments = own[-1].args
    return [item.arg for item in (*arguments.args, *arguments.kwonlyargs) if item.arg != "self"]


def _methods(path: Path, name: str) -> list[str]:
    found = _class(path, name)
    return [item.name for item in found.body if isinstance(item, ast.FunctionDef)] if found else []


def _functions(path: Path) -> list[str]:
    if not path.is_file():
        return []
    return [item.name for item in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(item, ast.FunctionDef)]


if __name__ == "__main__":
    sys.exit(main())
