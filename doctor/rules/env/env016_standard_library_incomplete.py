"""ENV016."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule

_PACKAGES = {
    "_bz2": "libbz2-dev",
    "_ctypes": "libffi-dev",
    "_hashlib": "libssl-dev",
    "_lzma": "liblzma-dev",
    "_sqlite3": "libsqlite3-dev",
    "_ssl": "libssl-dev",
    "zlib": "zlib1g-dev",
}
"""What Debian and Ubuntu call the headers that each module is compiled with."""

_FATAL = frozenset({"_bz2", "_ctypes", "_ssl", "zlib"})
"""Without these torch or the server of vLLM cannot be imported."""


@rule(severity=Severity.ERROR, cause=Cause.PYTHON_VERSION, since="0.1.0", reads=(INTERPRETER,))
def standard_library_incomplete(env: Env) -> Iterator[Problem]:
    """The interpreter was built with all of its standard library.

    ## What it checks
    The modules that a build of Python leaves out where a header is missing are there: `_bz2`, `_ctypes`,
    `_hashlib`, `_lzma`, `_sqlite3`, `_ssl` and `zlib`. Without `_ctypes`, `_bz2`, `_ssl` or `zlib` the stack cannot
    be imported, which is an error; the others are a warning, because not everything needs them.

    ## Why it matters
    pyenv and `make install` compile Python where they run, and a missing header is one line among thousands:
    the Python starts, packages install, and an import deep in torch or datasets ends in `No module named '_ctypes'`.
    No package of that name can be installed.

    ## How to fix it
    Install the headers and build this Python again, or make the environment with a Python that is
    complete: that of the system, or one that uv brings.

    ## Sources
    - https://github.com/pyenv/pyenv/wiki/Common-build-problems
    - https://github.com/pytorch/vision/issues/2921
    - https://devguide.python.org/getting-started/setup-building/#install-dependencies
    """
    interpreter = env.need(INTERPRETER)
    if not interpreter.located:
        env.unstated("modules of the standard library")
    missing = interpreter.missing_modules
    if not missing:
        return
    headers = tuple(sorted({_PACKAGES[name] for name in missing if name in _PACKAGES}))
    yield Problem(
        subject=f"Python {interpreter.version}",
        message=f"the Python in {interpreter.base_prefix} was built without {', '.join(missing)}",
        location=Source(kind=SourceKind.FILE, where=interpreter.base_prefix),
        severity=Severity.ERROR if _FATAL.intersection(missing) else Severity.WARNING,
        remedies=(
            *_builds_again(headers),
            Remedy(
                text="Or make the environment anew with a complete Python, and install into it what this one holds",
                commands=(("uv", "venv", "--managed-python", "--python", interpreter.minor, ".venv"),),
                safety=Safety.MANUAL,
            ),
        ),
    )


def _builds_again(headers: tuple[str, ...]) -> Iterator[Remedy]:
    if headers:
        yield Remedy(
            text="Install the headers (named as in Debian and Ubuntu) and build this Python again",
            commands=(("sudo", "apt-get", "install", *headers),),
            safety=Safety.MANUAL,
        )
