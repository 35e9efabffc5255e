"""Sound examples of everything that is fuzzed: what tests and sets hold, and little files that are made here."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.snapshot import Key
from doctor.formats.snapshot import render_snapshot
from tests.adapters import adapter_config, lora
from tests.bases import BASES, base
from tests.breakages.examples import examples
from tests.facts import distribution, interpreter
from tests.intake.texts import FORMS
from tests.matrix.files import SOUND
from tests.models import Stored, encode, llama

ROOT = Path(__file__).parents[2]
MOST = 60_000
"""Bytes of a seed: what is longer is mutated too seldom at each place."""

STACK: dict[Key[Any], Any] = {
    INTERPRETER: interpreter(),
    DISTRIBUTIONS: (
        distribution("vllm", "0.32.0"),
        distribution("transformers", "5.0.0"),
        distribution("peft", "0.19.0"),
    ),
}
"""The facts beside those that are fuzzed."""


def matrices() -> Iterator[bytes]:
    """Matrix files."""
    yield SOUND.encode()
    yield from (path.read_bytes()[:MOST] for path in sorted((ROOT / "matrices").glob("*.toml")))


def snapshots() -> Iterator[bytes]:
    """Snapshots in the form that is written."""
    yield from (render_snapshot(base(name)).encode() for name in BASES)


def collect_envs() -> Iterator[bytes]:
    """Texts of each form of collect_env."""
    yield from (text.encode() for text in FORMS.values())


def requirements() -> Iterator[bytes]:
    """Requirements as people and tools write them."""
    digest = "ab" * 32
    yield f"torch==2.7.0 \\\n    --hash=sha256:{digest}\nvllm[audio]==0.9.2 ; python_version < '3.13'\n".encode()
    yield b"-r other.txt\n-c constraints.txt\n--extra-index-url https://x/simple\nnumpy===2.2.6\npeft>=0.15\n"
    yield b"torch @ https://x/torch-2.7.0%2Bcpu-cp311-cp311-linux_x86_64.whl\n-e git+https://x/y@main#egg=trl\n"


def pylocks() -> Iterator[bytes]:
    """Locks after PEP 751."""
    yield (
        b'lock-version = "1.0"\ncreated-by = "uv"\nrequires-python = ">=3.10"\n'
        b'[[packages]]\nname = "torch"\nversion = "2.7.0"\nmarker = "sys_platform == \'linux\'"\n'
        b'wheels = [{url = "https://x/torch-2.7.0-cp311-none-any.whl", hashes = {sha256 = "' + b"ab" * 32 + b'"}}]\n'
    )


def uv_locks() -> Iterator[bytes]:
    """Locks of uv."""
    yield from _locks("uv*.lock")


def poetry_locks() -> Iterator[bytes]:
    """Locks of Poetry."""
    yield from _locks("poetry*.lock")


def pdm_locks() -> Iterator[bytes]:
    """Locks of PDM."""
    yield from _locks("pdm*.lock")


def _locks(pattern: str) -> Iterator[bytes]:
    found = sorted((ROOT / "tests" / "intake" / "locks").rglob(pattern))
    yield from (path.read_bytes()[:MOST] for path in found)


def conda_files() -> Iterator[bytes]:
    """Environments of conda, to be made."""
    yield (
        b"name: x\nchannels: [pytorch]\ndependencies:\n  - python=3.11.9\n  - pytorch=2.4.0=py3.11_cuda12.1_0\n"
        b"  - conda-forge::numpy==1.26.4\n  - pip\n  - pip:\n      - vllm==0.6.0\n      - -r other.txt\n"
    )


def conda_lists() -> Iterator[bytes]:
    """What conda prints of an environment."""
    yield b"# packages in environment at /x:\n#\npytorch 2.4.0 py3.11_cuda12.1_0 pytorch\nvllm 0.6.0 pypi_0 pypi\n"
    yield (ROOT / "tests" / "intake" / "locks" / "explicit.txt").read_bytes()


def dockerfiles() -> Iterator[bytes]:
    """Files that images are built from."""
    yield (
        b"# syntax=docker/dockerfile:1\nARG CUDA=12.4.1\nFROM nvidia/cuda:${CUDA}-devel-ubuntu22.04 AS build\n"
        b"ENV VLLM_USE_V1=0 PATH=/opt/venv/bin:$PATH\nRUN python3 -m venv /opt/venv && \\\n"
        b"    pip install --no-cache-dir 'vllm==0.8.5' \"transformers[torch]==4.51.3\" && uv pip install peft==0.15.2\n"
        b"RUN <<EOF\npip install torch==2.6.0\nEOF\n"
        b"FROM --platform=linux/arm64 build\nRUN --mount=type=bind,source=r.txt,target=/r.txt pip install -r /r.txt\n"
        b'ENTRYPOINT ["vllm", "serve"]\nCMD ["--model", "/m", "--enable-lora"]\n'
    )
    yield (
        b'FROM vllm/vllm-openai:v0.9.2\nSHELL ["bash", "-c"]\nCOPY --from=0 /a /b\n'
        b"RUN pip uninstall -y xformers; conda install pytorch=2.4\nCMD vllm serve /m -tp 2\n"
    )


def choices() -> Iterator[bytes]:
    """Bytes that choose entries and what they become; see `entries.py`."""
    yield from (bytes((kind, 0, place, value)) for kind, place, value in ((0, 0, 0), (1, 9, 14), (2, 40, 255)))
    yield bytes(range(0, 61))


def metadata() -> Iterator[bytes]:
    """Metadata of distributions and of eggs."""
    yield (
        b"Metadata-Version: 2.4\nName: vllm\nVersion: 0.9.2\nRequires-Python: >=3.9,<3.13\n"
        b"Requires-Dist: torch==2.7.0\n"
        b"Requires-Dist: ray[cgraph]>=2.43; extra == 'x' and python_version >= '3.10'\n\nbody\n"
    )
    yield b"torch>=2\n\n[audio]\nsoundfile\n\n[:python_version < '3.8']\nnumpy<2\n"


def libraries() -> Iterator[bytes]:
    """Real ELF files: extensions, and where there are some small libraries that define versions."""
    folder = Path(sys.base_prefix) / "lib"
    found = sorted(folder.rglob("lib-dynload/*.so"), key=lambda path: path.stat().st_size)[:4]
    yield from (path.read_bytes() for path in found)
    named = (path for name in ("libdl.so.2", "libutil.so.1") for path in Path("/lib").glob(f"*-linux-gnu/{name}"))
    yield from (content for path in named if len(content := path.read_bytes()) < MOST)


def safetensors() -> Iterator[bytes]:
    """Files of tensors."""
    yield encode({"a.weight": Stored("BF16", (2, 2)), "b": Stored("F32", (3,))}, {"format": "pt"})
    yield encode({"lora_A.weight": Stored("F16", (8, 4)), "x": Stored("F64", (2,))})


def configs() -> Iterator[bytes]:
    """Configs of models."""
    yield _json(llama().config)
    text = {**llama().config, "rope_scaling": {"rope_type": "yarn", "factor": 4.0}}
    yield _json({"architectures": ["Gemma3ForConditionalGeneration"], "model_type": "gemma3", "text_config": text})
    quantized = {"quant_method": "awq", "bits": 4, "group_size": 128, "modules_to_not_convert": ["lm_head"]}
    yield _json({**llama().config, "quantization_config": quantized})


def adapter_configs() -> Iterator[bytes]:
    """Configs of adapters."""
    yield _json(adapter_config())
    more = {"rank_pattern": {"q_proj": 4}, "alpha_pattern": {"q": 1}, "modules_to_save": ["lm_head"], "use_dora": True}
    yield _json({**adapter_config(), **more, "layers_to_transform": [0], "layers_pattern": "layers"})


def commands() -> Iterator[bytes]:
    """Commands that start vLLM."""
    yield b'vllm serve meta-llama/x --enable-lora --lora-modules a=/x \'{"name": "b", "path": "/y"}\''
    yield b"python -m vllm.entrypoints.openai.api_server --model m -tp 2 --max-model-len=128k --no-enable-lora"
    yield b"docker run --gpus all vllm/vllm-openai:v0.9.2 --model m --quantization awq --dtype half --api-key x"


def argument_files() -> Iterator[bytes]:
    """Files that ``vllm serve --config`` takes."""
    yield b"model: m\nmax-model-len: 4096\nenable-lora: true\nlora-modules:\n  - a=/x\nport: 8000\n"
    yield b"model: m\nhf-overrides: {rope_scaling: {rope_type: yarn, factor: 4.0}}\napi-key: [a, b]\n"
    yield b"base: &base {dtype: half}\nmodel: m\noverrides: {<<: *base, seed: 0x10}\nnone: null\nwhen: 2026-01-01\n"


def host_lists() -> Iterator[bytes]:
    """Lists of hosts as launchers write them, and expressions of Slurm."""
    yield b"# two\n[gpu]\nnode1 slots=8\nnode2 slots=8 ansible_host=10.0.0.2\n"
    yield b"node[01-03,7]-ib[0-1],head"
    yield b"8"


def logs() -> Iterator[bytes]:
    """Error texts of known breakages."""
    yield from (text.encode()[:MOST] for example in examples().values() for text in example.get("text", ()))


def model_folder(parent: Path) -> Path:
    """A sound model folder."""
    folder = parent / "model"
    return folder if folder.exists() else llama().write(folder)


def adapter_folder(parent: Path) -> Path:
    """A sound adapter folder."""
    folder = parent / "adapter"
    return folder if folder.exists() else lora().write(folder)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
