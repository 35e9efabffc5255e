from __future__ import annotations

from pathlib import Path

from doctor.core.fact import Absent, Unknown
from doctor.core.fleet.node import COPIED_VARIABLES, CopiedVariables
from doctor.probes.machine.copied_variables import find
from tests.probes.machine.probing import fact_of, target_of, value_of, write

# Three layouts, in a few lines of each: vLLM 0.9, 0.32 and 0.33.
ENVS = """
environment_variables: dict = {
    "VLLM_HOST_IP": lambda: os.getenv("VLLM_HOST_IP", ""),
    "CUDA_HOME": lambda: os.environ.get("CUDA_HOME", None),
}
"""
WITH_FLAG = ENVS.replace("\n}", '\n    "F": lambda: int(os.getenv("VLLM_USE_RAY_V2_EXECUTOR_BACKEND", "1")),\n}')
KEPT = 'WORKER_SPECIFIC_ENV_VARS: set[str] = {"VLLM_HOST_IP", "LOCAL_RANK"}\n'
COPYING = (
    'DEFAULT_ENV_VAR_PREFIXES: set[str] = {"VLLM_", "NCCL_"}\nDEFAULT_EXTRA_ENV_VARS: set[str] = {"PYTHONHASHSEED"}\n'
)
OLD = {
    "vllm/envs.py": ENVS,
    "vllm/executor/ray_distributed_executor.py": 'class E:\n    WORKER_SPECIFIC_ENV_VARS = {"VLLM_HOST_IP"}\n',
}
BOTH = {
    "vllm/envs.py": WITH_FLAG,
    "vllm/ray/ray_env.py": COPYING,
    "vllm/v1/executor/ray_utils.py": KEPT,
    "vllm/v1/executor/ray_executor.py": "",
    "vllm/v1/executor/ray_executor_v2.py": "",
}
NEW = {name: text for name, text in BOTH.items() if not name.endswith("ray_executor.py")} | {"vllm/envs.py": ENVS}


def copied(site: Path, files: dict[str, str], environ: dict[str, str] | None = None) -> CopiedVariables:
    write(site, files)
    target = target_of(environ, search_path=(str(site),), site_packages=(str(site),))
    found = value_of(find(target), COPIED_VARIABLES)
    assert isinstance(found, CopiedVariables)
    return found


def test_an_old_release_copies_the_variables_that_it_knows(tmp_path: Path):
    assert copied(tmp_path, OLD) == CopiedVariables(
        everything=False, prefixes=(), names=("CUDA_HOME", "VLLM_HOST_IP"), never=("VLLM_HOST_IP",)
    )


def test_a_release_with_two_executors_takes_the_one_that_copies_everything(tmp_path: Path):
    assert copied(tmp_path, BOTH) == CopiedVariables(
        everything=True,
        prefixes=("NCCL_", "VLLM_"),
        names=("CUDA_HOME", "F", "PYTHONHASHSEED"),
        never=("LOCAL_RANK", "VLLM_HOST_IP"),
    )


def test_unless_the_first_one_is_asked_for(tmp_path: Path):
    assert not copied(tmp_path, BOTH, {"VLLM_USE_RAY_V2_EXECUTOR_BACKEND": "0"}).everything


def test_the_newest_has_no_other(tmp_path: Path):
    assert copied(tmp_path, NEW).everything


def test_what_the_user_adds_and_excludes(tmp_path: Path):
    write(tmp_path, {"settings/ray_non_carry_over_env_vars.json": '["NCCL_DEBUG"]'})
    environ = {
        "VLLM_CONFIG_ROOT": str(tmp_path / "settings"),
        "VLLM_RAY_EXTRA_ENV_VAR_PREFIXES_TO_COPY": "GLOO_, ",
        "VLLM_RAY_EXTRA_ENV_VARS_TO_COPY": "OMP_NUM_THREADS",
    }
    found = copied(tmp_path / "site", BOTH, environ)
    assert "GLOO_" in found.prefixes
    assert "OMP_NUM_THREADS" in found.names
    assert "NCCL_DEBUG" in found.never


def test_a_form_that_is_not_known_is_unknown(tmp_path: Path):
    write(tmp_path, {"vllm/envs.py": ENVS})
    target = target_of(search_path=(str(tmp_path),), site_packages=(str(tmp_path),))
    assert isinstance(fact_of(find(target), COPIED_VARIABLES), Unknown)


def test_without_vllm_it_is_absent(tmp_path: Path):
    target = target_of(search_path=(str(tmp_path),), site_packages=(str(tmp_path),))
    assert isinstance(fact_of(find(target), COPIED_VARIABLES), Absent)
