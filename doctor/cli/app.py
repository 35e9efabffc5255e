"""The group that holds the commands."""

from __future__ import annotations

import click

from doctor import __version__
from doctor.cli.lazy import LazyGroup

COMMANDS = {
    "check": ("doctor.cli.check:check", "Examine an environment and say what is wrong with it."),
    "fix": ("doctor.cli.fix.command:fix", "Plan what mends an environment, lock it, or do it."),
    "plan": ("doctor.cli.plan:plan", "Plan the memory and the arguments of a server for a model."),
    "verify": ("doctor.cli.verify:verify", "Prove a known-good set on this machine, in a scratch environment."),
    "snapshot": ("doctor.cli.snapshot:snapshot", "Write the facts of an environment as JSON."),
    "fleet": ("doctor.cli.fleet.command:fleet", "Judge the nodes of a cluster together, and compare them."),
    "explain": ("doctor.cli.explain.command:explain", "Explain an error text, a rule, or a known breakage."),
    "matrix": ("doctor.cli.matrix:matrix", "Show the versions that are known to work together."),
    "mcp": ("doctor.mcp.command:mcp", "Let programs that talk to language models ask doctor (MCP)."),
}


@click.group(
    "doctor",
    cls=LazyGroup,
    places=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 healthy, 1 a problem, 2 usage or unreadable input, 3 something could not be determined, "
    "4 an error of doctor itself, 130 interrupted, 143 terminated. `doctor COMMAND --help` has examples.",
)
@click.version_option(__version__, "--version", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an error of doctor itself.")
def app(debug: bool) -> None:
    """The environment doctor for fine-tuning language models and serving them with vLLM and LoRA."""
