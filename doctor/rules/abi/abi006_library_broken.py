"""ABI006."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.install import install, mend
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.packages.distribution import DAMAGED_FILES, DISTRIBUTIONS, Distribution
from doctor.core.packages.extension import BROKEN_LIBRARIES, BrokenLibrary
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.abi.stack import find, installed, losses, short_path


@rule(
    severity=Severity.ERROR,
    cause=Cause.CORRUPTED_INSTALL,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, BROKEN_LIBRARIES, DAMAGED_FILES),
)
def library_broken(env: Env) -> Iterator[Problem]:
    """Shared libraries are whole and built for this machine.

    ## What it checks
    The ELF header of each shared library of each installed distribution is read: the file is as
    long as its loaded segments and its section table say, and it is built for this processor.
    One that PKG005 reports as missing or cut is only mentioned.

    ## Why it matters
    A library that was cut by a full disk or an interrupted installation ends the process with
    SIGBUS, without a Python traceback, or is reported as "file too short".

    ## How to fix it
    Make room on the disk and install the distribution anew.

    ## Sources
    - https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.pheader.html
    - https://man7.org/linux/man-pages/man2/mmap.2.html (SIGBUS)
    """
    interpreter = env.need(INTERPRETER)
    distributions = installed(env)
    groups: dict[str, list[BrokenLibrary]] = {}
    for library in env.need(BROKEN_LIBRARIES):
        if library.closed:
            env.gap(f"{library.path}: {library.damage}")
        else:
            groups.setdefault(library.distribution, []).append(library)
    told = losses(env) if groups else frozenset()
    for name, found in groups.items():
        worst = min(found, key=lambda library: library.loadable)
        more = f", and {len(found) - 1} more of {name}" if len(found) > 1 else ""
        follows = all(library.path in told for library in found)
        yield Problem(
            subject=name,
            message=f"{short_path(worst.path)} is broken: {worst.damage}{more}",
            location=Source(kind=SourceKind.ELF, where=worst.path),
            severity=Severity.INFO if follows else Severity.WARNING if worst.loadable else None,
            remedies=(_remedy(interpreter, distributions, name),),
        )


def _remedy(interpreter: Interpreter, distributions: list[Distribution], name: str) -> Remedy:
    text = f"Install {name} again (look at the free disk space first)"
    owner = find(distributions, name)
    if owner is None:
        command = install(interpreter, distributions, "--force-reinstall", "--no-deps", "--no-cache-dir", name)
        return Remedy(text=text, commands=(command,))
    return mend(interpreter, distributions, owner, text, fresh=True)
