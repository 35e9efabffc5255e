"""A page for each rule, from its docstring, and a list of them."""

from __future__ import annotations

from itertools import groupby

from doctor.core.fleet.rule import FleetRule
from doctor.core.matrix import Matrix
from doctor.core.rule import Rule
from doctor.engine.catalogue import load, module_names
from doctor.formats.explanation import sections_of
from doctor.formats.topics import title_of
from scripts.documentation.markdown import block, code, link, page, prose, table


def rule_pages(matrix: Matrix) -> dict[str, str]:
    """The pages by their path below docs/."""
    rules = [load(name) for name in module_names()]
    pages = {f"rules/{rule.code}.md": _page(rule, matrix) for rule in rules}
    return {"rules/README.md": _list(rules), **pages}


def _list(rules: list[Rule]) -> str:
    parts = [
        "# Rules",
        "What `doctor check` judges, and `doctor fleet check` on each node; the rules of the fleet compare nodes. "
        "A rule reads facts and the matrix, and nothing else; where one of its facts is "
        "not known it is *undetermined*, which is not healthy.",
    ]
    for topic, group in groupby(rules, key=lambda rule: rule.topic):
        rows = [
            [link(item.code, f"{item.code}.md"), item.name, item.severity.label, prose(item.title)] for item in group
        ]
        parts += [f"## {title_of(topic)}", table(["Code", "Name", "Severity", "Healthy when"], rows)]
    return page(*parts)


def _ask(rule: Rule) -> str:
    if isinstance(rule, FleetRule):
        return f"doctor fleet check reports/ --select {rule.code}"
    return f"doctor check --select {rule.code}"


def _page(rule: Rule, matrix: Matrix) -> str:
    facts = [
        ["Severity", rule.severity.label],
        ["Topic", title_of(rule.topic)],
        ["Kind of fault", code(rule.cause.value)],
        ["Reads", ", ".join(code(key.name) for key in rule.reads) or "what became of each node's report"],
        ["Since", rule.since],
    ]
    rows = [row for row in matrix.breakages if rule.code in (*row.rules, *row.signs)]
    known = [f"- {link(row.name, f'../breakages/{row.name}.md')}: {prose(row.reason)}" for row in rows]
    return page(
        f"# {rule.code} {rule.name}",
        f"Healthy when: {prose(rule.title)}.",
        table(["", ""], facts),
        *(f"## {heading}\n\n{prose(text)}" for heading, text in sections_of(rule.explanation).items()),
        "## Breakages that it tells of\n\n" + "\n".join(known) if known else "",
        "## Ask for it",
        block([_ask(rule), f"doctor explain {rule.code}"]),
        link("All rules", "README.md"),
    )
