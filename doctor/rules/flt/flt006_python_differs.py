"""FLT006."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.report import Finding
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.report import Cause, Severity
from doctor.rules.flt.difference import by_hand, difference
from doctor.rules.flt.traits import PYTHON


@fleet_rule(severity=Severity.ERROR, cause=Cause.PYTHON_VERSION, since="0.1.0", traits=(PYTHON,))
def python_differs(fleet: FleetEnv) -> Iterator[Finding]:
    """All nodes run the same Python, to the patch level.

    ## What it checks
    The version of the interpreter and its implementation, on nodes of every role.

    ## Why it matters
    Ray refuses a node whose Python differs in the third number ("Version mismatch: The cluster was started
    with"), and a pickled function of another minor version does not run. Without Ray, modules compiled for one
    minor version are not found by another.

    ## How to fix it
    Start all nodes from one image, or make the environments with one interpreter:
    `uv venv --python 3.12.11` fetches the same build everywhere.

    ## Sources
    - https://github.com/ray-project/ray/issues/44063 (3.10.13 and 3.10.12)
    - https://github.com/ray-project/ray/issues/7648
    - https://github.com/ray-project/ray/issues/50511 (the check cannot be switched off for `ray start`)
    """
    for spread in fleet.spreads(PYTHON):
        if spread.differs:
            known = spread.majority is not None and spread.majority.known and spread.item == "Python"
            commands = [("uv", "venv", "--python", str(spread.majority))] if known else []
            remedy = by_hand("Make the environments anew with one Python", *commands)
            yield difference(fleet, spread, spread.item, remedy)
