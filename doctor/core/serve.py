"""A planned start of vLLM's server: its command line, parsed and not run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field

from doctor.core.fact import Absent, Source, SourceKind
from doctor.core.frozen import frozen
from doctor.core.snapshot import Key

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)([kKmMgGtT]?)")
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
"""The endings that vLLM takes with whole numbers: ``128k`` is 128,000, ``128K`` is 131,072
(https://docs.vllm.ai/en/latest/cli/serve/, on --max-model-len)."""

_NO = ("false", "0", "no", "off")


def spell_option(name: str) -> str:
    """How the option of a name is written: ``--max-lora-rank`` for ``max_lora_rank``.

    What stands behind a dot is a key of the JSON that the option takes, and stays as it is: vLLM takes
    ``--hf-overrides.rope_scaling.factor 4`` (https://docs.vllm.ai/en/latest/cli/serve/, "JSON CLI Arguments").
    """
    option, dot, keys = name.partition(".")
    return f"--{option.replace('_', '-')}{dot}{keys}"


COMMAND = ("vllm", "serve")
"""The command that the distribution vllm installs."""

MODULE = ("python", "-m", "vllm.entrypoints.openai.api_server")
"""The same server as a module, which takes the model as an option."""


@frozen
class ServeCommand:
    """A command line of ``vllm serve``.

    `model` is what is served, "" where the command leaves it to the default. `options` maps the
    long name of each option, with underscores (``max_lora_rank``), to its values as they were written, of
    which a switch has none; ``--no-NAME`` is the option NAME with the value ``false``. `written`
    maps the same names to how they were written (``--max-lora-rank``, ``-tp``). `text` is the
    command on one line, and `program` what it starts the server with: `COMMAND` or `MODULE`.
    `missing` are the paths in it that are not on the machine, none where nobody looked.
    """

    model: str
    text: str
    options: dict[str, tuple[str, ...]] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    program: tuple[str, ...] = COMMAND
    missing: tuple[str, ...] = ()

    def paths(self) -> tuple[str, ...]:
        """What is a path and not the name of a repository: the model and the adapters, in their order."""
        named = (self.model, *self.adapters().values())
        return tuple(name for name in named if name.startswith(("/", "./", "../", "~")) or name.count("/") > 1)

    def has(self, name: str) -> bool:
        """Whether an option is given."""
        return name in self.options

    def on(self, name: str) -> bool:
        """Whether a switch is set, by itself or with a word that means yes."""
        values = self.options.get(name)
        return values is not None and (not values or values[0].lower() not in _NO)

    def text_of(self, name: str) -> str | None:
        """The first value of an option, or None where it is not given or has none."""
        values = self.options.get(name)
        return values[0] if values else None

    def number(self, name: str) -> int | None:
        """The whole number that an option has, or None where it is not given or is none."""
        match = _NUMBER.fullmatch(self.text_of(name) or "")
        return int(float(match[1]) * _UNITS[match[2]]) if match else None

    def share(self, name: str) -> float | None:
        """The number that an option has, or None where it is not given or is none."""
        try:
            return float(self.text_of(name) or "")
        except ValueError:
            return None

    def words(
        self, changes: Mapping[str, tuple[str, ...] | None] | None = None, program: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        """The command as argument vector, with options set to other values, added, or (None) left out.

        With a `program` that is started in place of its own.
        """
        program = program or self.program
        wanted = {**self.options, **(changes or {})}
        model = (self.model,) if self.model else ()
        found = [*program, *(("--model", *model) if model and program != COMMAND else model)]
        for name, values in wanted.items():
            if values == ("false",):
                found.append(f"--no-{spell_option(name).removeprefix('--')}")
            elif values is not None:
                found += (spell_option(name), *values)
        return tuple(found)

    def adapters(self) -> dict[str, str]:
        """The adapters that are loaded at the start, in the form ``NAME=PATH``."""
        pairs = (value.partition("=") for value in self.options.get("lora_modules", ()) if not value.startswith("{"))
        return {name: path for name, equals, path in pairs if equals}


SERVE: Key[ServeCommand] = Key("serve", ServeCommand, "the command line that is to start vLLM's server")


def not_asked_for() -> Absent[ServeCommand]:
    """The fact of a command that was not given, which makes its rules not applicable."""
    return Absent(
        source=Source(kind=SourceKind.RUN, where="doctor check"), detail="no command was given: --serve gives one"
    )
