"""Asking an interpreter to describe itself: the only time that a target is started by `check`."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doctor.core.errors import TargetError
from doctor.core.interpreter import Interpreter
from doctor.probes.process import Program, Spoken
from doctor.probes.start_code import follow, read_start_code

# Runs in the target under -I, which ignores PYTHONPATH, the user site and the current folder, and under -S.
# It must work on every Python 3, so it is not a module of doctor. The folders of packages are added as a start
# would add them, only that nothing is run which they hold: .pth files are read for their folders, their lines of
# code that name the search path are handed over as text, and sitecustomize and usercustomize are left out.
# One beside the standard library is the interpreter's own: that of Nix adds folders
# (https://github.com/NixOS/nixpkgs, sitecustomize.py of cpython).
_QUESTION = r"""
import sys
from importlib.machinery import PathFinder
for name in ("sitecustomize", "usercustomize"):
    if PathFinder.find_spec(name) is None:
        sys.modules[name] = None
import site
code = []
def keep(line, *ignored):
    if ("sys.path" in line or "addsitedir" in line) and len(code) < 50:
        code.append((str(sys._getframe(1).f_locals.get("fullname", "")), line.strip()[:4000]))
site.exec = keep
site.main()
import os, sysconfig
try:
    libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
except (AttributeError, ValueError, OSError):
    # musl has no such name; other systems have no confstr at all.
    libc = "musl" if sys.platform.startswith("linux") else ""
v = sys.implementation.version
full = "%d.%d.%d" % (v[0], v[1], v[2])
if v[3] != "final":
    full += v[3][0] + str(v[4])
paths = sysconfig.get_paths()
missing = []
if sys.implementation.name == "cpython":
    # A build leaves these out where a header is missing.
    for name in ("_bz2", "_ctypes", "_hashlib", "_lzma", "_sqlite3", "_ssl", "zlib"):
        if name not in sys.builtin_module_names and PathFinder.find_spec(name) is None:
            missing.append(name)
if sys.implementation.name == "cpython" and sys.platform in ("linux", "darwin"):
    # What the module platform would say: its import takes as long as the whole start, and so does that of json.
    system, _, release, build, machine = os.uname()
    version, brand = sys.version.split()[0], "CPython"
else:
    import platform
    system, release, build = platform.system(), platform.release(), platform.version()
    machine, version, brand = platform.machine(), platform.python_version(), platform.python_implementation()
answer = {
    "executable": sys.executable,
    "version": version,
    "implementation": sys.implementation.name,
    "prefix": sys.prefix,
    "base_prefix": sys.base_prefix,
    "extension_suffix": sysconfig.get_config_var("EXT_SUFFIX") or "",
    "search_path": sys.path,
    "start_code": code,
    "missing_modules": missing,
    "site_packages": sorted(set([paths["purelib"], paths["platlib"]])),
    "scripts": paths["scripts"],
    "include": paths["include"],
    "stdlib": paths["stdlib"],
    "user_site": site.getusersitepackages(),
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "version_info": list(sys.version_info[:2]),
    "abiflags": getattr(sys, "abiflags", ""),
    "libc": libc,
    "markers": {
        "implementation_name": sys.implementation.name,
        "implementation_version": full,
        "os_name": os.name,
        "platform_machine": machine,
        "platform_release": release,
        "platform_system": system,
        "platform_version": build,
        "python_full_version": version,
        "platform_python_implementation": brand,
        "python_version": ".".join(version.split(".")[:2]),
        "sys_platform": sys.platform,
    },
}
sys.stdout.write("\ndoctor:" + ascii(answer) + "\n")
"""

_LONGEST = 1 << 20
"""Bytes of an answer; one with a thousand folders on its search path has a tenth of that."""

DEADLINE = 20.0
"""Seconds that an interpreter may take to start; network file systems are slow."""


class Question:
    """An interpreter that was started with ``-I -S``, once, to say what it is.

    No code of the environment is run: no module of a package, no line of a ``.pth`` file. ``-B`` keeps
    it from writing bytecode next to the files that are examined. Leaving the ``with`` block ends it.

    Raises:
        TargetError: it does not exist, or cannot be run.
    """

    def __init__(self, python: Path, environ: Mapping[str, str]) -> None:
        if python.is_dir():
            raise TargetError(f"{python} is a folder, not an interpreter", hint=f"try {python / 'bin/python'}")
        self._python, self._environ = python, environ
        self._program = Program([os.fspath(python), "-I", "-S", "-B", "-c", _QUESTION], environ)

    def __enter__(self) -> Question:
        return self

    def __exit__(self, *error: object) -> None:
        self._program.__exit__(*error)

    def answer(self, deadline: float = DEADLINE) -> Interpreter:
        """Wait for what it says of itself.

        Raises:
            TargetError: it hangs, or does not answer like a Python.
        """
        platforms = _platforms()  # while it starts
        answer = _answer(self._python, self._program.listen(deadline))
        try:
            return _interpreter(answer, self._environ, platforms)
        except (KeyError, TypeError, ValueError) as error:
            raise TargetError(f"{self._python} does not describe itself as a Python would: {error!r}") from error


def ask_interpreter(python: Path, environ: Mapping[str, str], *, deadline: float = DEADLINE) -> Interpreter:
    """Start `python` and wait for what it says of itself; see `Question`.

    Raises:
        TargetError: it does not exist, cannot be run, hangs, or does not answer like a Python.
    """
    with Question(python, environ) as question:
        return question.answer(deadline)


def _answer(python: Path, spoken: Spoken) -> dict[str, Any]:
    """The description among what was said; a script that starts the interpreter may print around it."""
    marked = [line for line in spoken.output.splitlines() if line.startswith(b"doctor:")]
    if marked and len(marked[-1]) <= _LONGEST:
        try:
            # A literal, which is parsed and not run.
            decoded = ast.literal_eval(marked[-1][len(b"doctor:") :].decode("ascii"))
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            decoded = None
        if isinstance(decoded, dict):
            return decoded
    said = (spoken.errors or spoken.output).decode(errors="replace").strip().splitlines()
    raise TargetError(
        f"{python} does not answer like a Python 3 (exit status {spoken.status})",
        hint=f"it said: {said[-1][:200]}" if said else "it said nothing",
    )


def _interpreter(answer: dict[str, Any], environ: Mapping[str, str], platforms: list[str]) -> Interpreter:
    stdlib = Path(answer["stdlib"])
    prefix = Path(answer["prefix"])
    start_code = read_start_code(answer["start_code"])
    return Interpreter(
        executable=answer["executable"],
        version=answer["version"],
        implementation=answer["implementation"],
        prefix=answer["prefix"],
        base_prefix=answer["base_prefix"],
        extension_suffix=answer["extension_suffix"],
        search_path=follow(answer["search_path"], start_code),
        start_code=start_code,
        missing_modules=tuple(answer["missing_modules"]),
        site_packages=tuple(answer["site_packages"]),
        scripts=answer["scripts"],
        include=answer["include"],
        user_site=answer["user_site"],
        user_site_enabled=_user_site_enabled(prefix, answer["prefix"] != answer["base_prefix"], environ),
        python_path=tuple(entry for entry in environ.get("PYTHONPATH", "").split(os.pathsep) if entry),
        # PEP 668: the marker counts only outside of virtual environments.
        externally_managed=(stdlib / "EXTERNALLY-MANAGED").exists() and answer["prefix"] == answer["base_prefix"],
        conda_prefix=answer["prefix"] if (prefix / "conda-meta").is_dir() else "",
        free_threaded=answer["free_threaded"],
        libc=answer["libc"],
        markers=answer["markers"],
        tags=_tags(answer, platforms),
    )


def _user_site_enabled(prefix: Path, virtual: bool, environ: Mapping[str, str]) -> bool:
    """Whether a plain start adds the user site (site.py, PEP 370 and PEP 405)."""
    if environ.get("PYTHONNOUSERSITE"):
        return False
    if not virtual:
        return True
    try:
        config = (prefix / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    settings = dict(line.partition("=")[::2] for line in config.splitlines() if "=" in line)
    values = {name.strip().lower(): value.strip().lower() for name, value in settings.items()}
    return values.get("include-system-site-packages") == "true"


def _platforms() -> list[str]:
    """The platform part of wheel tags: that of this machine."""
    # Late: its import is half as long as the start of the interpreter, for which there is to be waited anyway.
    from packaging import tags

    return list(tags.platform_tags())


def _tags(answer: dict[str, Any], platforms: list[str]) -> tuple[str, ...]:
    """The wheel tags of the target."""
    major, minor = answer["version_info"]
    if answer["implementation"] != "cpython":
        return ()
    from packaging import tags

    abi = f"cp{major}{minor}{answer['abiflags']}"
    found = [*tags.cpython_tags((major, minor), [abi], platforms)]
    found += tags.compatible_tags((major, minor), f"cp{major}{minor}", platforms)
    return tuple(dict.fromkeys(str(tag) for tag in found))
