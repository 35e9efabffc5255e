"""What of a node is compared with the others: the readers of traits, one for each subject."""

from __future__ import annotations

from doctor.core.fleet.node import COMMUNICATION_LIBRARY, FOLDER_DIGESTS, HOST, FolderContent
from doctor.core.fleet.trait import ABSENT, Cell, Items, Trait, cell, cell_of
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.machine.gpu import DRIVER, GPUS, VISIBLE_DEVICES
from doctor.core.machine.system import LIMITS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.rule import Env

SHORT = 12
"""Digits of a SHA-256 that are shown: enough to tell files apart, few enough to read."""


def _python(env: Env) -> Items:
    interpreter = env.need(INTERPRETER)
    yield "Python", cell(interpreter.version) if interpreter.version else ABSENT
    yield "implementation", cell(interpreter.implementation)


def _packages(env: Env) -> Items:
    for item in env.need(DISTRIBUTIONS):
        if not item.shadowed:
            yield item.name, cell(item.version)


def _torch_build(env: Env) -> Items:
    build = env.need(TORCH_BUILD)
    platform = f"CUDA {build.cuda}" if build.cuda else f"ROCm {build.hip}" if build.hip else "the CPU"
    yield "platform of torch", cell(platform)
    # A build that states no commit may be the same.
    yield "commit of torch", cell(build.git[:SHORT]) if build.git else Cell("unknown", "torch states no commit")


def _communication_library(env: Env) -> Items:
    library = env.need(COMMUNICATION_LIBRARY)
    yield "version", cell_of("the version of NCCL", library.version)
    yield "file", cell_of("the hash of NCCL", library.sha256, lambda digest: str(digest)[:SHORT])
    yield "found by", cell(library.found_by)


def _driver(env: Env) -> Items:
    driver = env.need(DRIVER)
    yield "branch", cell_of("driver.version", driver.version, lambda version: str(version).split(".")[0])
    yield "version", cell_of("driver.version", driver.version)


def _gpus(env: Env) -> Items:
    gpus = env.need(GPUS)
    visible = env.look(VISIBLE_DEVICES)
    yield "count", cell(len(visible.indexes) if visible is not None else len(gpus))
    names = [cell_of(f"gpus[{item.index}].name", item.name) for item in gpus]
    yield "model", next((name for name in names if name.unknown), cell(", ".join(sorted({n.text for n in names}))))
    memory = [cell_of(f"gpus[{item.index}].memory_total", item.memory_total, _gib) for item in gpus]
    yield "memory", next((size for size in memory if size.unknown), cell(", ".join(sorted({m.text for m in memory}))))


def _gib(mib: int) -> str:
    return f"{mib / 1024:.0f} GiB"


def _platform(env: Env) -> Items:
    platform = env.need(PLATFORM)
    yield "system", cell(platform.distribution or platform.system)
    yield "processor", cell(platform.machine)
    yield "libc", cell(f"{platform.libc} {platform.libc_version}".strip() or "not stated")
    yield "container", cell(platform.container or "none")
    yield "container image", cell_of("host.image", env.need(HOST).image)


def _folders(env: Env) -> Items:
    for folder in env.need(FOLDER_DIGESTS):
        name = f"{folder.role} {folder.path}"
        yield name, cell_of(name, folder.content, _content)


def _content(content: FolderContent) -> str:
    return f"{content.sha256[:SHORT]} ({len(content.files)} files)"


def _locked_memory(env: Env) -> Items:
    limit = env.need(LIMITS).locked_memory
    yield "locked memory", cell("unlimited" if limit < 0 else f"{limit} KiB")


PYTHON = Trait(name="python", keys=(INTERPRETER,), read=_python)
PACKAGES = Trait(name="packages", keys=(DISTRIBUTIONS,), read=_packages)
TORCH = Trait(name="torch build", keys=(TORCH_BUILD,), read=_torch_build)
NCCL = Trait(name="nccl", keys=(COMMUNICATION_LIBRARY,), read=_communication_library)
NVIDIA_DRIVER = Trait(name="driver", keys=(DRIVER,), read=_driver)
DEVICES = Trait(name="gpus", keys=(GPUS, VISIBLE_DEVICES), read=_gpus)
SYSTEM = Trait(name="platform", keys=(PLATFORM, HOST), read=_platform)
FOLDERS = Trait(name="folders", keys=(FOLDER_DIGESTS,), read=_folders)
LOCKED_MEMORY = Trait(name="locked memory", keys=(LIMITS,), read=_locked_memory)
