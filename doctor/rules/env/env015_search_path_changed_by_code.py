"""ENV015."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule


@rule(severity=Severity.WARNING, cause=Cause.DUPLICATE_OR_CONFLICTING_PACKAGES, since="0.1.0", reads=(INTERPRETER,))
def search_path_changed_by_code(env: Env) -> Iterator[Problem]:
    """No .pth file runs code that puts another folder first on the search path.

    ## What it checks
    A line of a `.pth` file that begins with `import` is run by every start of Python. Lines that
    name `sys.path` are read and not run: where one puts a folder first, what lies there is judged
    as what is imported, and this is told; where it cannot be read from the line what it does, what is
    imported is not certain, and this is undetermined.

    ## Why it matters
    Such lines are written to share packages between environments. `pip list` shows both, and
    Python takes the first: another transformers or torch runs than the one that is installed.

    ## How to fix it
    Delete the file, and install what is missing then. To share packages on purpose, write the folder alone
    in the line: it then comes last and hides nothing.

    ## Sources
    - https://docs.python.org/3/library/site.html
    """
    interpreter = env.need(INTERPRETER)
    if not interpreter.located:
        env.unstated("what .pth files run")
    for line in interpreter.start_code:
        if not line.plain:
            env.gap(f"{line.file} runs code that changes the search path, and is not run here: {line.code}")
        elif line.first:
            yield Problem(
                subject=line.file.rpartition("/")[2],
                message=f"every start of Python puts {', '.join(line.first)} before the environment's own packages",
                location=Source(kind=SourceKind.FILE, where=line.file),
                remedies=(
                    Remedy(
                        text="Delete the file, unless the folder is to come first",
                        commands=(("rm", line.file),),
                        safety=Safety.MANUAL,
                    ),
                ),
            )
