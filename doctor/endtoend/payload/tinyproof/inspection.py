"""Having vLLM look at the model's class early, beside what Hugging Face does.

vLLM starts a second process to inspect the class of a model, so that its own does not initialise
CUDA (`_run_in_subprocess` in vllm/model_executor/models/registry.py). That imports everything once
more, a third of the whole proof. Since 0.11.0 what it finds is kept below VLLM_CACHE_ROOT, which is a folder of the
run: the same inspection, started first, is found there when vLLM starts.
"""

from __future__ import annotations

import subprocess
import sys

from tinyproof import interface, serving
from tinyproof.reporting import CouldNotRun

LONGEST = 240.0
"""Seconds to wait for it: half of that is taken where nothing is byte-compiled and others work, too."""

INSPECT = """
import sys
from vllm.model_executor.models import registry
from vllm.plugins import load_general_plugins
load_general_plugins()
registry._run_in_subprocess = lambda inspect: inspect()  # this is that process
registry.ModelRegistry.models[sys.argv[1]].inspect_model_cls()
"""


def begin(bench):
    """Start the inspection of the tiny model's class in a process of its own, where vLLM keeps what it finds.

    However that ends, nothing is concluded from it: an engine that finds nothing kept inspects the
    class itself, and then what fails is the finding of the phase that starts it.
    """
    if bench.job.model or not _is_kept():
        return
    name = bench.job.architecture.prefix + "ForCausalLM"
    command = [sys.executable, "-c", INSPECT, name]
    quiet = subprocess.DEVNULL
    try:
        process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
    except OSError:  # no process or memory is left, which vLLM's own inspection will say in its phase
        return
    bench.put("inspection", process)


def _is_kept():
    version = serving.installed_version()
    if not version:
        return False
    try:
        return interface.form_of("inspection of a model", version) == "kept"
    except (CouldNotRun, ImportError):  # too old to be called, or no packaging here: the start of vLLM says so
        return False


def finish(bench):
    """Wait until the inspection has ended, and end it where it takes too long."""
    if "inspection" not in bench:
        return
    process = bench.drop("inspection")
    try:
        process.wait(LONGEST)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
