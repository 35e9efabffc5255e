"""ABI004."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement

from doctor.core.fact import Known, Source, SourceKind
from doctor.core.install import install, mend
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.packages.distribution import DAMAGED_FILES, DISTRIBUTIONS, Distribution
from doctor.core.packages.extension import EXTENSIONS, TORCH_BUILD, Extension, TorchBuild
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.abi.cuda_libraries import DRIVER, cuda_major, is_cuda_library, wheel_of
from doctor.rules.abi.stack import (
    by_distribution,
    extensions,
    find,
    installed,
    losses,
    name_files,
    needs_cuda_torch,
    severity_of,
)

# Debian's names; other systems call them alike.
_SYSTEM_PACKAGES = {
    "libGL.so.1": "libgl1",
    "libgomp.so.1": "libgomp1",
    "libibverbs.so.1": "libibverbs1",
    "libnuma.so.1": "libnuma1",
    "libstdc++.so.6": "libstdc++6",
    "libz.so.1": "zlib1g",
}
_OF_TORCH = re.compile(r"lib(?:torch|c10|shm)(?:_\w+)?\.so$")
_MAKE = re.compile(r"_(?P<make>cpu|cuda|rocm|hip|xpu)\d*(?=[._])")
# FFmpeg and SoX, which torchcodec and torchaudio use where the system has them.
_OF_SOUND_AND_FILM = re.compile(r"lib(?:av|sw)\w+\.so|libsox\.so")


@rule(
    severity=Severity.ERROR,
    cause=Cause.MISSING_PACKAGE,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, TORCH_BUILD, EXTENSIONS, DAMAGED_FILES),
)
def needed_library_missing(env: Env) -> Iterator[Problem]:
    """The loader finds every library that the extensions and torch need.

    ## What it checks
    Each library that an extension names as needed is looked for where the dynamic loader looks:
    the folders that it names itself, LD_LIBRARY_PATH, what `import torch` has loaded by then, the
    loader's cache and default folders. The driver's libcuda.so.1 is not asked for: a machine
    without a GPU has none. Of files that exist once per version (libbitsandbytes_cuda121.so)
    one has to be whole; those for other makes of GPU than torch's (libbitsandbytes_rocm64.so) are
    never loaded. Libraries of another CUDA version than torch's are left to ABI005, and
    what follows from files that PKG005 misses is only mentioned.

    ## Why it matters
    `ImportError: libcudart.so.12: cannot open shared object file` when it is imported.

    ## How to fix it
    Install the wheel that brings the library, in the version that torch asks for.

    ## Sources
    - https://man7.org/linux/man-pages/man8/ld.so.8.html
    - https://github.com/vllm-project/vllm/issues/1718
    - https://github.com/vllm-project/vllm/issues/52300
    """
    torch = env.need(TORCH_BUILD)
    interpreter = env.need(INTERPRETER)
    distributions = installed(env)
    found = [item for item in extensions(env) if not needs_cuda_torch(item, torch)]
    whole = {_form(item) for item in found if not _missing(item, torch)}
    broken = [item for item in found if _form(item) not in whole and not _is_left_alone(item, found, torch)]
    loaded = _loaded_with_torch(found)
    gone = {path.rpartition("/")[2] for path in losses(env)} if broken else set()
    for name, group in by_distribution(broken).items():
        missing = list(dict.fromkeys(library for item in group for library in _missing(item, torch)))
        yield Problem(
            subject=name,
            message=f"{name_files(group, 'needs', 'need')} {', '.join(missing[:6])}, which neither the environment nor "
            "the loader's path provides",
            location=Source(kind=SourceKind.ELF, where=group[0].path),
            cause=_cause(name, missing),
            severity=Severity.INFO if gone.issuperset(missing) else _severity(name, group, missing, loaded),
            remedies=_remedies(interpreter, distributions, torch, missing),
        )


def _missing(extension: Extension, torch: TorchBuild) -> list[str]:
    missing = [library for library in extension.missing_libraries if library not in DRIVER]
    if not extension.links_torch and not torch.cuda:
        # A CPU process does not load the CUDA part of bitsandbytes and the like.
        missing = [library for library in missing if not is_cuda_library(library)]
    major = torch.cuda.split(".")[0]
    return [library for library in missing if cuda_major(library) in ("", major) or not extension.links_torch]


def _is_left_alone(extension: Extension, found: list[Extension], torch: TorchBuild) -> bool:
    """Whether a package brings this file for another make of GPU, beside one for what torch is built for.

    bitsandbytes does, and loads the one that fits: https://github.com/bitsandbytes-foundation/bitsandbytes
    """
    folder, _, name = extension.path.rpartition("/")
    make = _MAKE.search(name)
    if make is None or make["make"] in ("cpu", "cuda"):
        return False
    own = re.compile(rf"{re.escape(name[: make.start()])}_{'cuda' if torch.cuda else 'cpu'}\d*[._]")
    return any(item.path.startswith(f"{folder}/") and own.match(item.path.rpartition("/")[2]) for item in found)


def _form(extension: Extension) -> str:
    """The path but for its numbers, which is the same for files that exist once per version."""
    return re.sub(r"\d+", "0", extension.path)


def _loaded_with_torch(found: list[Extension]) -> set[str]:
    """The libraries of torch that `import torch` loads, by the names that they are needed by."""
    needed = {item.path.rpartition("/")[2]: item.needed for item in found if item.distribution == "torch"}
    loaded: set[str] = set()
    waiting = ["libtorch_python.so", "libtorch_global_deps.so"]
    while waiting:
        name = waiting.pop()
        loaded.add(name)
        waiting += needed.pop(name, ())
    return loaded


def _cause(name: str, missing: list[str]) -> Cause:
    if any(_OF_TORCH.match(library) for library in missing):
        return Cause.CORRUPTED_INSTALL
    if any(is_cuda_library(library) for library in missing) and name != "torch" and not name.startswith("nvidia-"):
        return Cause.CUDA_TOOLKIT_MISMATCH
    return Cause.MISSING_PACKAGE


def _severity(name: str, group: list[Extension], missing: list[str], loaded: set[str]) -> Severity:
    if all(_OF_SOUND_AND_FILM.match(library) for library in missing):
        return Severity.INFO
    if name == "torch" and not any(item.path.rpartition("/")[2] in loaded for item in group):
        return Severity.WARNING
    return severity_of(name)


def _remedies(
    interpreter: Interpreter, distributions: list[Distribution], torch: TorchBuild, missing: list[str]
) -> tuple[Remedy, ...]:
    remedies = []
    if any(_OF_TORCH.match(library) for library in missing):
        text = "Install torch again: a library of its own is gone"
        owner = find(distributions, "torch")
        command = install(interpreter, distributions, "--force-reinstall", "--no-deps", f"torch=={torch.version}")
        again = mend(interpreter, distributions, owner, text) if owner else Remedy(text=text, commands=(command,))
        remedies.append(again)
    wheels = dict.fromkeys(wheel for library in missing if (wheel := wheel_of(library, torch.cuda)))
    if wheels:
        pins = tuple(_as_torch_states(distributions, wheel) for wheel in wheels)
        # --force-reinstall: a wheel that is registered as installed, but whose files are gone.
        command = install(interpreter, distributions, "--force-reinstall", "--no-deps", *pins)
        remedies.append(Remedy(text="Install the wheels that bring these libraries", commands=(command,), pins=pins))
    others = [library for library in missing if not _OF_TORCH.match(library) and not wheel_of(library, torch.cuda)]
    packages = tuple(dict.fromkeys(_SYSTEM_PACKAGES[library] for library in others if library in _SYSTEM_PACKAGES))
    if others:
        text = f"Install {', '.join(others)} with the system's package manager"
        commands = (("apt-get", "install", "--yes", *packages),) if packages else ()
        remedies.append(Remedy(text=text, commands=commands, safety=Safety.MANUAL))
    return tuple(remedies)


def _as_torch_states(distributions: list[Distribution], wheel: str) -> str:
    torch = find(distributions, "torch")
    lines = torch.requires.value if torch and isinstance(torch.requires, Known) else ()
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            # The rule on requirements reports lines that cannot be read.
            continue
        if requirement.name == wheel:
            return f"{wheel}{requirement.specifier}"
    return wheel
