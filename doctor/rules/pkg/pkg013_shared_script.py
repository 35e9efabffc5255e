"""PKG013."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.packages.distribution import SHARED_FILES
from doctor.core.packages.names import COMMANDS, VLLM
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pkg.stack import listing


@rule(
    severity=Severity.INFO,
    cause=Cause.DUPLICATE_OR_CONFLICTING_PACKAGES,
    since="0.1.0",
    reads=(SHARED_FILES,),
)
def shared_script(env: Env) -> Iterator[Problem]:
    """Each command belongs to one distribution.

    ## What it checks
    No two installed distributions install a command of the same name with different content.
    It is a warning for the commands of the stack and for `doctor`, which env-doctor installs
    too; else it is only mentioned. Two builds of vLLM are judged by a rule of their own.

    ## Why it matters
    The last installation wins, so that the command may start another program than you expect,
    and removing either distribution deletes the command of both.

    ## How to fix it
    Start the program in another way (`python -m NAME`; this one also as `llm-stack-doctor`),
    or keep one of the distributions in an environment of its own.

    ## Sources
    - https://packaging.python.org/en/latest/specifications/entry-points/#use-for-scripts
    """
    for item in env.need(SHARED_FILES):
        if item.kind != "script" or not item.differing or len(set(item.owners) & set(VLLM)) > 1:
            continue
        yield Problem(
            subject=item.what,
            message=f"{listing(item.owners)} both install the command `{item.what}`: the one installed last has won",
            location=Source(kind=SourceKind.FILE, where=item.example),
            severity=Severity.WARNING if item.what in (*COMMANDS, "doctor") else Severity.INFO,
            remedies=(
                Remedy(
                    text=f"Start it with `python -m`, or keep {listing(item.owners)} in separate environments",
                    safety=Safety.MANUAL,
                ),
            ),
        )
