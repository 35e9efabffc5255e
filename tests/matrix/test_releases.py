"""What the shipped releases say, and what happens to files that are broken."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from doctor.core.errors import MatrixError
from doctor.core.matrix import Matrix
from doctor.core.packages.flash_wheel import FlashFit
from doctor.core.packages.release import Support
from doctor.matrix.load import load_matrix
from doctor.matrix.position import Position
from doctor.matrix.releases import ShippedReleases
from doctor.matrix.shipped import shipped_file

MATRIX = load_matrix()


def vllm(version: str):
    release = MATRIX.vllm_release(version)
    assert release is not None
    return release


class TestRelease:
    def test_what_the_index_states(self):
        release = MATRIX.release("vllm", "0.5.5")
        assert release.uploaded == "2024-08-23"
        assert release.requires_python == ">=3.8"
        assert "torch==2.4.0" in release.requires
        assert release.wheels == ("cp38-abi3-manylinux1_x86_64",)
        assert not release.yanked

    def test_a_build_is_one_of_its_release(self):
        assert MATRIX.release("torch", "2.4.0+cu118") == MATRIX.release("torch", "2.4.0")

    def test_the_requirements_of_a_release_without_wheels_are_not_known(self):
        release = MATRIX.release("flash-attn", "2.6.3")
        assert (release.requires, release.wheels) == (None, ())

    @pytest.mark.parametrize(("package", "version"), [("vllm", "0.99"), ("left-pad", "1"), ("../known-good", "1")])
    def test_what_is_not_known(self, package, version):
        assert MATRIX.release(package, version) is None

    def test_an_empty_matrix_knows_none(self):
        empty = Matrix(version="empty")
        assert empty.release("vllm", "0.5.5") is None
        assert empty.vllm_release("0.5.5") is None
        assert empty.releases.versions("vllm") == ()

    def test_no_extra_is_required(self):
        for package in ("vllm", "torch", "transformers", "unsloth"):
            for version in MATRIX.releases.versions(package):
                assert not any("extra ==" in line for line in MATRIX.release(package, version).requires or ())


class TestVllmRelease:
    """Each value as the sources of the named releases say it."""

    @pytest.mark.parametrize("version", ["0.5.4", "0.5.5"])
    def test_the_limit_of_batched_tokens_ends_with_0_5_4(self, version):
        assert vllm(version).lora.batched_token_limit == (65528 if version == "0.5.4" else 0)

    @pytest.mark.parametrize(
        ("version", "ranks"),
        [
            ("0.5.4", (8, 16, 32, 64)),
            ("0.5.5", (8, 16, 32, 64, 128, 256)),
            ("0.8.0", (8, 16, 32, 64, 128, 256, 320, 512)),
            ("0.33.0", (1, 8, 16, 32, 64, 128, 256, 320, 512)),
        ],
    )
    def test_the_ranks_that_may_be_set(self, version, ranks):
        assert vllm(version).lora.max_lora_rank == ranks
        assert vllm(version).lora.default_max_lora_rank == 16

    def test_what_an_adapter_may_hold(self):
        old, middle, new = vllm("0.6.4.post1").lora, vllm("0.6.5").lora, vllm("0.32.0").lora
        assert [item.use_rslora for item in (old, middle, new)] == [Support.IGNORED, Support.REFUSED, Support.SUPPORTED]
        assert [item.bias for item in (old, new)] == [Support.OPTION, Support.REFUSED]
        assert [item.ranks_by_pattern for item in (old, new)] == [Support.IGNORED, Support.SUPPORTED]
        assert old.init_lora_weights == ("*",)
        assert "pissa" not in new.init_lora_weights and "gaussian" in new.init_lora_weights
        assert new.modules_to_save == ("classifier", "score")
        assert "layer_replication" in new.refused_keys

    def test_chunked_prefill(self):
        found = [vllm(version).lora.chunked_prefill for version in ("0.5.0", "0.5.1", "0.6.4.post1", "0.6.5", "0.9.0")]
        refused, warned, supported = Support.REFUSED, Support.WARNED, Support.SUPPORTED
        assert found == [supported, refused, refused, warned, supported]

    def test_architectures(self):
        old, new = vllm("0.5.5"), vllm("0.33.0")
        assert "Qwen3ForCausalLM" not in old.architectures
        assert new.architectures["Qwen3ForCausalLM"].lora
        llama = old.architectures["LlamaForCausalLM"]
        assert llama.packed["qkv_proj"] == ("q_proj", "k_proj", "v_proj")
        assert "lm_head" in llama.modules
        assert new.architectures["LlamaForCausalLM"].modules == ()
        assert new.architectures["LlamaForCausalLM"].embeddings == ("embed_tokens", "lm_head")
        assert not new.architectures["FalconForCausalLM"].lora
        assert new.removed["QWenLMHeadModel"] == "0.23.0"
        assert (old.serves_unknown, new.serves_unknown) == (False, True)

    def test_options(self):
        old, new = vllm("0.5.5"), vllm("0.33.0")
        assert "enable_lora" in old.arguments and "--max-lora-rank" in old.flags
        assert "lora_extra_vocab_size" in old.arguments and "lora_extra_vocab_size" not in new.arguments
        assert "VLLM_ATTENTION_BACKEND" in old.variables and "VLLM_ATTENTION_BACKEND" not in new.variables
        assert "bitsandbytes" in vllm("0.27.1").quantization and "bitsandbytes" not in vllm("0.28.0").quantization
        assert old.quantization["awq"] == "7.5"

    def test_every_release_can_be_described(self):
        for version in MATRIX.releases.versions("vllm"):
            release = vllm(version)
            assert "LlamaForCausalLM" in release.architectures
            assert "max_lora_rank" in release.arguments and "lora_int_id" in release.lora.request_fields

    def test_builds_of_a_release(self):
        assert vllm("0.32.0+cpu") is vllm("0.32.0")


class TestTransformersRelease:
    @pytest.mark.parametrize(("version", "known"), [("4.50.3", False), ("4.51.0", True), ("5.23.0", True)])
    def test_when_a_model_came(self, version, known):
        release = MATRIX.transformers_release(version)
        assert ("qwen3" in release.model_types) is known
        assert ("Qwen3ForCausalLM" in release.architectures) is known

    @pytest.mark.parametrize(
        ("version", "name", "known"),
        [
            ("4.57.6", "TokenizersBackend", False),
            ("5.0.0", "TokenizersBackend", True),
            ("4.57.6", "LlamaTokenizerFast", True),
            ("5.23.0", "LlamaTokenizer", True),
            ("4.57.6", "Qwen2Tokenizer", True),
        ],
    )
    def test_tokenizers(self, version, name, known):
        assert (name in MATRIX.transformers_release(version).tokenizers) is known

    def test_every_release_knows_llama(self):
        for version in MATRIX.releases.versions("transformers"):
            release = MATRIX.transformers_release(version)
            assert "llama" in release.model_types and "LlamaForCausalLM" in release.architectures
            assert "LlamaTokenizer" in release.tokenizers

    def test_what_is_not_known(self):
        assert MATRIX.transformers_release("5.99.0") is None
        assert Matrix(version="empty").transformers_release("5.23.0") is None


class TestPosition:
    def test_values_hold_until_the_next(self):
        order = {"1": 0, "2": 1, "3": 2, "4": 3}
        table = {"2": "a", "4": None}
        assert [Position(order, version).value(table) for version in order] == [None, "a", "a", None]

    def test_what_comes_and_goes(self):
        order = {"1": 0, "2": 1, "3": 2, "4": 3}
        assert [Position(order, version).is_on(["2", "4"]) for version in order] == [False, True, True, False]


class TestBrokenFiles:
    @pytest.mark.parametrize(
        "content",
        [b"", b"{", b"\xff", b"[]", b'{"schema":1}', b'{"schema":1,"package":"torch","releases":{"2":{}}}'],
    )
    def test_a_broken_file_is_named(self, content):
        with pytest.raises(MatrixError, match=r"releases/torch\.json"):
            ShippedReleases(lambda name: content).release("torch", "2")

    @pytest.mark.parametrize("name", ["lora.toml", "vllm/options.json", "vllm/architectures.json"])
    @pytest.mark.parametrize("content", [None, b"{", b'"0.5.5" = "'])
    def test_a_broken_part_is_named(self, name, content):
        releases = ShippedReleases(lambda wanted: content if wanted == name else shipped_file(wanted))
        with pytest.raises(MatrixError, match=name):
            releases.vllm_release("0.5.5")

    def test_a_table_that_names_an_unknown_release_is_an_error(self):
        options = json.loads(shipped_file("vllm/options.json"))
        options["flags"]["--new"] = ["0.5.6"]
        content = json.dumps(options).encode()
        releases = ShippedReleases(lambda name: content if name == "vllm/options.json" else shipped_file(name))
        with pytest.raises(MatrixError, match=r"0\.5\.6"):
            releases.vllm_release("0.5.5")


class TestFlashAttention:
    FIT = FlashFit(torch="2.5", cuda="12", cxx11_abi=False, python="cp311", machine="x86_64")

    def test_the_wheels_for_a_torch_with_the_newest_release_first(self):
        wheels = MATRIX.flash_wheels(self.FIT)
        assert wheels[0].version.startswith("2.8.3")
        assert {wheel.torch for wheel in wheels} == {"2.5"}
        named = [wheel.filename for wheel in wheels]
        assert "flash_attn-2.7.4.post1+cu12torch2.5cxx11abiFALSE-cp311-cp311-linux_x86_64.whl" in named

    def test_labels_had_the_minor_version_of_cuda(self):
        fit = dataclasses.replace(self.FIT, torch="2.3")
        assert "flash_attn-2.6.3+cu123torch2.3cxx11abiFALSE-cp311-cp311-linux_x86_64.whl" in [
            wheel.filename for wheel in MATRIX.flash_wheels(fit)
        ]

    @pytest.mark.parametrize(
        "changes", [{"torch": "2.11"}, {"cuda": "13"}, {"python": "cp314"}, {"machine": "aarch64"}, {"torch": "2.0"}]
    )
    def test_what_has_no_wheel(self, changes):
        assert MATRIX.flash_wheels(dataclasses.replace(self.FIT, **changes)) == ()

    def test_an_address_can_be_pasted(self):
        wheel = MATRIX.flash_wheels(self.FIT)[0]
        assert wheel.url.startswith("https://github.com/Dao-AILab/flash-attention/releases/download/v2.8.3")
        assert "%2Bcu12torch2.5cxx11abiFALSE-cp311-cp311-linux_x86_64.whl" in wheel.url

    def test_every_release_is_one_of_the_index(self):
        """2.5.9 has a tag and no release."""
        assert {"2.8.3", "2.5.9.post1"} <= MATRIX.flash_releases()
        assert set(MATRIX.releases.versions("flash-attn")) >= MATRIX.flash_releases()


def test_from_a_zip_archive(tmp_path):
    """As a zipapp travels to a node: there is no folder to look into."""
    root = Path(__file__).resolve().parents[2]
    archive = tmp_path / "doctor.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in (root / "doctor").rglob("*.py"):
            packed.write(path, path.relative_to(root))
        for path in (root / "matrices").rglob("*"):
            if path.suffix in (".toml", ".json"):
                packed.write(path, Path("doctor/matrices") / path.relative_to(root / "matrices"))
    code = """
import doctor
from doctor.matrix.releases import ShippedReleases
found = ShippedReleases()
print("doctor.zip" in doctor.__file__, len(found.packages()), found.release("torch", "2.4.0").uploaded)
print(found.vllm_release("0.5.5").lora.max_lora_rank[-1])
"""
    variables = {**os.environ, "PYTHONPATH": str(archive), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=variables, cwd=tmp_path
    )
    assert (done.stderr, done.stdout.split()) == (
        "",
        ["True", str(len(MATRIX.releases.packages())), "2024-07-24", "256"],
    )
