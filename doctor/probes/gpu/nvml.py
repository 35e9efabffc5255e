"""The NVIDIA management library: starting it, and asking it so that a refusal costs one fact."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from doctor.core.fact import Absent, Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.frozen import light_dataclass

T = TypeVar("T")

_SONAME = "libnvidia-ml.so.1"

# Return codes of NVML (nvml.h). Numbers, because older modules lack some of the names.
INVALID_ARGUMENT = 2
_NOT_SUPPORTED = 3
_NO_PERMISSION = 4
_TIMEOUT = 10
_FUNCTION_NOT_FOUND = 13
GPU_IS_LOST = 15
_REASONS = {
    _NOT_SUPPORTED: Reason.UNSUPPORTED,
    _NO_PERMISSION: Reason.NO_PERMISSION,
    _TIMEOUT: Reason.TIMED_OUT,
    _FUNCTION_NOT_FOUND: Reason.UNSUPPORTED,
}
_FAULTS = {
    _NO_PERMISSION: "no-permission",
    9: "driver-not-loaded",
    GPU_IS_LOST: "gpu-lost",
    16: "reset-required",
    18: "version-mismatch",
}
DEVICE_FAULTS = {_NO_PERMISSION: "no-permission", GPU_IS_LOST: "lost", 16: "reset-required"}


class NvmlFaultError(Exception):
    """NVML did not start: `fault` is a word of `doctor.core.machine.gpu.Nvml`."""

    def __init__(self, fault: str, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault
        self.detail = detail


@light_dataclass()
class Library:
    """NVML after it has started. `codes` collects the return codes of failed queries."""

    module: ModuleType
    codes: list[int] = field(default_factory=list)

    def ask(self, *functions: str, arguments: tuple[Any, ...] = (), no_feature: str = "") -> Fact[Any]:
        """Call the first of `functions` that module and driver both have.

        "Not supported" is Absent with the words `no_feature` where they are given: the GPU has
        no such feature, which is knowledge. Everything else that fails is Unknown.
        """
        answer: Fact[Any] | None = None
        for name in functions:
            source = Source(kind=SourceKind.NVML, where=name)
            function = getattr(self.module, name, None)
            if function is None:
                # The distribution `pynvml` below 12 hides nvidia-ml-py and lacks newer functions.
                detail = f"the installed pynvml module has no {name}"
                answer = answer or Unknown(reason=Reason.UNSUPPORTED, detail=detail, source=source)
                continue
            try:
                return Known(value=function(*arguments), source=source)
            except self.module.NVMLError as error:
                if error.value != _FUNCTION_NOT_FOUND:
                    return self._refusal(error, source, no_feature)
                detail = f"the driver is too old for {name}"
                answer = answer or Unknown(reason=Reason.UNSUPPORTED, detail=detail, source=source)
            except UnicodeDecodeError as error:
                return Unknown(reason=Reason.MALFORMED, detail=f"not text: {error}", source=source)
        assert answer is not None, "a query names at least one function"
        return answer

    def _refusal(self, error: Any, source: Source, no_feature: str) -> Fact[Any]:
        if error.value == _NOT_SUPPORTED and no_feature:
            return Absent(source=source, detail=no_feature)
        self.codes.append(error.value)
        return Unknown(reason=_REASONS.get(error.value, Reason.FAILED), detail=f"NVML says: {error}", source=source)


def start(folders: tuple[Path, ...]) -> Library:
    """Load and start NVML; `folders` are searched where the loader does not find it.

    Raises:
        NvmlFaultError: it is missing, cannot be read, or refuses to start.
    """
    _load(folders)
    # Late: it takes a while, and most of what doctor does needs no GPU.
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        raise NvmlFaultError(_FAULTS.get(error.value, "failed"), f"NVML says: {error}") from error
    return Library(pynvml)


def _load(folders: tuple[Path, ...]) -> None:
    """Load the library, so that pynvml, which asks for it by its soname, gets the same one.

    pynvml itself reports a library that is damaged like one that is missing.
    """
    said = _error_of(_SONAME)
    for folder in folders:
        if said and (folder / _SONAME).exists():
            said = _error_of(str(folder / _SONAME))
    if said:
        missing = _SONAME in said and "No such file" in said
        raise NvmlFaultError("no-library" if missing else "unreadable-library", said)


def _error_of(name: str) -> str:
    try:
        ctypes.CDLL(name)
    except OSError as error:
        return str(error)
    return ""


def convert(fact: Fact[Any], change: Callable[[Any], T]) -> Fact[T]:
    """Return the fact with its value changed; Absent and Unknown stay what they are."""
    if isinstance(fact, Known):
        return Known(value=change(fact.value), source=fact.source)
    return fact


def text(value: Any) -> str:
    """Return what NVML calls a string; older modules return bytes."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
