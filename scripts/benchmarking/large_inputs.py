"""Inputs of a given size for everything that doctor reads: of a sound form, and with as many different parts as fit.

    python -m scripts.benchmarking.large_inputs FOLDER BYTES NAME

writes one into a folder and prints the arguments of doctor as JSON. It is a program of its own because the largest
resident set of a process counts what its parent held when it was started.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.benchmarking import large_texts as texts
from tests.models import llama


@dataclass(frozen=True)
class LargeInput:
    """Its name, and what writes it: a folder and a number of bytes to the arguments of doctor."""

    name: str
    write: Callable[[Path, int], tuple[str, ...]]


def _file(name: str, option: tuple[str, ...], text: Callable[[int], str]) -> Callable[[Path, int], tuple[str, ...]]:
    def write(folder: Path, size: int) -> tuple[str, ...]:
        path = folder / name
        path.write_text(text(size))
        return (*option, str(path))

    return write


def _model(change: Callable[[Path, int], None]) -> Callable[[Path, int], tuple[str, ...]]:
    def write(folder: Path, size: int) -> tuple[str, ...]:
        place = folder / "model"
        llama().write(place)
        change(place, size)
        return ("check", "--select", "MODEL", "--format", "json", "--model", str(place))

    return write


def _config(place: Path, size: int) -> None:
    stated = (place / "config.json").read_text().rstrip().removesuffix("}")
    (place / "config.json").write_text(texts.fill(size, lambda number: f', "option_{number}": [{number}]', stated, "}"))


def _header(place: Path, size: int) -> None:
    entries = texts.fill(
        size, lambda number: f'"tensor.{number}": {{"dtype":"F32","shape":[0],"data_offsets":[0,0]}},', "{"
    )
    header = (entries.removesuffix(",") + "}").encode()
    (place / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)


def _adapter(folder: Path, size: int) -> tuple[str, ...]:
    place = folder / "adapter"
    place.mkdir()
    start = '{"peft_type": "LORA", "r": 8, "lora_alpha": 16, "target_modules": ["q_proj"'
    (place / "adapter_config.json").write_text(texts.fill(size, lambda number: f', "module_{number}"', start, "]}"))
    return ("check", "--select", "LORA", "--format", "json", "--adapter", str(place))


def _on_experts(folder: Path, size: int) -> tuple[str, ...]:
    """An adapter on each expert of a large model, with a rank for each in its config: of this kind 13 MB are real."""
    place = folder / "adapter"
    place.mkdir()
    (place / "adapter_config.json").write_text(
        texts.fill(
            min(size, 3_000_000),
            lambda number: f', "{_expert(number)}": 8',
            '{"peft_type": "LORA", "r": 8, "lora_alpha": 16, "target_modules": ["up_proj"], "rank_pattern": {"x": 8',
            "}}",
        )
    )
    pairs = texts.fill(
        size,
        lambda number: "".join(
            f'"base_model.model.{_expert(number)}.lora_{side}.weight":'
            f'{{"dtype":"BF16","shape":[8,8],"data_offsets":[{start},{start + 128}]}},'
            for side, start in (("A", 256 * number), ("B", 256 * number + 128))
        ),
        "{",
    )
    header = (pairs.removesuffix(",") + "}").encode()
    with (place / "adapter_model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + 128 * pairs.count('"dtype"'))
    return ("check", "--select", "LORA", "--format", "json", "--adapter", str(place))


def _expert(number: int) -> str:
    return f"model.layers.{number // 256}.mlp.experts.{number % 256}.up_proj"


def _serve(folder: Path, size: int) -> tuple[str, ...]:
    path = folder / "command.sh"
    path.write_text(texts.fill(size, lambda number: f" --option-{number} {number}", "vllm serve model"))
    return ("check", "--select", "SERVE", "--format", "json", "--serve", f"@{path}")


def _serve_file(folder: Path, size: int) -> tuple[str, ...]:
    """Lists that each hold the one before ten times: a few lines that stand for as much as there is memory."""
    path = folder / "arguments.yaml"
    nested = "".join(f"x{number}: &x{number} [{', '.join([f'*x{number - 1}'] * 10)}]\n" for number in range(1, 12))
    path.write_text(texts.fill(size, lambda number: f"option-{number}: {number}\n", f"x0: &x0 [x, x]\n{nested}"))
    return ("check", "--select", "SERVE", "--format", "json", "--serve", f"@{path}")


def _including(folder: Path, size: int) -> tuple[str, ...]:
    """Files that each name the next one a thousand times."""
    for depth in range(10):
        (folder / f"list-{depth}.txt").write_text(f"-r list-{depth + 1}.txt\n" * 1000)
    (folder / "list-10.txt").write_text(texts.requirements(size))
    return ("check", "--format", "json", "--requirements", str(folder / "list-0.txt"))


def _reports(folder: Path, size: int) -> tuple[str, ...]:
    """A folder of reports that are none."""
    place = folder / "reports"
    place.mkdir()
    for number in range(2000):
        (place / f"node-{number}.json").write_text('{"facts": [' * max(1, size // 2000 // 11))
    return ("fleet", "check", "--format", "json", str(place))


def _many_files(place: Path, size: int) -> None:
    """As many files as there would be with a kilobyte in each, and a link to the folder itself."""
    for number in range(size // 1000):
        (place / f"part-{number}.bin").touch()
    (place / "again").symlink_to(place)


def _installed(file: str, text: Callable[[int], str]) -> Callable[[Path, int], tuple[str, ...]]:
    """An environment with one distribution, of which one file is large."""

    def write(folder: Path, size: int) -> tuple[str, ...]:
        environment = folder / "environment"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
        (site,) = environment.glob("lib/python*/site-packages")
        info = site / "one-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: one\nVersion: 1\n")
        (info / "RECORD").write_text("one-1.dist-info/METADATA,,\n")
        (info / file).write_text(text(size))
        return ("check", "--select", "PKG", "--format", "json", "--python", str(environment / "bin/python"))

    return write


def _listed(name: str, text: Callable[[int], str]) -> LargeInput:
    return LargeInput(name=name, write=_file(name, ("check", "--format", "json", "--requirements"), text))


def large_inputs() -> Iterator[LargeInput]:
    """Everything that is read from a file that others wrote."""
    yield _listed("requirements.txt", texts.requirements)
    yield LargeInput("requirements.txt with hashes", _listed("requirements.txt", texts.locked).write)
    yield _listed("pylock.toml", texts.pylock)
    yield _listed("uv.lock", texts.uv_lock)
    yield LargeInput("matrix", _file("matrix.toml", ("matrix", "validate"), texts.matrix))
    yield LargeInput("collect_env", _file("env.txt", ("check", "--format", "json", "--collect-env"), texts.collect_env))
    yield LargeInput("snapshot", _file("snapshot.json", ("check", "--format", "json", "--snapshot"), texts.snapshot))
    yield LargeInput("Dockerfile", _file("Dockerfile", ("check", "--format", "json", "--dockerfile"), texts.dockerfile))
    yield LargeInput("METADATA", _installed("METADATA", texts.metadata))
    yield LargeInput("RECORD", _installed("RECORD", texts.record))
    yield LargeInput("config.json", _model(_config))
    yield LargeInput("safetensors header", _model(_header))
    yield LargeInput("adapter_config.json", _adapter)
    yield LargeInput("adapter on each expert", _on_experts)
    yield LargeInput("serve arguments", _serve)
    yield LargeInput("YAML arguments with aliases", _serve_file)
    yield LargeInput("requirements that name each other", _including)
    yield LargeInput("model folder of many files", _model(_many_files))
    yield LargeInput("2,000 broken reports of a fleet", _reports)
    yield LargeInput(
        "error text of new lines", _file("log.txt", ("explain", "--format", "json", "--log"), texts.new_lines)
    )
    yield LargeInput("error text", _file("log.txt", ("explain", "--format", "json", "--log"), texts.log))


def main() -> None:
    """Write one input, or name them all."""
    inputs = {item.name: item for item in large_inputs()}
    if len(sys.argv) == 1:
        print(json.dumps(list(inputs)))
    else:
        folder, size, name = sys.argv[1:]
        print(json.dumps(inputs[name].write(Path(folder), int(size))))


if __name__ == "__main__":
    main()
