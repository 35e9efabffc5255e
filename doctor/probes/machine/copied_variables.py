"""Which variables the installed vLLM takes along to other nodes: its source is parsed and never run."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from doctor.core.fact import Absent, Source, SourceKind
from doctor.core.fleet.node import COPIED_VARIABLES, CopiedVariables
from doctor.core.target import Facts, Probe, Target
from doctor.probes.attempt import attempt
from doctor.probes.packages.folders import search_folders
from doctor.probes.regular_file import read_regular

# Where releases keep the names that workers have values of their own for, the newest first.
_KEPT_IN = ("v1/executor/ray_utils.py", "v1/executor/ray_executor.py", "executor/ray_distributed_executor.py")
_SECOND_EXECUTOR = "VLLM_USE_RAY_V2_EXECUTOR_BACKEND"


def find(target: Target) -> Facts:
    """Find the fact of this probe."""
    folder = next((item for item in search_folders(target) if "vllm" in item.entries), None)
    if folder is None:
        source = Source(kind=SourceKind.FILE, where=target.interpreter.prefix)
        return [(COPIED_VARIABLES, Absent(source=source, detail="no folder vllm lies on the search path"))]
    package = Path(folder.path, "vllm")
    source = Source(kind=SourceKind.FILE, where=str(package))
    return [attempt(COPIED_VARIABLES, source, lambda: read_copied(package, target.environ))]


def read_copied(package: Path, environ: Mapping[str, str]) -> CopiedVariables:
    """Read what the vLLM in the folder `package` copies where these variables are set.

    Raises:
        OSError: a file cannot be read.
        ValueError: the source is of a form that is not known.
    """
    never = next((kept for path in _KEPT_IN if (kept := _table(package / path, "WORKER_SPECIFIC_ENV_VARS"))), ())
    registered = _table(package / "envs.py", "environment_variables")
    if not never or not registered:
        raise ValueError(f"{package}: the copying of variables to Ray's workers has a form that is not known")
    copying = package / "ray/ray_env.py"
    prefixes = {
        *_table(copying, "DEFAULT_ENV_VAR_PREFIXES"),
        *_listed(environ, "VLLM_RAY_EXTRA_ENV_VAR_PREFIXES_TO_COPY"),
    }
    names = {*_table(copying, "DEFAULT_EXTRA_ENV_VARS"), *_listed(environ, "VLLM_RAY_EXTRA_ENV_VARS_TO_COPY")}
    covered = tuple(prefixes)
    return CopiedVariables(
        everything=_copies_everything(package, environ),
        prefixes=tuple(sorted(prefixes)),
        names=tuple(sorted({name for name in (*registered, *names) if not name.startswith(covered)})),
        never=tuple(sorted({*never, *_excluded(environ)})),
    )


def _copies_everything(package: Path, environ: Mapping[str, str]) -> bool:
    """Whether the second executor, which takes everything along, is used: vLLM 0.33 has no other."""
    if not (package / "v1/executor/ray_executor_v2.py").is_file():
        return False
    if not (package / "v1/executor/ray_executor.py").is_file():
        return True
    default = "0"
    for node in ast.walk(_parse(package / "envs.py")):
        if isinstance(node, ast.Call) and [_text(item) for item in node.args[:1]] == [_SECOND_EXECUTOR]:
            default = next((_text(item) for item in node.args[1:2]), default)
    return environ.get(_SECOND_EXECUTOR, default).strip() not in ("", "0")


def _excluded(environ: Mapping[str, str]) -> list[str]:
    """The names that the user keeps from being copied, in a file of vLLM's settings."""
    home = environ.get("XDG_CONFIG_HOME") or f"{environ.get('HOME', '')}/.config"
    folder = environ.get("VLLM_CONFIG_ROOT") or f"{home}/vllm"
    try:
        stated = json.loads(read_regular(Path(folder, "ray_non_carry_over_env_vars.json")))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except ValueError:  # vLLM warns and goes on without it
        return []
    return [name for name in stated if isinstance(name, str)] if isinstance(stated, list) else []


def _listed(environ: Mapping[str, str], name: str) -> list[str]:
    return [word.strip() for word in environ.get(name, "").split(",") if word.strip()]


def _table(path: Path, name: str) -> tuple[str, ...]:
    """The texts of a set, or the keys of a dict, that a module or a class of it assigns to `name`."""
    if not path.is_file():
        return ()
    for node in ast.walk(_parse(path)):
        if isinstance(node, ast.Assign) and any(_named(target, name) for target in node.targets):
            return tuple(_texts(node.value))
        if isinstance(node, ast.AnnAssign) and node.value is not None and _named(node.target, name):
            return tuple(_texts(node.value))
    return ()


def _named(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def _texts(value: ast.expr) -> Iterator[str]:
    elements: list[ast.expr | None] = []
    if isinstance(value, (ast.Set, ast.List, ast.Tuple)):
        elements = [*value.elts]
    elif isinstance(value, ast.Dict):
        elements = [*value.keys]
    yield from (text for element in elements if (text := _text(element)))


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(read_regular(path))
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"{path}: {error}") from error


COPIED_VARIABLES_PROBE = Probe(name="copied variables", keys=(COPIED_VARIABLES,), find=find)
