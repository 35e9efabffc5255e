"""Compare doctor's own readers of metadata and ELF with the libraries that could do it.

The reason why doctor reads METADATA and the tables of ELF files itself, as numbers: each reader
runs in a fresh process over the same environment, and the CPU seconds of the process are printed,
imports included. Not the same work is done: doctor also looks up symbols and libraries, which
the libraries' column leaves out.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from doctor.core.fact import Known
from doctor.core.interpreter import Interpreter
from doctor.core.target import Target
from doctor.probes.interpreter import ask_interpreter


def own_metadata(interpreter: Interpreter) -> int:
    """Read distributions with doctor's probe; return how many there are."""
    from doctor.probes.packages.distributions import DISTRIBUTIONS_PROBE

    ((_, fact), *_) = DISTRIBUTIONS_PROBE.find(Target(interpreter=interpreter))
    assert isinstance(fact, Known)
    return len(fact.value)


def importlib_metadata(interpreter: Interpreter) -> int:
    """Read name, version, requirements, tags and import names with importlib.metadata."""
    from importlib.metadata import distributions

    found = 0
    for item in distributions(path=list(interpreter.site_packages)):
        _ = item.metadata["Name"], item.version, item.requires, item.read_text("WHEEL"), item.files
        found += 1
    return found


def own_elf(interpreter: Interpreter) -> int:
    """Read the extensions with doctor's probe; return how many shared libraries there are."""
    from doctor.probes.elf.extensions import EXTENSIONS_PROBE

    list(EXTENSIONS_PROBE.find(Target(interpreter=interpreter)))
    return len(_libraries(interpreter))


def pyelftools(interpreter: Interpreter) -> int:
    """Read only the needed libraries of every shared library with pyelftools."""
    from elftools.elf.dynamic import DynamicSection
    from elftools.elf.elffile import ELFFile

    libraries = _libraries(interpreter)
    for path in libraries:
        with path.open("rb") as file:
            section = ELFFile(file).get_section_by_name(".dynamic")
            if isinstance(section, DynamicSection):
                # pyelftools gives a tag its attribute by name, which its types do not tell.
                _ = [tag.needed for tag in section.iter_tags("DT_NEEDED")]  # type: ignore[attr-defined]
    return len(libraries)


def _libraries(interpreter: Interpreter) -> list[Path]:
    folders = [Path(folder) for folder in interpreter.site_packages]
    return [path for folder in folders for path in folder.rglob("*.so*") if path.is_file() and ".so" in path.name]


READERS: dict[str, Callable[[Interpreter], int]] = {
    "metadata, doctor": own_metadata,
    "metadata, importlib.metadata": importlib_metadata,
    "ELF, doctor (symbols and libraries looked up)": own_elf,
    "ELF, pyelftools (needed libraries only)": pyelftools,
}


def main() -> None:
    """Run every reader in turn and print the medians of CPU seconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("python", type=Path, help="interpreter of the environment to read")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reader", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.reader:
        print(READERS[options.reader](ask_interpreter(options.python, os.environ)))
        return
    for name in READERS:
        command = [sys.executable, __file__, str(options.python), "--reader", name]
        seconds = [_measure(command) for _ in range(options.rounds + 1)][1:]
        print(f"{statistics.median(seconds):6.2f} s CPU  {name}")


def _measure(command: list[str]) -> float:
    before = os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    time.sleep(0.05)
    return after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    main()
