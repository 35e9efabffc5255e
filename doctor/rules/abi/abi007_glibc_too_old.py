"""ABI007."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import PLATFORM
from doctor.core.packages.extension import EXTENSIONS, Extension
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.abi.stack import by_distribution, extensions, name_files, severity_of

# They are loaded whenever their packages are imported, and do not need torch.
_ALWAYS_LOADED = ("libc10.so", "libtriton.so")


@rule(severity=Severity.ERROR, cause=Cause.PLATFORM_OR_GLIBC, since="0.1.0", reads=(PLATFORM, EXTENSIONS))
def glibc_too_old(env: Env) -> Iterator[Problem]:
    """The system's C library is new enough for the extensions.

    ## What it checks
    The newest GLIBC version that each extension of torch asks for is compared with the C library
    of the system. (The wheel's tag does not always tell: vLLM 0.20.0 for CUDA 12.9 is tagged
    manylinux_2_31 and asks for GLIBC_2.34.)

    ## Why it matters
    `ImportError: /lib64/libc.so.6: version GLIBC_2.34 not found` when it is imported.

    ## How to fix it
    Use a newer system, or a container of one, or a release that was built on an older one.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/41103
    - https://github.com/vllm-project/vllm/issues/22798
    - https://github.com/pypa/manylinux
    """
    platform = env.need(PLATFORM)
    asking = [item for item in extensions(env) if item.glibc and _is_loaded(item)]
    if platform.libc == "glibc" and not platform.libc_version:
        env.gap("the version of the C library is not known")
        return
    ours = Version(platform.libc_version) if platform.libc == "glibc" else None
    late = [item for item in asking if ours is None or Version(item.glibc) > ours]
    for name, found in by_distribution(late).items():
        newest = max((item.glibc for item in found), key=Version)
        here = f"{platform.libc or 'no glibc'} {platform.libc_version}".strip()
        system = platform.distribution or platform.system
        yield Problem(
            subject=name,
            message=f"{name_files(found, 'needs', 'need')} glibc {newest}, and {system} has {here}",
            location=Source(kind=SourceKind.ELF, where=found[0].path),
            severity=severity_of(name),
            remedies=(
                Remedy(
                    text=f"Use a system or a container image with glibc {newest} or newer, "
                    f"or a release of {name} that was built for an older one",
                    safety=Safety.MANUAL,
                ),
            ),
        )


def _is_loaded(extension: Extension) -> bool:
    return extension.links_torch or extension.path.rpartition("/")[2] in _ALWAYS_LOADED
