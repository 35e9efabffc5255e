"""The compatibility table as one page of HTML that can be filtered, with nothing outside it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from doctor.core.matrix import Matrix
from doctor.core.packages.release import Support
from scripts.documentation.compatibility import GPUS, PYTHONS, Line
from scripts.documentation.compatibility_tables import saved, span

_HERE = Path(__file__).parent
_SAID = {
    Support.SUPPORTED: "yes",
    Support.REFUSED: "refused",
    Support.IGNORED: "ignored: wrong answers",
    Support.WARNED: "with a warning",
    Support.OPTION: "with an option",
    Support.SAME_SIZE: "in the size of the base",
}
_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>What fits which vLLM: torch, CUDA, drivers, GPUs, Python, transformers, LoRA</title>
<style>
{style}</style>
</head>
"""
_GROUPS = (
    ("Release", ("vLLM", "Released", "Proven")),
    ("Platform", ("torch", "CUDA", "Driver from", "GPUs (compute capability)", "Python", "transformers", "Attention")),
    (
        "LoRA adapters",
        (
            "Rank at most (default)",
            "Vocabulary of lm_head",
            "Batched tokens",
            "rsLoRA",
            "DoRA",
            "Bias",
            "rank_pattern",
            "modules_to_save",
            "Quantised base",
            "On a CPU",
        ),
    ),
)


def write_page(matrix: Matrix, lines: list[Line]) -> str:
    """The page ``compatibility.html``."""
    style = (_HERE / "compatibility.css").read_text(encoding="utf-8")
    script = (_HERE / "compatibility.js").read_text(encoding="utf-8")
    body = [
        "<body>",
        "<main>",
        "<h1>What fits which vLLM</h1>",
        f"<p>All {len(lines)} releases from {escape(lines[-1].version)} to {escape(lines[0].version)} on Linux x86_64 "
        "with the wheels of the package index: from their metadata, the machine code in them, their sources and the "
        f"runs of known-good sets. Matrix of {escape(matrix.version.partition('+')[0])}.</p>",
        *_filters(lines),
        '<p id="count" role="status"></p>',
        '<div class="scroll" role="region" aria-labelledby="caption" tabindex="0">',
        "<table>",
        '<caption id="caption">Releases of vLLM, the newest first</caption>',
        *_table_head(),
        "<tbody>",
        *(_row(line) for line in lines),
        "</tbody>",
        "</table>",
        "</div>",
        *_notes(),
        "</main>",
        f"<script>\n{script}</script>",
        "</body>",
        "</html>",
    ]
    return _HEAD.format(style=style) + "\n".join(body) + "\n"


def _filters(lines: list[Line]) -> list[str]:
    torches = dict.fromkeys(line.torch for line in lines)
    majors = sorted({major for line in lines for major in line.majors})
    return [
        '<form id="filters" hidden>',
        "<fieldset>",
        "<legend>Show what works with</legend>",
        _select("gpu", "GPU", [(text, f"{text}: {models}") for text, models in GPUS.items()]),
        _field("driver", "Driver", 'inputmode="decimal" placeholder="550.54.14" size="10"'),
        _select("python", "Python", [(item, item) for item in PYTHONS]),
        _select("torch", "torch", [(item, item) for item in torches]),
        _select("transformers", "transformers", [(item, item) for item in majors]),
        _field("rank", "LoRA rank", 'type="number" min="1" max="1024" placeholder="64"'),
        '<label class="check" for="proven">',
        '<input id="proven" name="proven" type="checkbox" value="yes"> only proven sets',
        "</label>",
        '<button type="reset">Show all</button>',
        "</fieldset>",
        "</form>",
    ]


def _field(name: str, title: str, attributes: str) -> str:
    return f'<label for="{name}">{escape(title)} <input id="{name}" name="{name}" {attributes}></label>'


def _select(name: str, title: str, values: Iterable[tuple[str, str]]) -> str:
    options = "".join(f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in values)
    return (
        f'<label for="{name}">{escape(title)} <select id="{name}" name="{name}"><option value="">any</option>{options}'
        "</select></label>"
    )


def _table_head() -> list[str]:
    groups = "".join(f'<th colspan="{len(names)}" scope="colgroup">{escape(title)}</th>' for title, names in _GROUPS)
    names = "".join(f'<th scope="col">{escape(name)}</th>' for _, names in _GROUPS for name in names)
    columns = "".join(f'<colgroup span="{len(names)}"></colgroup>' for _, names in _GROUPS)
    return [columns, f"<thead><tr>{groups}</tr><tr>{names}</tr></thead>"]


def _row(line: Line) -> str:
    facts = {
        "gpu": " ".join(line.capabilities),
        "driver": line.driver,
        "python": " ".join(line.pythons),
        "torch": line.torch,
        "transformers": " ".join(line.majors),
        "rank": str(max(line.lora.max_lora_rank)),
        "proven": "yes" if line.proven else "",
    }
    attributes = "".join(f' data-{name}="{escape(value)}"' for name, value in facts.items())
    cells = [escape(line.released), _proof(line), *(escape(text) for text in _platform(line)), *_lora(line)]
    return f'<tr{attributes}><th scope="row">{escape(line.version)}</th>' + "".join(map(_cell, cells)) + "</tr>"


def _cell(content: str) -> str:
    return f"<td>{content}</td>"


def _proof(line: Line) -> str:
    if line.proven is None or line.proven.depth is None:
        return ""
    return f'<a href="sets/{escape(line.proven.name)}.md">{escape(line.proven.depth.value)}</a>'


def _platform(line: Line) -> list[str]:
    return [
        line.torch,
        line.cuda,
        line.driver,
        span(line.capabilities),
        span(line.pythons),
        line.transformers,
        ", ".join(line.attention),
    ]


def _lora(line: Line) -> list[str]:
    support = line.lora
    return [
        f"{max(support.max_lora_rank)} ({support.default_max_lora_rank})",
        f"up to {support.vocabulary_limit}" if support.vocabulary_limit else "any",
        f"up to {support.batched_token_limit}" if support.batched_token_limit else "any",
        *(_said(value) for value in (support.use_rslora, support.use_dora, support.bias, support.ranks_by_pattern)),
        escape(saved(support)),
        *(_said(value) for value in (support.quantized_base, support.cpu)),
    ]


def _said(support: Support) -> str:
    text = escape(_SAID[support])
    return f'<strong class="{support.value}">{text}</strong>' if support is Support.IGNORED else text


def _notes() -> list[str]:
    return [
        "<h2>How to read it</h2>",
        "<ul>",
        "<li><b>Proven</b>: how deep the known-good set of exactly this release was proven. <i>imported</i> stops "
        "where a GPU is needed, <i>end-to-end-cpu</i> trained, merged and served a LoRA on a CPU.</li>",
        "<li><b>GPUs</b>: what the wheels of vLLM and of torch both hold machine code for.</li>",
        "<li><b>Driver from</b>: the oldest driver that runs compiled code of this CUDA version.</li>",
        "<li><b>transformers</b>: what the release declares, narrowed by what is known not to work.</li>",
        "<li><b>ignored: wrong answers</b>: the adapter loads, and what it asks for is not done.</li>",
        "</ul>",
    ]
