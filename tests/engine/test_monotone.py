"""To know less never makes anything look better: over all rules, on every base, for any facts that are taken away."""

from __future__ import annotations

import dataclasses
import os
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from doctor.core.fact import Known, Reason, Source, SourceKind, Unknown
from doctor.core.report import Verdict
from doctor.core.snapshot import Snapshot
from doctor.engine.catalogue import load, module_names
from doctor.engine.judge import apply
from doctor.matrix.load import load_matrix
from tests import nested
from tests.bases import BASES, base

EXAMPLES = int(os.environ.get("DOCTOR_EXAMPLES", "20"))
NOT_FINE = (Verdict.PROBLEM, Verdict.UNKNOWN)

matrix = cache(load_matrix)


@cache
def places(name: str) -> tuple[nested.Path, ...]:
    """Every fact of a base, and every fact inside a value, by its path."""
    facts = base(name).facts
    inner = [nested.paths(fact.value, (key,)) for key, fact in facts.items() if isinstance(fact, Known)]
    return (*((key,) for key in facts), *(path for paths in inner for path in paths))


def without(snapshot: Snapshot, path: nested.Path) -> Snapshot:
    key, *inner = path
    fact = snapshot.facts[str(key)]
    if inner and isinstance(fact, Known):
        changed = dataclasses.replace(fact, value=nested.remove(fact.value, (key,), path))
    elif inner:
        return snapshot  # it went with the whole fact
    else:
        source = Source(kind=SourceKind.FILE, where=str(key))
        changed = Unknown(reason=Reason.NO_PERMISSION, detail="taken away", source=source)
    return dataclasses.replace(snapshot, facts={**snapshot.facts, str(key): changed})


@st.composite
def two_losses(draw) -> tuple[str, list[nested.Path], list[nested.Path]]:
    name = draw(st.sampled_from(sorted(BASES)))
    losses = st.lists(st.sampled_from(places(name)), max_size=6, unique=True)
    return name, draw(losses), draw(losses)


@settings(max_examples=EXAMPLES)
@given(two_losses())
def test_what_is_lost_beside_makes_no_rule_content(lost):
    """A rule that has a problem or is undetermined is neither healthy nor out of it when further facts are lost."""
    name, first, more = lost
    before = base(name)
    for path in first:
        before = without(before, path)
    after = before
    for path in more:
        after = without(after, path)
    for code in module_names():
        rule = load(code)
        if apply(rule, before, matrix()).verdict in NOT_FINE:
            verdict = apply(rule, after, matrix()).verdict
            assert verdict in NOT_FINE, (code, verdict, name, first, more)
