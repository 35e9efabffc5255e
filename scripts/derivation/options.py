"""What a release of vLLM can be told: engine arguments, flags of the server, environment variables."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scripts.derivation.sources import Sources, assigned, fields_of

ENGINE = "vllm/engine/arg_utils.py"
SERVER = (
    "vllm/entrypoints/openai/cli_args.py",
    "vllm/entrypoints/launchers/cli_args.py",  # from 0.29 on
    "vllm/entrypoints/common/cli_args.py",  # from 0.33 on
    "vllm/entrypoints/cli/serve.py",
)
ENVIRONMENT = "vllm/envs.py"
_FLAG = re.compile(r"--[a-z][a-z0-9-]*")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{3,}")


def read_arguments(sources: Sources) -> list[str]:
    """The arguments of ``LLM(...)`` and of the engine: the fields of EngineArgs and AsyncEngineArgs."""
    found: set[str] = set()
    for name in ("EngineArgs", "AsyncEngineArgs"):
        node = sources.find_class(name, ENGINE)
        if node is None:
            raise LookupError(f"{sources.version} has no {name}")
        found |= fields_of(node).keys()
    return sorted(name for name in found if not name.startswith("_"))


def read_flags(sources: Sources) -> list[str]:
    """The flags of ``vllm serve``, one name for each option as it is written in the sources.

    Raises:
        LookupError: those of the server are not among them: they have moved to another file again.
    """
    found = {flag for path in (ENGINE, *SERVER) for flag in _added_flags(sources.tree(path))}
    # From 0.9.2 on the server's own flags are made from the fields of a class.
    for name in ("FrontendArgs", "BaseFrontendArgs"):
        node = sources.find_class(name, *SERVER)
        found |= {f"--{field.replace('_', '-')}" for field in (fields_of(node) if node else ())}
    if "--port" not in found:
        raise LookupError(f"{sources.version}: the flags of its server are in none of {', '.join(SERVER)}")
    return sorted(found)


def _added_flags(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            for argument in node.args:
                if isinstance(argument, ast.Constant) and _FLAG.fullmatch(str(argument.value)):
                    yield str(argument.value)


def read_variables(sources: Sources) -> list[str]:
    """The environment variables that ``vllm/envs.py`` reads, and those of vLLM's own that other files read."""
    found = {name for path in sources.below("vllm") for name in _read_variables(sources, path)}
    table = assigned(sources.tree(ENVIRONMENT), "environment_variables")
    if isinstance(table, ast.Dict):
        found |= {str(key.value) for key in table.keys if isinstance(key, ast.Constant)}
    elif sources.text(ENVIRONMENT):
        raise LookupError(f"{sources.version}: vllm/envs.py has no table of variables")
    return sorted(found)


def _read_variables(sources: Sources, path: str) -> Iterator[str]:
    text = sources.text(path)
    if "environ" not in text and "getenv" not in text:
        return
    for node in ast.walk(sources.tree(path)):
        name = _name_read(node)
        if name is not None and _VARIABLE.fullmatch(name) and name.startswith("VLLM_"):
            yield name


def _name_read(node: ast.AST) -> str | None:
    """The variable that ``os.environ.get(X)``, ``os.getenv(X)``, ``os.environ[X]`` or ``X in os.environ`` reads."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv", "environ.get"):
        name: ast.AST | None = node.args[0] if node.args else None
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _is_environ(node.value):
        name = node.slice
    elif isinstance(node, ast.Compare) and _is_environ(node.comparators[0]):
        name = node.left
    else:
        return None
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None


def _is_environ(node: ast.AST) -> bool:
    return ast.unparse(node) in ("os.environ", "environ")
