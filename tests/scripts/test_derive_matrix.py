"""What is derived from the sources of releases, on two little ones, and the script around it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.core.packages.release import ServedArchitecture, Support
from doctor.matrix.releases import ShippedReleases
from scripts.derivation.index import CACHE
from scripts.derivation.packages import PACKAGES
from scripts.derivation.since import changes_of, table_of, tables_of
from tests.scripts.local_index import LocalIndex, sdist, serve
from tests.scripts.tiny_vllm import NEW, OLD

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "scripts" / "derive_matrix.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **variables})


@pytest.fixture(scope="module")
def index():
    with serve(LocalIndex()) as served:
        for version, files in (("0.4.0", OLD), ("0.9.0", NEW)):
            served.add(f"vllm-{version}.tar.gz", sdist(f"vllm-{version}", files))
        yield served


@pytest.fixture(scope="module")
def derived(index, tmp_path_factory):
    """The folder that the script wrote, with the cache that it kept beside it."""
    folder = tmp_path_factory.mktemp("derived")
    done = derive(index, folder)
    assert (done.returncode, done.stderr.count("reading vllm")) == (0, 12), done.stderr
    return folder


def derive(index, folder, *options):
    address = {"PIP_INDEX_URL": f"{index.address}/simple"}
    return run("vllm", "--cache", folder / "cache" / "index", "--matrices", folder / "matrices", *options, **address)


@pytest.fixture(scope="module")
def releases(derived):
    return ShippedReleases(lambda name: (derived / "matrices" / name).read_bytes())


class TestVllm:
    def test_limits(self, releases):
        old, new = releases.vllm_release("0.4.0").lora, releases.vllm_release("0.9.0").lora
        assert (old.max_lora_rank, new.max_lora_rank) == ((8, 16), (1, 8, 16, 32))
        assert (old.default_max_lora_rank, new.default_max_lora_rank) == (16, 16)
        assert (old.lora_dtype, new.lora_dtype) == (("auto", "float32"), ("auto", "float16"))
        assert (old.lora_extra_vocab_size, new.lora_extra_vocab_size) == ((0, 256), ())
        assert (old.vocabulary_limit, new.vocabulary_limit) == (128512, 258048)
        assert (old.batched_token_limit, new.batched_token_limit) == (65528, 0)
        assert (old.minimum_capability, new.minimum_capability) == ("8.0", "")
        assert (old.chunked_prefill, new.chunked_prefill) == (Support.REFUSED, Support.SUPPORTED)
        assert (old.quantized_base, new.quantized_base) == (Support.REFUSED, Support.SUPPORTED)
        assert (old.cpu, new.cpu) == (Support.REFUSED, Support.SUPPORTED)

    def test_adapters(self, releases):
        old, new = releases.vllm_release("0.4.0").lora, releases.vllm_release("0.9.0").lora
        assert (old.use_rslora, new.use_rslora) == (Support.IGNORED, Support.SUPPORTED)
        assert (old.use_dora, new.use_dora) == (Support.REFUSED, Support.REFUSED)
        assert (old.modules_to_save, new.modules_to_save) == ((), ("classifier", "score"))
        assert (old.init_lora_weights, new.init_lora_weights) == (("*",), ("gaussian", "eva"))
        assert (old.ranks_by_pattern, new.ranks_by_pattern) == (Support.IGNORED, Support.SUPPORTED)
        assert (old.refused_keys, new.refused_keys) == ((), ("layer_replication",))
        assert (old.new_embeddings, new.new_embeddings) == (Support.SUPPORTED, Support.IGNORED)
        assert (old.embedding_lora, new.embedding_lora) == (Support.SUPPORTED, Support.SAME_SIZE)
        assert (old.base_embeddings, new.base_embeddings) == (Support.REFUSED, Support.IGNORED)
        assert (old.unexpected_modules, new.unexpected_modules) == (Support.IGNORED, Support.REFUSED)
        assert (old.keys_without_prefix, new.keys_without_prefix) == (Support.REFUSED, Support.SUPPORTED)
        assert new.file_formats == ("adapter_model.safetensors", "adapter_model.bin", "adapter_model.pt")
        assert old.request_fields == ("lora_name", "lora_int_id", "lora_local_path")

    def test_architectures(self, releases):
        old, new = releases.vllm_release("0.4.0"), releases.vllm_release("0.9.0")
        packed = {"qkv_proj": ("q_proj", "k_proj", "v_proj")}
        assert old.architectures == {
            "LlamaForCausalLM": ServedArchitecture(
                lora=True, modules=("qkv_proj", "lm_head"), embeddings=("lm_head",), packed=packed
            ),
            "OldModel": ServedArchitecture(lora=False),
        }
        assert new.architectures == {
            "LlamaForCausalLM": ServedArchitecture(lora=True, embeddings=("lm_head",), packed=packed),
            "MistralForCausalLM": ServedArchitecture(lora=True, packed=packed),
            "FarModel": ServedArchitecture(lora=True, embeddings=("lm_head",)),
            "PlainModel": ServedArchitecture(lora=False),
            "SmolModel": ServedArchitecture(lora=True),
        }
        assert (old.removed, new.removed) == ({}, {"OldModel": "0.4.0"})
        assert (old.serves_unknown, new.serves_unknown) == (False, True)

    def test_options(self, releases):
        old, new = releases.vllm_release("0.4.0"), releases.vllm_release("0.9.0")
        assert old.arguments == {"model", "max_lora_rank", "engine_use_ray"}
        assert old.flags == {"--model", "--lora-dtype", "--port"}
        assert new.flags == {"--model", "--chat-template", "--api-key", "--port"}
        assert (old.variables, new.variables) == ({"VLLM_OLD_SWITCH"}, {"VLLM_NEW_SWITCH", "CUDA_HOME"})
        assert (old.quantization, new.quantization) == ({"awq": "7.5"}, {"awq": "7.5", "gguf": ""})

    @pytest.mark.parametrize(
        ("moved", "words"),
        [
            ("vllm/config/lora.py", "0.9.1 has no LoRAConfig"),
            ("vllm/entrypoints/common/cli_args.py", "0.9.1: the flags of its server are in none of"),
        ],
    )
    def test_a_release_that_states_something_elsewhere_is_an_error_and_no_guess(self, tmp_path, moved, words):
        moved = {name: text for name, text in NEW.items() if name != moved}
        with serve(LocalIndex()) as index:
            index.add("vllm-0.9.1.tar.gz", sdist("vllm-0.9.1", moved))
            done = derive(index, tmp_path)
        assert (done.returncode, words in done.stderr) == (2, True)
        assert not (tmp_path / "matrices" / "lora.toml").exists()


class TestScript:
    def test_a_second_run_reads_nothing_again(self, index, derived):
        index.asked.clear()
        done = derive(index, derived)
        assert (done.returncode, done.stdout, "reading" in done.stderr) == (0, "", False)
        assert index.asked == []

    def test_check_finds_a_file_that_was_changed_by_hand(self, index, derived, tmp_path):
        assert derive(index, derived, "--check", "--offline").returncode == 0
        path = derived / "matrices" / "lora.toml"
        before = path.read_text()
        path.write_text(before.replace("65528", "65000"))
        done = derive(index, derived, "--check", "--offline")
        assert (done.returncode, "not current: lora.toml" in done.stdout) == (1, True)
        assert '-"0.4.0" = 65000' in done.stdout and '+"0.4.0" = 65528' in done.stdout
        assert "65000" in path.read_text()
        path.write_text(before)

    def test_a_new_release_adds_lines_and_changes_few(self, derived):
        """One thing a line: the difference that a person reads after a release."""
        options = (derived / "matrices" / "vllm" / "options.json").read_text().splitlines()
        assert '"--model":["0.4.0"],' in options
        assert '"--lora-dtype":["0.4.0","0.9.0"],' in options

    def test_a_package_that_is_not_derived_is_wrong_usage(self):
        done = run("left-pad")
        assert (done.returncode, "left-pad" in done.stderr) == (2, True)

    def test_offline_without_a_cache_fails(self, tmp_path):
        done = run("vllm", "--offline", "--check", "--cache", tmp_path / "index")
        assert (done.returncode, done.stdout) == (2, "")
        assert "error: " in done.stderr


class TestSince:
    def test_only_changes_are_written(self):
        assert table_of([("1", "a"), ("2", "a"), ("3", "b"), ("4", "a")]) == {"1": "a", "3": "b", "4": "a"}

    def test_names_come_and_go(self):
        found = changes_of([("1", ["x"]), ("2", ["x", "y"]), ("3", ["y"]), ("4", ["x"])])
        assert found == {"x": ["1", "3", "4"], "y": ["2", "4"]}

    def test_a_name_without_a_value_is_none_from_then_on(self):
        found = tables_of([("1", {"x": 1}), ("2", {"x": 1, "y": 2}), ("3", {"y": 2})])
        assert found == {"x": {"1": 1, "3": None}, "y": {"2": 2}}


@pytest.mark.slow
def test_the_shipped_files_are_what_the_cached_index_says():
    """On a machine where the files were derived; elsewhere there is no index that could be asked."""
    cached = [package for package in sorted(PACKAGES) if (CACHE / package / "files.json").is_file()]
    if not cached:
        pytest.skip("no index was asked on this machine")
    done = run(*cached, "--check", "--offline")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_derived_package_ships():
    shipped = {path.stem for path in (ROOT / "matrices" / "releases").glob("*.json")}
    assert shipped == set(PACKAGES)
    for path in (ROOT / "matrices" / "releases").glob("*.json"):
        assert json.loads(path.read_text())["package"] == path.stem
