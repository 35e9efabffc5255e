"""The words of collect_env: where each of its entries begins in a text, lines or not.

torch's script has written the same labels since 1.0, with more of them over time; vLLM's copy
added some of its own, and since 0.9 writes them under headings with the colons aligned. An
issue often shows them on one line. So entries are found by their labels wherever they stand.

- https://github.com/pytorch/pytorch/blob/main/torch/utils/collect_env.py
- https://github.com/vllm-project/vllm/blob/main/vllm/collect_env.py
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from doctor.intake.pasted import Pasted

LABELS = (
    "PyTorch version",
    "Is debug build",
    "CUDA used to build PyTorch",
    "ROCM used to build PyTorch",
    "XPU used to build PyTorch",
    "GCC version",
    "Clang version",
    "CMake version",
    "Libc version",
    "Python version",
    "Python platform",
    "Is CUDA available",
    "Is XPU available",
    "CUDA runtime version",
    "CUDA_MODULE_LOADING set to",
    "GPU models and configuration",
    "Nvidia driver version",
    "cuDNN version",
    "HIP runtime version",
    "MIOpen runtime version",
    "Is XNNPACK available",
    "Caching allocator config",
    "XPU runtime version",
    "XPU used to build vLLM",
    "Intel GPU models onboard",
    "Intel GPU models detected",
    "Intel GPU models",
    "Intel GPU driver version",
    "oneAPI compiler version",
    "SYCL compiler build",
    "Level Zero loader version",
    "Level Zero driver version",
    "vLLM XPU kernels version",
    "Versions of relevant libraries",
    "ROCM Version",
    "Neuron SDK Version",
    "vLLM Version",
    "vLLM Build Flags",
    "CUDA Archs",
    "GPU Topology",
    "TPU chips",
    # What lscpu and nvidia-smi write, which the scripts quote and people paste beside.
    "Model name",
    "Vendor ID",
    "CPU family",
    "Vulnerability Itlb multihit",
    "NVIDIA-SMI",
    "Driver Version",
    "CUDA Version",
    # As drivers from 610 on write the two.
    "KMD Version",
    "CUDA UMD Version",
)
"""Labels that nothing else writes, so that they count in the middle of a line too."""

_SHORT = ("OS", "CPU", "Architecture", "On-line CPU(s) list", "CPU(s)", "Flags")
"""Labels that are common words: they count at the beginning of a line or after a blank."""

HEADINGS = (
    "System Info",
    "PyTorch Info",
    "Python Environment",
    "CUDA / GPU Info",
    "Intel XPU / GPU Info",
    "CPU Info",
    "Versions of relevant libraries",
    "vLLM Info",
    "Environment Variables",
)

_TOKEN = re.compile(
    rf"(?P<label>{'|'.join(map(re.escape, LABELS))})[ ]{{0,60}}:"
    rf"|(?:(?<=\s)|^)(?P<short>{'|'.join(map(re.escape, _SHORT))})[ ]{{0,60}}:(?=\s)"
    r"|\[(?P<list>pip3?|conda)\]"
    r"|(?<![\w-])GPU[ ](?P<gpu>\d{1,3}):"
    rf"|(?<!=)={{20,60}}\s{{0,40}}(?P<heading>{'|'.join(map(re.escape, HEADINGS))})\s{{0,40}}={{20,60}}"
    r"|(?P<fence>```|~~~|</?details>|</?summary>|^#{1,6} )",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: what it is (``label``, ``list``, ``gpu``, ``heading``, ``fence``), its name and what follows it.

    `rest` is all text up to the next entry, `line` the 1-based line that it begins in.
    """

    kind: str
    name: str
    rest: str
    line: int
    offset: int

    @property
    def value(self) -> str:
        """What stands behind it on its own line."""
        return self.rest.partition("\n")[0].strip()

    @property
    def values(self) -> list[str]:
        """What stands behind it, line by line, without empty ones."""
        return [line.strip() for line in self.rest.split("\n") if line.strip()]


def entries_of(pasted: Pasted) -> Iterator[Entry]:
    """Yield the entries in the order of the text."""
    text = pasted.text
    last: re.Match[str] | None = None
    for match in _TOKEN.finditer(text):
        if last is not None:
            yield _entry(last, text[last.end() : match.start()], pasted)
        last = match
    if last is not None:
        yield _entry(last, text[last.end() :], pasted)


def _entry(match: re.Match[str], rest: str, pasted: Pasted) -> Entry:
    kind = match.lastgroup or ""
    offset = match.start()
    return Entry("label" if kind == "short" else kind, match[kind], rest, pasted.line(offset), offset)
