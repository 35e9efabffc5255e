"""Environments, matrices and model folders of any size, made to see how a cost grows."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from pathlib import Path

FILES = 230
"""Files of a distribution: an environment with vLLM has 35,000 in 150 distributions."""

REQUIRES = 8
"""Requirements of a distribution."""

FOLDERS = 20
"""Folders that the files of a distribution lie in."""


def fill_environment(site: Path, count: int) -> None:
    """Add distributions to a site-packages folder until there are `count` of them.

    Each has metadata with requirements on others that are met, a RECORD with the true hashes and
    sizes, and as many files as one of a real environment has on average.
    """
    there = len(list(site.glob("*.dist-info")))
    for number in range(count - there):
        _add_distribution(site, number, count - there)


def _add_distribution(site: Path, number: int, count: int) -> None:
    name = f"generated_{number}"
    lines = []
    for at in range(FILES):
        folder = site / name / f"part{at % FOLDERS}"
        folder.mkdir(parents=True, exist_ok=True)
        content = f"VALUE = {at}\n".encode()
        (folder / f"module{at}.py").write_bytes(content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name}/part{at % FOLDERS}/module{at}.py,sha256={digest},{len(content)}")
    others = [f"Requires-Dist: generated-{(number + step) % count}>=1.0" for step in range(1, REQUIRES + 1)]
    metadata = ["Metadata-Version: 2.4", f"Name: generated-{number}", "Version: 1.2.3", *others, "", "A description."]
    info = site / f"{name}-1.2.3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("\n".join(metadata) + "\n")
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    (info / "INSTALLER").write_text("generated\n")
    lines += [f"{info.name}/{file},," for file in ("METADATA", "WHEEL", "INSTALLER", "RECORD")]
    (info / "RECORD").write_text("\n".join(lines) + "\n")


def write_sets(path: Path, count: int) -> Path:
    """Write a matrix file of `count` known-good sets of twenty pins each."""
    pins = "\n".join(f'generated-{pin} = "1.{pin}.0"' for pin in range(18))
    rows = [
        f'[[set]]\nname = "generated-{number}"\ntitle = "Generated set {number}"\nreleased = "2026-01-01"\n'
        'python = ">=3.10"\nbasis = "declared"\nsources = ["scripts/benchmark.py"]\n\n'
        f'[set.pins]\nvllm = "90.{number}.0"\ntorch = "80.{number}.0"\n{pins}\n'
        for number in range(count)
    ]
    path.write_text('schema = 1\nupdated = "2026-01-01"\n\n' + "\n".join(rows))
    return path


def write_model(folder: Path, gigabytes: float, shards: int) -> Path:
    """Write a model folder whose weights are holes in sparse files: true headers, no bytes on disk.

    It is a Llama of `shards` layers, one a shard, with an index.
    """
    folder.mkdir(parents=True)
    hidden, width = 64, max(64, int(gigabytes * 1e9 / shards / 2 / (3 * 64)))
    weight_map: dict[str, str] = {}
    total = 0
    for layer in range(shards):
        name = f"model-{layer + 1:05}-of-{shards:05}.safetensors"
        shapes = _layer(layer, hidden, width) | (_ends(hidden) if layer == 0 else {})
        total += _write_sparse(folder / name, shapes)
        weight_map |= dict.fromkeys(shapes, name)
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": hidden,
        "intermediate_size": width,
        "num_hidden_layers": shards,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "vocab_size": 256,
        "max_position_embeddings": 2048,
        "torch_dtype": "bfloat16",
    }
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def _layer(number: int, hidden: int, width: int) -> dict[str, tuple[int, ...]]:
    prefix = f"model.layers.{number}."
    return {
        f"{prefix}self_attn.q_proj.weight": (hidden, hidden),
        f"{prefix}self_attn.k_proj.weight": (hidden // 2, hidden),
        f"{prefix}self_attn.v_proj.weight": (hidden // 2, hidden),
        f"{prefix}self_attn.o_proj.weight": (hidden, hidden),
        f"{prefix}mlp.gate_proj.weight": (width, hidden),
        f"{prefix}mlp.up_proj.weight": (width, hidden),
        f"{prefix}mlp.down_proj.weight": (hidden, width),
        f"{prefix}input_layernorm.weight": (hidden,),
        f"{prefix}post_attention_layernorm.weight": (hidden,),
    }


def _ends(hidden: int) -> dict[str, tuple[int, ...]]:
    return {
        "model.embed_tokens.weight": (256, hidden),
        "lm_head.weight": (256, hidden),
        "model.norm.weight": (hidden,),
    }


def _write_sparse(path: Path, shapes: dict[str, tuple[int, ...]]) -> int:
    """Write one safetensors file with holes for data; return the bytes that its tensors take."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        size = 2
        for length in shape:
            size *= length
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": (end, end + size)}
        end += size
    encoded = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded)
        file.truncate(8 + len(encoded) + end)
    return end
