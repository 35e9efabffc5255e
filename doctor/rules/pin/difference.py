"""How an installed version differs from the one of a known-good set, and what that means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from packaging.version import Version

from doctor.core.frozen import light_dataclass
from doctor.core.install import install
from doctor.core.interpreter import Interpreter
from doctor.core.matrix import KnownGoodSet
from doctor.core.packages.distribution import Distribution
from doctor.core.packages.stack import FLASH_ATTENTION
from doctor.core.report import Cause, Severity


@light_dataclass(frozen=True)
class Difference:
    """One distribution that is not as in the set; `found` is None when it is missing."""

    name: str
    pin: Version
    found: Version | None
    bound: bool
    set_cuda: str

    @property
    def other_build(self) -> bool:
        """Whether only the build label differs: ``2.4.0+cpu`` for ``2.4.0``."""
        return self.found is not None and _release(self.found) == _release(self.pin)

    @property
    def severity(self) -> Severity:
        """Error where compiled code is bound, else by how far apart the versions are."""
        if self.bound:
            # Of its companions the label alone does not tell: on 64-bit ARM a build without one is for the CPU.
            uncertain = self._same_cuda_major() or self.name != "torch"
            return Severity.WARNING if uncertain and self.other_build else Severity.ERROR
        if self.found is None or self.other_build or self.found.release[:2] != self.pin.release[:2]:
            return Severity.WARNING
        return Severity.INFO

    def _same_cuda_major(self) -> bool:
        # Within a major version the libraries of CUDA have one name (libcudart.so.12):
        # https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html
        return bool(self.set_cuda) and self._label.startswith(f"cu{self.set_cuda.split('.')[0]}")

    @property
    def _label(self) -> str:
        """What the installed build is labelled with (``cu121``), "" where nothing is."""
        return (self.found.local or "") if self.found else ""

    @property
    def cause(self) -> Cause:
        """The kind of fault that this difference is."""
        if self.found is None:
            return Cause.MISSING_PACKAGE
        if self.name == "torch":
            # The release is the one that is pinned, and only the CUDA that it was built for is another.
            other_cuda = self.other_build and self._label.startswith("cu")
            return Cause.CUDA_TOOLKIT_MISMATCH if other_cuda else Cause.TORCH_PIN_VIOLATED
        if self.name in FLASH_ATTENTION:
            return Cause.ABI_MISMATCH_FLASH_ATTN
        if self.name == "transformers":
            return Cause.TRANSFORMERS_TOO_NEW if self.found > self.pin else Cause.TRANSFORMERS_TOO_OLD
        if self.name == "numpy" and self.found.major >= 2 > self.pin.major:
            return Cause.NUMPY_2
        return Cause.ABI_MISMATCH_OTHER if self.bound else Cause.OTHER


def difference(
    row: KnownGoodSet, name: str, pin: str, found: Version | None, index_cuda: str = ""
) -> Difference | None:
    """What distinguishes an installed version from the pin, or None when they mean the same.

    `index_cuda` is the CUDA version that the set's torch on the package index is built for (torch 2.5.1 for 12.4,
    whatever vLLM's own kernels are built for): its label, on torch or on what is bound to it, says what the pin means.
    """
    wanted = Version(pin)
    labels = {_label(row.cuda), _label(index_cuda)} if index_cuda and row.cuda else {_label(row.cuda)}
    fits = found is not None and _label_fits(labels, wanted, found, name in row.bound)
    if found is not None and _release(found) == _release(wanted) and fits:
        return None
    return Difference(name, wanted, found, name in row.bound, row.cuda)


def _release(version: Version) -> Version:
    """The version without its label, compared as versions are: whoever lists one writes 2.11 for 2.11.0."""
    return Version(version.public)


def _label(cuda: str) -> str:
    return f"cu{cuda.replace('.', '')}" if cuda else "cpu"


def _label_fits(labels: set[str], wanted: Version, found: Version, bound: bool) -> bool:
    if wanted.local or not bound:
        return not wanted.local or found.local == wanted.local
    return found.local is None or found.local in labels


def commands(
    interpreter: Interpreter, distributions: Iterable[Distribution], pins: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, ...]]:
    """The commands that install exact versions, one for each index that they come from.

    uv takes a package from the first index that knows it, and PyTorch's know old versions of
    many: what carries no label is installed apart.
    """
    by_label: dict[str, list[str]] = {}
    for name, version in pins:
        by_label.setdefault(version.partition("+")[2], []).append(f"{name}=={version}")
    installed = list(distributions)
    for requirements in by_label.values():
        yield install(interpreter, installed, *requirements)
