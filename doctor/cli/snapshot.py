"""``doctor snapshot``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from doctor.cli.examine import anonymous_option, without_names
from doctor.cli.options import debug_option, examples, output_option
from doctor.cli.output import write, write_bytes
from doctor.cli.subject import (
    Subject,
    adapter_option,
    base_option,
    deep_option,
    end_to_end_option,
    model_option,
    python_option,
    takes_subject,
)
from doctor.core.keys import KEYS
from doctor.core.snapshot import Snapshot


@click.command(
    short_help="Write the facts of an environment as JSON.",
    epilog=examples(
        "doctor snapshot --python /srv/vllm -o node1.json",
        "doctor check --snapshot node1.json",
    ),
)
@takes_subject(python_option, deep_option, end_to_end_option, model_option, base_option, adapter_option)
@click.option(
    "--bundle",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write this command itself as one file that any Python from 3.10 on runs with nothing installed: a zipapp "
    "(FILE.pyz), or a text that goes through standard input too (FILE.py, or - for standard output).",
)
@anonymous_option
@output_option
@debug_option
def snapshot(subject: Subject, bundle: Path | None, anonymous: bool, output: Path | None) -> None:
    """Write the facts of an environment, and of the node that it is on, as JSON.

    `doctor check --snapshot FILE` judges them elsewhere, with the same answer, and `doctor fleet
    check FILES` those of many nodes. Values of variables that look like secrets are not in it; the
    node's name and addresses are, because nodes are compared by them; leave them out (--anonymous) of what is
    shown to others, not of a fleet's.
    """
    if bundle is not None:
        if subject != Subject() or output is not None or anonymous:
            raise click.UsageError("--bundle writes the command itself: its options are given where it is run")
        _write_bundle(bundle)
        return
    examined, render = subject.read(_load_format, wanted=frozenset(KEYS))
    if anonymous:
        examined = without_names(examined)
    write(render(examined.snapshot), output)


def _load_format() -> Callable[[Snapshot], str]:
    from doctor.formats.snapshot import render_snapshot

    return render_snapshot


def _write_bundle(path: Path) -> None:
    from doctor.portable.build import as_text, as_zipapp

    if str(path) == "-" or path.suffix == ".py":
        write(as_text(), path)
    elif path.suffix == ".pyz":
        write_bytes(as_zipapp(), path)
    else:
        raise click.UsageError(f"--bundle {path}: name it .pyz for a zipapp, or .py for a text")
