"""Builders of facts and snapshots, so that a rule's test is a few lines."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

from doctor.core.fact import Absent, Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.fleet.node import CommunicationLibrary, Host, Interface
from doctor.core.interpreter import Interpreter, Platform
from doctor.core.machine.gpu import Driver, Gpu
from doctor.core.machine.system import VARIABLES, VARIABLES_LISTED
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import Distribution
from doctor.core.packages.extension import Extension, TorchBuild
from doctor.core.report import Outcome
from doctor.core.rule import Rule
from doctor.core.snapshot import Key, Snapshot
from doctor.engine.catalogue import load
from doctor.engine.judge import apply

T = TypeVar("T")

SOURCE = Source(kind=SourceKind.FILE, where="test")
EMPTY_MATRIX = Matrix(version="test")


def known(value: T) -> Known[T]:
    return Known(value=value, source=SOURCE)


def absent(detail: str = "") -> Absent[Any]:
    return Absent(source=SOURCE, detail=detail)


def unknown(reason: Reason = Reason.FAILED, detail: str = "the test says so") -> Unknown[Any]:
    return Unknown(reason=reason, detail=detail, source=SOURCE)


def snapshot(facts: dict[Key[Any], Any]) -> Snapshot:
    """A snapshot of the given facts; a bare value becomes Known. Variables are those of a live environment."""
    if VARIABLES in facts:
        facts = {VARIABLES_LISTED: absent("all variables that matter were looked at"), **facts}
    named = {key.name: fact if isinstance(fact, Fact) else known(fact) for key, fact in facts.items()}
    return Snapshot(target="test", taken_at="2026-01-01T00:00:00+00:00", doctor_version="test", facts=named)


def judge(code: str, facts: dict[Key[Any], Any], matrix: Matrix = EMPTY_MATRIX) -> Outcome:
    """Apply one rule to the given facts."""
    return apply_soundly(load(code), snapshot(facts), matrix)


def apply_soundly(rule: Rule, facts: Snapshot, matrix: Matrix) -> Outcome:
    """Apply a rule; one that raises fails the test, although its verdict would be *unknown* as is expected."""
    outcome = apply(rule, facts, matrix)
    assert not any(reason.startswith("the rule failed: ") for reason in outcome.reasons), outcome.reasons
    return outcome


def interpreter(version: str = "3.11.7", **changes: Any) -> Interpreter:
    minor = ".".join(version.split(".")[:2])
    markers = {
        "implementation_name": "cpython",
        "implementation_version": version,
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_release": "6.1.0",
        "platform_system": "Linux",
        "platform_version": "#1 SMP",
        "python_full_version": version,
        "platform_python_implementation": "CPython",
        "python_version": minor,
        "sys_platform": "linux",
    }
    base = Interpreter(
        executable="/env/bin/python",
        version=version,
        implementation="cpython",
        prefix="/env",
        base_prefix="/usr",
        extension_suffix=f".cpython-{minor.replace('.', '')}-x86_64-linux-gnu.so",
        search_path=(f"/env/lib/python{minor}/site-packages",),
        site_packages=(f"/env/lib/python{minor}/site-packages",),
        scripts="/env/bin",
        include=f"/usr/include/python{minor}",
        user_site=f"/home/user/.local/lib/python{minor}/site-packages",
        user_site_enabled=False,
        markers=markers,
    )
    return dataclasses.replace(base, **changes)


def platform(**changes: Any) -> Platform:
    base = Platform(
        system="Linux",
        release="6.1.0",
        machine="x86_64",
        distribution="Debian GNU/Linux 12",
        libc="glibc",
        libc_version="2.36",
        container="",
        wsl=0,
    )
    return dataclasses.replace(base, **changes)


def distribution(name: str, version: str, *requires: str, **changes: Any) -> Distribution:
    site = "/env/lib/python3.11/site-packages"
    base = Distribution(
        name=name,
        version=version,
        path=f"{site}/{name.replace('-', '_')}-{version}.dist-info",
        requires=known(requires),
        requires_python=known(""),
        top_level=(name.replace("-", "_"),),
    )
    return dataclasses.replace(base, **changes)


def torch_build(version: str = "2.4.0", cuda: str = "12.1", **changes: Any) -> TorchBuild:
    base = TorchBuild(
        version=version,
        cuda=cuda,
        hip="",
        git="0" * 40,
        debug=False,
        path="/env/lib/python3.11/site-packages/torch",
        cxx11_abi=known(False),
        architectures=known(("sm_50", "sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_90")),
    )
    return dataclasses.replace(base, **changes)


def extension(name: str, **changes: Any) -> Extension:
    base = Extension(
        distribution=name,
        path=f"/env/lib/python3.11/site-packages/{name.replace('-', '_')}/_C.abi3.so",
        links_torch=True,
        missing_symbols=known(()),
        missing_count=0,
        cxx11_abi=known(False),
        needed=("libc10.so", "libtorch.so"),
        missing_versions=absent("it asks the C++ runtime for no version"),
        missing_libraries=(),
        architectures=known(("sm_80", "sm_90")),
    )
    return dataclasses.replace(base, **changes)


def driver(version: str = "550.54.14", cuda: str = "12.4") -> Driver:
    return Driver(version=known(version), cuda=known(cuda), kernel_module=known(version))


def gpu(
    index: int = 0, name: str = "NVIDIA H100 80GB HBM3", capability: str | Fact[str] = "9.0", **changes: Any
) -> Gpu:
    base = Gpu(
        index=index,
        uuid=known(f"GPU-{index}"),
        name=known(name),
        capability=capability if isinstance(capability, Fact) else known(capability),
        memory_total=known(81559),
        memory_free=known(81000),
        memory_used=known(559),
        mig=known(False),
        mig_devices=absent(),
        ecc_errors=known(0),
        throttling=known(()),
        persistence=known(True),
        compute_mode=known("Default"),
        processes=known(()),
        links=known(()),
        bus_id=known(f"00000000:{index:02X}:00.0"),
    )
    return dataclasses.replace(base, **changes)


def host(name: str = "node-1", *addresses: str, **changes: Any) -> Host:
    """A node whose name resolves to its addresses, which are 10.0.0.1 where none is given."""
    addresses = addresses or ("10.0.0.1",)
    base = Host(
        name=name,
        resolves_to=known(addresses),
        route_address=known(addresses[0]),
        boot_id=known(f"boot-of-{name}"),
        container_id=absent("nothing names a container"),
        image=absent("no variable names an image"),
    )
    return dataclasses.replace(base, **changes)


def interface(name: str = "eth0", *addresses: str, **changes: Any) -> Interface:
    base = Interface(name=name, up=True, running=True, loopback=name == "lo", addresses=addresses)
    return dataclasses.replace(base, **changes)


def nccl(version: str = "2.28.9+cuda12.9", sha256: str = "a" * 64, **changes: Any) -> CommunicationLibrary:
    base = CommunicationLibrary(
        name="libnccl.so.2",
        path="/env/lib/python3.11/site-packages/nvidia/nccl/lib/libnccl.so.2",
        found_by="rpath",
        size=400_000_000,
        version=known(version),
        sha256=known(sha256),
    )
    return dataclasses.replace(base, **changes)
