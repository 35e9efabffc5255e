"""What was found of undeclared limits, as rows of the matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from scripts.derivation.imported import Wanted
from scripts.derivation.undeclared import Finding

HEAD = """\
# What releases import from each other that not every release has which their metadata lets stand beside them.
# Written by scripts/derive_pairs.py from the wheels: which imports a module reaches when it is imported itself, and
# which releases of the other package have them. What metadata refuses, or a row of another file tells, is left out.
# The keys of `needs` are versions of `package`, the values versions of `partner`.
schema = 1
updated = "{updated}"
"""

MARK = "-imports"
"""What the names of these pairs end with."""

_SHOWN = 3


def write_pairs(findings: Iterable[Finding], updated: str) -> str:
    """The file of the matrix: a pair for each package, partner, side and depth, with all versions that it holds for."""
    text = HEAD.format(updated=updated)
    rows = sorted(findings, key=_kind)
    for _, group in groupby(rows, key=_kind):
        text += "\n" + "\n".join(_pair(list(group))) + "\n"
    return text


def _kind(finding: Finding) -> tuple[str, str, bool, bool]:
    return finding.package, finding.partner, finding.lack.breaks, _is_too_new(finding.lack.good)


def _pair(rows: Sequence[Finding]) -> Iterator[str]:
    package, partner, breaks, too_new = _kind(rows[0])
    name = f"{package}-{'older' if too_new else 'newer'}-{partner}{'' if breaks else '-parts'}{MARK}"
    yield "[[pair]]"
    yield f'name = "{name}"'
    yield f'package = "{package}"'
    yield f'partner = "{partner}"'
    yield f'cause = "{_cause(partner, too_new)}"'
    yield f'reason = "{_reason(rows)}"'
    yield 'basis = "declared"'
    if not breaks:
        yield "breaks = false"
    read = ", ".join(row.versions for row in rows)
    yield f'sources = ["imports of {package} {read} and names in the releases of {partner}, on the package index"]'
    yield ""
    yield "[pair.needs]"
    for row in rows:
        yield f'"{row.versions}" = "{row.lack.good}"'


def _is_too_new(good: str) -> bool:
    """Whether releases above the good ones lack something."""
    return "<" in good


def _cause(partner: str, too_new: bool) -> str:
    if partner == "transformers":
        return "transformers-too-new" if too_new else "transformers-too-old"
    return "torch-pin-violated" if partner == "torch" else "other"


def _reason(rows: Sequence[Finding]) -> str:
    finding = rows[-1]
    names: dict[str, Wanted] = {}
    for row in rows:
        for item in row.lack.names:
            names.setdefault(_spoken(item), item)
    shown = sorted(names, key=len)[:_SHOWN]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    listed = ", ".join(shown) + more
    other = f"newer {finding.partner} no longer has" if _is_too_new(finding.lack.good) else ""
    lacking = other or f"older {finding.partner} does not have"
    broken = "it" if finding.lack.breaks else next(iter(names.values())).where
    return f"{finding.package} imports {listed}, which {lacking}: {broken} cannot be imported"


def _spoken(item: Wanted) -> str:
    return f"{item.name} of {item.module}" if item.name else f"the module {item.module}"
