"""Reading the command line of a server, or vLLM's own file of arguments. Nothing of it is run."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from doctor.core.errors import TargetError
from doctor.core.redaction import NOT_STORED, redact
from doctor.core.serve import COMMAND, MODULE, ServeCommand, spell_option
from doctor.intake.yaml_text import parse_yaml

SHORT = {
    "tp": "tensor_parallel_size",
    "pp": "pipeline_parallel_size",
    "dp": "data_parallel_size",
    "q": "quantization",
    "asc": "api_server_count",
    "O": "optimization_level",
    "cc": "compilation_config",
    "sc": "speculative_config",
    "ac": "attention_config",
}
"""The short names of options (https://docs.vllm.ai/en/latest/cli/serve/)."""

LIMIT = 128 * 1024
"""Bytes of a file of arguments, as many as Linux takes in one argument (MAX_ARG_STRLEN in execve(2))."""

MOST_OPTIONS = 1000
"""Options of one command: vLLM 0.33 has 321, and all its releases together fewer than this."""

_HINT = 'write it as it is started: --serve "vllm serve MODEL --enable-lora ...", or --serve @args.yaml'
_MODULES = ("vllm.entrypoints.openai.api_server", "vllm.entrypoints.api_server", "vllm.entrypoints.cli.main")
_OPTION = re.compile(r"-{1,2}[A-Za-z][\w.-]*")
_SWITCHES = frozenset(
    {
        "disable_custom_all_reduce",
        "disable_log_requests",
        "disable_log_stats",
        "enable_auto_tool_choice",
        "enable_chunked_prefill",
        "enable_expert_parallel",
        "enable_lora",
        "enable_lora_bias",
        "enable_prefix_caching",
        "enable_sleep_mode",
        "enforce_eager",
        "fully_sharded_loras",
        "headless",
        "skip_tokenizer_init",
        "trust_remote_code",
        "use_v2_block_manager",
    }
)
"""Options that never take a value, so that the word behind one is not theirs."""

_SEVERAL = frozenset(
    {
        "allowed_headers",
        "allowed_methods",
        "allowed_origins",
        "api_key",
        "cudagraph_capture_sizes",
        "device_ids",
        "lora_modules",
        "lora_target_modules",
        "middleware",
        "prompt_adapters",
        "served_model_name",
    }
)
"""Options that take any number of values."""

_SECRET = frozenset({"api_key", "hf_token"})
"""Options whose values are kept nowhere."""


def read_serve(text: str) -> ServeCommand:
    """Read a command line, or with ``@FILE`` the file that holds one or is vLLM's YAML of arguments.

    Raises:
        TargetError: it is no command that starts vLLM, or the file cannot be read.
    """
    if text.startswith("@"):
        return _read_file(Path(text[1:]))
    return parse_command(text)


def parse_command(text: str) -> ServeCommand:
    """Parse a command line: ``vllm serve``, the API server as a module, or a container's.

    Raises:
        TargetError: it does not start vLLM.
    """
    try:
        words = shlex.split(text.replace("\\\n", " "), comments=True)
    except ValueError as error:
        raise TargetError(f"the command cannot be split into words: {error}", hint=_HINT) from error
    program, arguments = _parts_of(words)
    return _from_words(program, arguments, text)


def of_options(options: Mapping[str, Any]) -> ServeCommand:
    """The command that options given by name mean: those of a YAML file, or of ``LLM(...)`` in Python."""
    _hold_to_limit(options)
    named: dict[str, tuple[str, ...]] = {}
    for name, value in options.items():
        key = str(name).lstrip("-").replace("-", "_")
        if value is None:
            continue
        if isinstance(value, bool):
            named[key] = () if value else ("false",)
        else:
            named[key] = tuple(map(_word, value)) if isinstance(value, (list, tuple)) else (_word(value),)
    model = named.pop("model", named.pop("model_tag", ("",)))
    said = " ".join(_spell(name, values) for name, values in named.items())
    return ServeCommand(
        model=model[0] if model else "",
        text=redact(f"vllm serve {model[0] if model else ''} {said}".strip()),
        options=_without_secrets(named),
        written={name: spell_option(name) for name in named},
    )


def _word(value: Any) -> str:
    """A value as a word of a command, where mappings and lists are JSON."""
    if not isinstance(value, (dict, list)):
        return str(value)
    try:
        return json.dumps(value, default=str)
    except (TypeError, ValueError, RecursionError) as error:  # a date as a key, or what holds itself
        raise TargetError(f"{value!r:.100} is no value of an option: {error}", hint=_HINT) from error


def _spell(name: str, values: Iterable[str]) -> str:
    return " ".join((spell_option(name), *map(shlex.quote, values)))


def _parts_of(words: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """What starts vLLM, and the words behind it."""
    for number, word in enumerate(words, 1):
        before = words[number - 2] if number > 1 else ""
        if word == "serve" and Path(before).name == "vllm":
            return COMMAND, words[number:]
        if word in _MODULES:
            return (
                (COMMAND, words[number + 1 :]) if words[number : number + 1] == ["serve"] else (MODULE, words[number:])
            )
        if "vllm" in word and before and ":" in word and "/" in word and not word.startswith("-"):
            return MODULE, words[number:]  # docker run ... vllm/vllm-openai:latest --model ...
    raise TargetError("the command does not start vLLM", hint=_HINT)


def _from_words(program: tuple[str, ...], words: list[str], text: str) -> ServeCommand:
    options: dict[str, list[str]] = {}
    written: dict[str, str] = {}
    loose: list[str] = []
    name = ""
    for word in words:
        if not _OPTION.match(word):
            if name and not (name in _SWITCHES and not options[name]) and _takes_more(name, options[name]):
                options[name].append(word)
            else:
                loose.append(word)
            continue
        spelled, equals, value = word.partition("=")
        name, values = _named(spelled)
        options[name] = [value] if equals else values
        written[name] = spelled
    _hold_to_limit(options)
    models = [*options.pop("model", ()), *loose]
    written.pop("model", None)
    return ServeCommand(
        model=models[0] if models else "",
        text=redact(" ".join(text.split())),
        options=_without_secrets(options),
        written=written,
        program=program,
    )


def _hold_to_limit(options: Mapping[str, Any]) -> None:
    """Refuse what no server can be started with.

    Raises:
        TargetError: it has more options than any release knows.
    """
    if len(options) > MOST_OPTIONS:
        raise TargetError(f"the command has more than {MOST_OPTIONS} different options: vLLM has fewer", hint=_HINT)


def _without_secrets(options: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {name: (NOT_STORED,) * len(values) if name in _SECRET else tuple(values) for name, values in options.items()}


def _takes_more(name: str, values: Sequence[str]) -> bool:
    """Whether a further word belongs to an option: most take one, some any number."""
    return not values or name in _SEVERAL


def _named(spelled: str) -> tuple[str, list[str]]:
    """The long name of an option, and the value that its spelling has by itself; keys behind a dot stay as they are."""
    option, dot, keys = spelled.partition(".")
    if not option.startswith("--"):
        short = option[1:]
        if short[:1] == "O" and short[1:].isdigit():
            return SHORT["O"], [short[1:]]
        return SHORT.get(short, short) + dot + keys, []
    name = option[2:].replace("-", "_") + dot + keys
    return (name.removeprefix("no_"), ["false"]) if name.startswith("no_") else (name, [])


def _read_file(path: Path) -> ServeCommand:
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
        text = content.decode()
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TargetError(f"{path} is no text: {error}") from error
    if len(content) > LIMIT:
        raise TargetError(f"{path} has more than {LIMIT // 1024} KiB: this is no command", hint=_HINT)
    if not text.strip():
        raise TargetError(f"{path} holds no arguments", hint=_HINT)
    return _parse_yaml(path, text) if path.suffix in (".yaml", ".yml") else parse_command(text)


def _parse_yaml(path: Path, text: str) -> ServeCommand:
    options = parse_yaml(text, path)
    if not isinstance(options, dict):
        raise TargetError(
            f"{path} maps no options to values", hint="one `name: value` a line, as vllm serve --config takes"
        )
    return of_options(options)
