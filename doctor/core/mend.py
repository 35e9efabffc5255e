"""What mends a breakage, as a remedy for an environment."""

from __future__ import annotations

from doctor.core.breakage import Breakage
from doctor.core.install import index_options, install, uninstall
from doctor.core.interpreter import Interpreter
from doctor.core.packages.distribution import Distribution
from doctor.core.report import Remedy, Safety

_PIP = ("python", "-m", "pip")


def remedy_of(row: Breakage, interpreter: Interpreter | None, distributions: tuple[Distribution, ...]) -> Remedy:
    """What mends a breakage; where no interpreter is known its commands are for the active one."""
    commands = list(row.commands)
    if row.uninstall:
        general = (*_PIP, "uninstall", "--yes", *row.uninstall)
        commands.append(uninstall(interpreter, distributions, *row.uninstall) if interpreter else general)
    if row.install:
        general = (*_PIP, "install", *index_options(*row.install), *row.install)
        commands.append(install(interpreter, distributions, *row.install) if interpreter else general)
    # Commands of the row itself concern more than this environment: a server's arguments, the driver.
    safety = Safety.UNSAFE if row.install or row.uninstall else Safety.MANUAL
    return Remedy(text=row.fix, commands=tuple(commands), pins=row.install, safety=safety)
