"""PKG021."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Reason, Source, SourceKind, Unknown
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DAMAGED_FILES, DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pkg.stack import STACK, listing, rank


@rule(
    severity=Severity.ERROR,
    cause=Cause.CORRUPTED_INSTALL,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, DAMAGED_FILES),
)
def files_not_readable(env: Env) -> Iterator[Problem]:
    """The user that starts the stack may read its files.

    ## What it checks
    The user that doctor runs as may read every file that a RECORD lists, and every metadata folder. It is an
    error where files of the stack are closed to that user, else a warning.

    ## Why it matters
    Packages that root installs under umask 077, as hardened hosts and some images have it, are for root alone.
    The server that runs as another user then ends in `PermissionError: [Errno 13] Permission denied`, in `cannot
    open shared object file: Permission denied`, or in `No module named ...` where a folder is closed.

    ## How to fix it
    Let the owner of the files give the others the right to read them, or install as the user that starts the server.
    Where this is not the user that starts it, run doctor as that one.

    ## Sources
    - https://docs.python.org/3/library/exceptions.html#PermissionError
    - https://github.com/pypa/pip/issues/8164
    """
    interpreter = env.need(INTERPRETER)
    closed: dict[str, str] = {}
    for item in env.need(DAMAGED_FILES):
        if item.damage == "permission":
            closed.setdefault(item.distribution, item.path)
    for distribution in env.need(DISTRIBUTIONS):
        requires = distribution.requires
        if isinstance(requires, Unknown) and requires.reason is Reason.NO_PERMISSION and not distribution.shadowed:
            closed.setdefault(distribution.name, distribution.path)
    if not closed:
        return
    names = sorted(closed, key=lambda name: (rank(name), name))
    yield Problem(
        subject=names[0],
        message=f"this user may not read files of {listing(names)}: {closed[names[0]]}",
        location=Source(kind=SourceKind.FILE, where=closed[names[0]]),
        severity=Severity.ERROR if not set(names).isdisjoint(STACK) else Severity.WARNING,
        remedies=(
            Remedy(
                text="As their owner, let others read them; or install them as the user that starts the server",
                commands=(("chmod", "-R", "a+rX", interpreter.prefix),) if interpreter.virtual else (),
                safety=Safety.MANUAL,
            ),
        ),
    )
