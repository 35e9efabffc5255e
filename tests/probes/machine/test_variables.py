from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
import pytest

from doctor.core.machine.system import OVERLAYS, PATH_ENTRIES, VARIABLES, Overlay
from doctor.core.snapshot import to_json
from doctor.probes.machine.variables import NOT_STORED, find, read_variables
from tests.probes.machine.probing import fact_of, target_of, value_of, write


def test_variables_of_the_stack_are_kept_and_others_are_not() -> None:
    environ = {
        "VLLM_USE_V1": "0",
        "CUDA_VISIBLE_DEVICES": "0,1",
        "LD_LIBRARY_PATH": "/usr/local/cuda/lib64",
        "HF_HOME": "/data/hf",
        "PYTHONPATH": "/src",
        "EDITOR": "vi",
        "SSH_AUTH_SOCK": "/tmp/agent",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    kept = read_variables(environ)
    assert set(kept) == {"VLLM_USE_V1", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "HF_HOME", "PYTHONPATH"}
    assert kept["CUDA_VISIBLE_DEVICES"] == "0,1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HF_TOKEN", "x"),
        ("HUGGING_FACE_HUB_TOKEN", "x"),
        ("VLLM_API_KEY", "x"),
        ("RAY_PASSWORD", "x"),
        ("VLLM_S3_SECRET", "x"),
        ("UNSLOTH_CREDENTIALS", "x"),
        ("HF_ENDPOINT", "https://user:pass@mirror.example/"),
        ("HF_ENDPOINT", "https://onlyatoken@mirror.example/"),
        ("HF_ENDPOINT", "https://mirror.example/?token=abc"),
        ("VLLM_EXTRA", "hf_abcdefghijklmnop"),
        ("VLLM_EXTRA", "--api-key sk-abcdefghijklmnop"),
        ("VLLM_EXTRA", "ghp_abcdefghijklmnop"),
        ("VLLM_EXTRA", "AKIAIOSFODNN7EXAMPLE"),
        ("VLLM_EXTRA", "eyJhbGciOiJIUzI1NiJ9.e30.x"),
    ],
)
def test_a_secret_is_noted_as_set_and_its_value_is_nowhere(name: str, value: str) -> None:
    facts = list(find(target_of({name: value})))
    assert value_of(facts, VARIABLES) == {name: NOT_STORED}
    assert json.dumps(to_json([fact for _, fact in facts])).count(value) <= (1 if value == "x" else 0)


def test_an_address_without_a_user_is_no_secret() -> None:
    assert read_variables({"HF_ENDPOINT": "https://mirror.example/"}) == {"HF_ENDPOINT": "https://mirror.example/"}


def test_bytes_that_are_not_text_can_still_be_written_as_json() -> None:
    value = os.fsdecode(b"/caf\xe9")
    fact = fact_of(find(target_of({"HF_HOME": value})), VARIABLES)
    assert msgspec.json.decode(json.dumps(to_json(fact)))["known"]["HF_HOME"].startswith("/caf")


def test_each_entry_of_a_path_variable_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    environ = {
        "CUDA_HOME": str(tmp_path / "gone"),
        "LD_LIBRARY_PATH": f"{tmp_path / 'here'}::{tmp_path / 'gone'}",
        "LD_PRELOAD": f"{tmp_path / 'gone.so'} libtcmalloc.so.4",
    }
    entries = value_of(find(target_of(environ)), PATH_ENTRIES)
    assert [(item.variable, Path(item.path).name, item.exists) for item in entries] == [
        ("CUDA_HOME", "gone", False),
        ("LD_LIBRARY_PATH", "here", True),
        ("LD_LIBRARY_PATH", "gone", False),
        ("LD_PRELOAD", "gone.so", False),
    ]


def test_a_tilde_stands_for_the_home_of_the_target(tmp_path: Path) -> None:
    (tmp_path / "hf").mkdir()
    (entry,) = value_of(find(target_of({"HF_HOME": "~/hf", "HOME": str(tmp_path)})), PATH_ENTRIES)
    assert entry.exists


def test_a_package_on_python_path_is_an_overlay_and_says_what_it_hides(tmp_path: Path) -> None:
    write(tmp_path, {"site/torch/__init__.py": "", "src/torch/__init__.py": "", "src/peft.py": "", "src/other.py": ""})
    target = target_of(site_packages=(str(tmp_path / "site"),), python_path=(str(tmp_path / "src"),))
    assert value_of(find(target), OVERLAYS) == (
        Overlay(variable="PYTHONPATH", folder=str(tmp_path / "src"), package="peft", hides=""),
        Overlay(
            variable="PYTHONPATH", folder=str(tmp_path / "src"), package="torch", hides=str(tmp_path / "site/torch")
        ),
    )


def test_the_user_site_counts_only_where_it_is_on(tmp_path: Path) -> None:
    write(tmp_path, {"user/numpy/__init__.py": ""})
    off = target_of(user_site=str(tmp_path / "user"), user_site_enabled=False)
    on = target_of(user_site=str(tmp_path / "user"), user_site_enabled=True)
    assert value_of(find(off), OVERLAYS) == ()
    assert [item.variable for item in value_of(find(on), OVERLAYS)] == ["user site"]


def test_site_packages_on_python_path_are_no_overlay(tmp_path: Path) -> None:
    write(tmp_path, {"site/torch/__init__.py": ""})
    (tmp_path / "link").symlink_to("site")
    target = target_of(site_packages=(str(tmp_path / "site"),), python_path=(str(tmp_path / "link"),))
    assert value_of(find(target), OVERLAYS) == ()


def test_a_folder_without_code_is_no_package(tmp_path: Path) -> None:
    (tmp_path / "src/torch").mkdir(parents=True)
    assert value_of(find(target_of(python_path=(str(tmp_path / "src"),))), OVERLAYS) == ()
