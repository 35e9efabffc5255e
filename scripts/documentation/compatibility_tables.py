"""The compatibility table as Markdown: what each release of vLLM runs on, and what it takes of LoRA."""

from __future__ import annotations

from doctor.core.matrix import Matrix
from doctor.core.packages.release import LoraSupport, Support
from scripts.documentation.compatibility import GPUS, Line
from scripts.documentation.markdown import code, link, page, table

SAID = {
    Support.SUPPORTED: "yes",
    Support.REFUSED: "refused",
    Support.IGNORED: "**ignored, wrong answers**",
    Support.WARNED: "with a warning",
    Support.OPTION: "with an option",
    Support.SAME_SIZE: "in the base's size",
}
"""What a release does with something, in a cell."""

PLATFORM = (
    "vLLM",
    "Released",
    "torch",
    "CUDA",
    "Driver",
    "GPUs",
    "Python",
    "transformers",
    "Attention",
    "Proven set",
)
LORA = (
    "vLLM",
    "Rank, by default and at most",
    "Vocabulary of lm_head",
    "Batched tokens",
    "rsLoRA",
    "DoRA",
    "Bias",
    "rank_pattern",
    "modules_to_save",
    "Base in 4 bit or GPTQ",
    "On a CPU",
)


def write_tables(matrix: Matrix, lines: list[Line]) -> str:
    """The page ``compatibility.md``."""
    return page(
        "# What fits which vLLM",
        f"All {len(lines)} releases of vLLM from {lines[-1].version} on, on Linux x86_64, with the wheels of the "
        f"package index, as the matrix {matrix.version.partition('+')[0]} knows them. "
        f"{link('compatibility.html', 'compatibility.html')} is the same as one page that can be filtered by GPU, "
        "driver, Python, torch, transformers and LoRA rank: download it and open it in a browser.",
        "## Platform",
        "GPUs are those that the wheels of vLLM and of torch both hold machine code for, by compute capability: "
        + ", ".join(f"{capability} is {models}" for capability, models in GPUS.items())
        + ". Driver is the oldest that runs compiled code of this CUDA version. Python is what both have wheels for. "
        "transformers is what is declared, narrowed by what is known not to work.",
        table(PLATFORM, [_platform(line) for line in lines]),
        "## LoRA",
        "What a release accepts of an adapter, as its sources say. *Ignored* means that it is loaded and the answers "
        "are wrong.",
        table(LORA, [[line.version, *_lora(line.lora)] for line in lines]),
        "## Where this is known from",
        "Metadata and tags of the wheels on the package index; the machine code in the wheels of vLLM and torch; the "
        "sources of each release; the runs of the known-good sets. "
        f"What metadata does not say stands in the {link('breakages', 'breakages/README.md')}. "
        "`scripts/write_docs.py` writes this page.",
    )


def _platform(line: Line) -> list[str]:
    proven = line.proven
    return [
        line.version,
        line.released,
        line.torch,
        line.cuda,
        line.driver,
        span(line.capabilities),
        span(line.pythons),
        code(line.transformers),
        ", ".join(line.attention),
        link(proven.depth.value, f"sets/{proven.name}.md") if proven and proven.depth else "",
    ]


def span(values: tuple[str, ...]) -> str:
    """The first and the last of values that follow each other."""
    return values[0] if len(values) == 1 else f"{values[0]} to {values[-1]}" if values else "none"


def _lora(support: LoraSupport) -> list[str]:
    return [
        f"{support.default_max_lora_rank}, {max(support.max_lora_rank)}",
        f"up to {support.vocabulary_limit}" if support.vocabulary_limit else "any",
        f"up to {support.batched_token_limit}" if support.batched_token_limit else "any",
        SAID[support.use_rslora],
        SAID[support.use_dora],
        SAID[support.bias],
        SAID[support.ranks_by_pattern],
        saved(support),
        SAID[support.quantized_base],
        SAID[support.cpu],
    ]


def saved(support: LoraSupport) -> str:
    """What may stand in modules_to_save."""
    if "*" in support.modules_to_save:
        return "any, unread"
    return ", ".join(support.modules_to_save) or "refused"
