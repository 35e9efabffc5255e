"""Where installed versions stand: in the set, and among what the release takes."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.fact import Known, Reason, Source, SourceKind, Unknown
from doctor.engine.ladder import ladders_of
from doctor.matrix.load import load_matrix
from tests.bases import base

MATRIX = load_matrix()


def with_versions(**versions):
    """The busy base with other versions; None takes a distribution away."""
    facts = base("busy")
    fact = facts.get(DISTRIBUTIONS)
    assert isinstance(fact, Known)
    names = {name.replace("_", "-"): version for name, version in versions.items()}
    kept = [item for item in fact.value if names.get(item.name, "") is not None]
    changed = [dataclasses.replace(item, version=names.get(item.name) or item.version) for item in kept]
    return facts.replace(DISTRIBUTIONS, dataclasses.replace(fact, value=tuple(changed)))


def ladder(found, package):
    (one,) = [item for item in found.ladders if item.package == package]
    return one


def rungs(one):
    return {rung.label: rung for rung in one.rungs}


def test_what_is_as_in_the_set():
    found = ladders_of(base("busy"), MATRIX)
    assert (found.release, found.set, found.exact) == ("vllm 0.5.5", "vllm-0.5.5", True)
    torch = ladder(found, "torch")
    assert (torch.installed, torch.wanted, torch.allowed, torch.fits) == ("2.4.0", "2.4.0", "==2.4.0", True)
    assert torch.as_wanted
    assert rungs(torch)["2.4.0"].installed
    assert rungs(torch)["2.4.0"].wanted
    assert [label for label, rung in rungs(torch).items() if rung.allowed] == ["2.4.0"]


def test_what_the_release_does_not_take():
    torch = ladder(ladders_of(with_versions(torch="2.5.1"), MATRIX), "torch")
    assert torch.fits is False
    assert not torch.as_wanted
    assert (rungs(torch)["2.5.1"].allowed, rungs(torch)["2.4.0"].allowed) == (False, True)
    assert "vllm 0.5.5 needs torch==2.4.0" in torch.demands
    assert "xformers" in torch.refused_by


def test_rungs_go_from_old_to_new_and_tell_what_they_leave_out():
    labels = [rung.label for rung in ladder(ladders_of(with_versions(torch="2.9.0"), MATRIX), "torch").rungs]
    assert labels[:3] == ["2.3", "2.4.0", "2.5"]
    assert labels[-1] == MATRIX.releases.versions("torch")[-1].rpartition(".")[0]
    skipped = {
        rung.label for rung in ladder(ladders_of(with_versions(torch="2.9.0"), MATRIX), "torch").rungs if rung.skipped
    }
    assert "2.8" in skipped


def test_a_build_is_that_of_the_release():
    torch = ladder(ladders_of(with_versions(torch="2.4.0+cu121"), MATRIX), "torch")
    assert torch.as_wanted
    assert torch.fits


def test_a_release_that_the_matrix_does_not_know_stands_where_it_belongs():
    labels = [rung.label for rung in ladder(ladders_of(with_versions(torch="99.1"), MATRIX), "torch").rungs]
    assert labels[-1] == "99.1"


def test_what_the_release_asks_nothing_of():
    peft = ladder(ladders_of(base("busy"), MATRIX), "peft")
    assert (peft.allowed, peft.fits) == ("", None)
    assert all(rung.allowed is None for rung in peft.rungs)


def test_what_is_missing_and_in_the_set():
    torch = ladder(ladders_of(with_versions(torch=None), MATRIX), "torch")
    assert (torch.installed, torch.wanted, torch.fits) == ("", "2.4.0", None)


def test_the_nearest_set_is_called_so():
    found = ladders_of(with_versions(vllm="0.5.4"), MATRIX)
    assert (found.set, found.exact) == ("vllm-0.5.5", False)


@pytest.mark.parametrize("version", ["not-a-version", "2.4.0-custom?"])
def test_a_version_that_is_none(version):
    torch = ladder(ladders_of(with_versions(torch=version), MATRIX), "torch")
    assert torch.fits is None
    assert torch.installed == version


def test_nothing_where_nothing_is_known():
    gone = Unknown(reason=Reason.FAILED, detail="x", source=Source(kind=SourceKind.RUN, where="x"))
    assert ladders_of(base("busy").replace(DISTRIBUTIONS, gone), MATRIX) is None
    assert ladders_of(with_versions(vllm=None), MATRIX) is None
