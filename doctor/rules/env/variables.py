"""What is known of an environment variable."""

from __future__ import annotations

from doctor.core.machine.system import VARIABLES, VARIABLES_LISTED
from doctor.core.rule import Env

READS = (VARIABLES, VARIABLES_LISTED)
"""The facts that `value_of` reads."""


def value_of(env: Env, name: str) -> str:
    """The value of a variable, "" where it is not set.

    A pasted text lists some variables and leaves others out: whether such a one is set is noted
    as a gap.
    """
    value = env.need(VARIABLES).get(name)
    listed = env.look(VARIABLES_LISTED)
    if value is None and listed is not None and not name.startswith(listed):
        env.unstated(f"variable {name}")
    return value or ""
