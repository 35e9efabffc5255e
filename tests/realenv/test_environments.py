"""`doctor check` on real environments: it names what is wrong in the broken ones, and only there.

The recipes are in `scripts/recipes.py`. Those that are copies of the CPU set are made when they are
missing (the set is downloaded once, about 1 GB); the others hold CUDA builds of several GB and are
made only when `DOCTOR_REALENV=all` is set, or by `python scripts/make_environments.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from scripts.make_environments import NAMES, default_cache, find_tools, interpreter_of, is_made, make
from scripts.recipes import RECIPES

pytestmark = pytest.mark.realenv

LEVELS = ("error", "warning", "info")
# These judge the machine that the tests run on, which may be short of memory or have an old driver.
MACHINE_TOPICS = ("SYS", "GPU")


@pytest.fixture(scope="session")
def environment_of(tmp_path_factory):
    """Return the function that finds or makes the environment of a recipe, and skips where it may not."""
    cache = default_cache()

    def find(recipe):
        if not is_made(recipe, cache):
            if not is_quick(recipe) and os.environ.get("DOCTOR_REALENV") != "all":
                pytest.skip("needs several GB of CUDA builds: set DOCTOR_REALENV=all to make it")
            cache.mkdir(parents=True, exist_ok=True)
            make(recipe, cache, find_tools(sys.executable))
        return cache / recipe.name

    return find


def is_quick(recipe):
    return recipe.quick and (not recipe.base or is_quick(NAMES[recipe.base]))


def examine(environment):
    """The report of `doctor check` as a user gets it, and its exit code."""
    command = [sys.executable, "-m", "doctor", "check", "--python", interpreter_of(environment), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 3), done.stderr
    assert "Traceback" not in done.stderr
    report = json.loads(done.stdout)
    assert report["exit_code"] == done.returncode
    return report


def problems_of(report):
    """(code, severity, cause, subject, message) of every problem, the gravest first."""
    rows = [
        (outcome["code"], problem["severity"], problem["cause"], problem["subject"], problem["message"])
        for outcome in report["outcomes"]
        for problem in outcome["problems"]
    ]
    return sorted(rows, key=lambda row: LEVELS.index(row[1]))


def names_fault(row, fault):
    _, severity, cause, subject, message = row
    return severity == fault.severity and cause in fault.causes and fault.about in f"{subject} {message}"


SOUND = [recipe for recipe in RECIPES if not recipe.faults]
BROKEN = [recipe for recipe in RECIPES if recipe.faults]


@pytest.mark.parametrize("recipe", SOUND, ids=lambda recipe: recipe.name)
def test_nothing_is_wrong_in_a_sound_environment(recipe, environment_of):
    report = examine(environment_of(recipe))
    grave = [row for row in problems_of(report) if row[1] != "info"]
    assert [row for row in grave if row[0].rstrip("0123456789") not in MACHINE_TOPICS] == []
    assert [row for row in grave if row[1] == "error"] == []


@pytest.mark.parametrize("recipe", SOUND, ids=lambda recipe: recipe.name)
def test_nothing_is_undetermined_in_a_sound_environment(recipe, environment_of):
    report = examine(environment_of(recipe))
    gaps = {outcome["code"]: outcome["reasons"] for outcome in report["outcomes"] if outcome["undetermined"]}
    assert gaps == {}
    assert report["summary"]["healthy"] > 0


def test_the_sound_environment_imports(environment_of):
    """The claim that it is sound is tried, not assumed: the whole stack imports there."""
    code = "import peft, transformers; transformers.LlamaForCausalLM; from vllm import LLM"
    python = interpreter_of(environment_of(NAMES["cpu-copy"]))
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("recipe", BROKEN, ids=lambda recipe: recipe.name)
def test_fault_is_named(recipe, environment_of):
    report = examine(environment_of(recipe))
    problems = problems_of(report)
    missed = [fault for fault in recipe.faults if not any(names_fault(row, fault) for row in problems)]
    assert missed == [], problems
    assert report["exit_code"] == (1 if any(fault.severity == "error" for fault in recipe.faults) else 0)


BROKEN_ONCE = [recipe for recipe in BROKEN if not recipe.base or not NAMES[recipe.base].faults]


@pytest.mark.parametrize("recipe", BROKEN_ONCE, ids=lambda recipe: recipe.name)
def test_fault_comes_first(recipe, environment_of):
    """Where nothing else was wrong before, the first problem is the fault, not one of its effects."""
    problems = problems_of(examine(environment_of(recipe)))
    assert problems
    assert any(names_fault(problems[0], fault) for fault in recipe.faults), problems
