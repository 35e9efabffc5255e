"""Where installed versions stand: in the set, and among what the release takes."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.fact import Known, Reason, Source, SourceKind, Unknown
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.no_releases import NoReleases
from doctor.engine.ladder import ladders_of
from doctor.matrix.load import load_matrix
from tests.bases import base
from tests.facts import distribution

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


def with_more(*more):
    """The busy base with more distributions, or others of the same names."""
    facts = base("busy")
    fact = facts.get(DISTRIBUTIONS)
    assert isinstance(fact, Known)
    kept = [item for item in fact.value if item.name not in {new.name for new in more}]
    return facts.replace(DISTRIBUTIONS, dataclasses.replace(fact, value=(*kept, *more)))


class OfTorch(NoReleases):
    """A few releases of torch."""

    def versions(self, package):
        return ("2.3.0", "2.4.0", "2.5.0", "2.6.0", "2.7.0") if package == "torch" else ()


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
    """Shown are what is installed and wanted with the series beside each, and the newest."""
    shown = ladder(ladders_of(with_versions(torch="2.9.0"), MATRIX), "torch").rungs
    newest = MATRIX.releases.versions("torch")[-1].rpartition(".")[0]
    assert [rung.label for rung in shown] == ["2.3", "2.4.0", "2.5", "2.8", "2.9.0", "2.10", newest]
    assert [rung.label for rung in shown if rung.skipped] == ["2.8", newest]
    assert {rung.label for rung in shown if rung.installed} == {"2.9.0"}
    assert {rung.label for rung in shown if rung.wanted} == {"2.4.0"}


def test_one_series_that_is_left_out_is_told():
    found = ladders_of(base("busy"), dataclasses.replace(MATRIX, releases=OfTorch()))
    shown = ladder(found, "torch").rungs
    assert [(rung.label, rung.skipped) for rung in shown] == [
        ("2.3", False),
        ("2.4.0", False),
        ("2.5", False),
        ("2.7", True),
    ]


def test_only_what_the_release_asks_for_is_what_it_allows():
    """What others ask for is told as their demand, and any version is no limit."""
    assert ladder(ladders_of(base("busy"), MATRIX), "numpy").allowed == "<2"
    app = ladder(ladders_of(with_more(distribution("app", "1.0", "peft<1")), MATRIX), "peft")
    assert (app.allowed, app.fits, app.demands) == ("", None, ("app 1.0 needs peft<1",))
    any_peft = ladder(ladders_of(with_more(distribution("vllm", "0.5.5", "peft")), MATRIX), "peft")
    assert (any_peft.allowed, any_peft.fits) == ("", None)


def test_the_set_of_the_release_comes_before_one_that_is_nearer():
    """unsloth 2025.9.11 was proven with torch 2.8.0: here it stands beside the torch of another release."""
    stack = (distribution("unsloth", "2025.9.11"), distribution("torch", "2.10.0"))
    facts = base("busy")
    fact = facts.get(DISTRIBUTIONS)
    found = ladders_of(facts.replace(DISTRIBUTIONS, dataclasses.replace(fact, value=stack)), MATRIX)
    assert (found.set, found.exact) == ("unsloth-2025.9.11", True)
    assert ladder(found, "torch").wanted == "2.8.0"


def test_the_ends_of_what_is_allowed_are_shown():
    """vllm 0.5.5 takes transformers from 4.43.2 on, and none of the next major number."""
    shown = rungs(ladder(ladders_of(with_versions(transformers="4.40.0"), MATRIX), "transformers"))
    assert [label for label, rung in shown.items() if rung.allowed] == ["4.43", "4.44.2", "4.45", "4.56", "4.57"]
    assert [label for label, rung in shown.items() if not rung.allowed][:3] == ["4.40.0", "4.41", "4.42"]


def test_a_first_release_has_none_before_it():
    first = MATRIX.releases.versions("torch")[0]
    shown = ladder(ladders_of(with_versions(torch=first), MATRIX), "torch").rungs
    assert (shown[0].label, shown[0].skipped) == (first, False)


def test_without_releases_one_by_one_there_are_no_rungs():
    found = ladders_of(base("busy"), dataclasses.replace(MATRIX, releases=NoReleases()))
    assert all(one.rungs == () for one in found.ladders)


def test_without_a_set_nothing_is_wanted_and_what_is_not_installed_not_shown():
    found = ladders_of(with_versions(torch=None), dataclasses.replace(MATRIX, sets=()))
    assert (found.set, found.exact) == ("", False)
    assert all(one.wanted == "" and one.installed for one in found.ladders)


def test_what_is_shadowed_is_not_installed():
    facts = base("busy")
    fact = facts.get(DISTRIBUTIONS)
    hidden = tuple(dataclasses.replace(item, shadowed=item.name == "peft") for item in fact.value)
    found = ladders_of(facts.replace(DISTRIBUTIONS, dataclasses.replace(fact, value=hidden)), MATRIX)
    assert "peft" not in [one.package for one in found.ladders]


def test_what_others_ask_for_is_told_and_who_refuses_it():
    """Of the release itself `fits` tells; transformers declares no torch that the matrix has not found out."""
    torch = ladder(ladders_of(with_versions(torch="2.5.1"), MATRIX), "torch")
    assert torch.refused_by == ("torchvision", "vllm-flash-attn", "xformers")
    assert "peft 0.12.0 needs torch>=1.13.0" in torch.demands
    assert "vllm 0.5.5 works with torch==2.4.0" in torch.demands
    numpy = ladder(ladders_of(with_versions(torch="2.1.0", numpy="2.0.0"), MATRIX), "numpy")
    assert "torch" in numpy.refused_by
    assert "torch 2.1.0 works with numpy<2" in numpy.demands


def test_a_demand_of_any_version_is_not_told():
    found = ladders_of(with_more(distribution("app", "1.0", "torch", "peft")), MATRIX)
    assert not [text for one in found.ladders for text in one.demands if text.startswith("app")]


def test_what_only_builds_need_is_no_demand():
    """torch's builds for CUDA need their triton: of the build for the CPU that says nothing."""
    triton = ladder(ladders_of(with_versions(triton="2.1.0"), MATRIX), "triton")
    assert [text for text in triton.demands if "works with" in text] == []


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


def test_the_set_of_the_release_is_not_that_of_another_processor():
    sets = tuple(
        dataclasses.replace(row, machines=("x86_64",)) if row.name == "vllm-0.5.5" else row for row in MATRIX.sets
    )
    here = {"x86_64": True, "aarch64": False, "": True}
    for machine, exact in here.items():
        facts = base("busy")
        fact = facts.get(INTERPRETER)
        changed = dataclasses.replace(fact.value, markers={**fact.value.markers, "platform_machine": machine})
        known = dataclasses.replace(MATRIX, sets=sets)
        found = ladders_of(facts.replace(INTERPRETER, dataclasses.replace(fact, value=changed)), known)
        assert found.exact is exact
        assert (found.set == "vllm-0.5.5") is exact


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
