"""Unsloth's own 16-bit save, where it is installed, compared with PEFT's merge in tensors and in answers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tinyproof import huggingface, reporting
from tinyproof.converting import require_all_keys, require_same_tokenizer
from tinyproof.readings import Criteria, distance, require_equal
from tinyproof.stack import installed_version

CHILD = Path(__file__).with_name("unsloth_child.py")
ROUNDING = 2.0**-7
"""The largest step from one bfloat16 number to the next, as a share of it."""

CANCELLED = 2.0**-10
"""The same where base and adapter nearly cancel out, as a share of the tensor's largest value: TF32 has 10 bits."""


def merge(bench):
    """Let Unsloth merge the first adapter and save it, and compare what it wrote with what PEFT wrote."""
    version = installed_version("unsloth")
    if not version:
        raise reporting.LeftOut("unsloth is not installed in this environment")
    merged, expected = bench.take("merged folder"), bench.take("merged")
    exact = bench.job.architecture.exact
    # Both are roundings of one exact merge, so they may be twice as far from each other as one is from it.
    rounded = Criteria(exact + 2 * distance(expected, bench.take("adapted")[0]))
    said = []
    for folder, writer in save(bench, version):
        differing = _require_same_tensors(folder, merged, writer)
        found = _read(bench, folder, writer)
        require_same_tokenizer(bench.take("tokenizer"), folder)
        message = require_equal(found, expected, rounded if differing else Criteria(exact))
        how = f"{differing} weights rounded the other way" if differing else "bit by bit"
        said.append(f"{message}; the weights of PEFT's merge, {how}")
    # From here on what is served is what one deploys.
    bench.put("merged folder", bench.take("unsloth folder"))
    bench.put("merged", bench.take("unsloth reading"))
    return f"Unsloth {version}: " + "; ".join(said)


def save(bench, version):
    """Let Unsloth save in a process of its own; return pairs of a folder and of who wrote it."""
    adapter, target, answer = bench.path("trained"), bench.path("by Unsloth"), bench.path("unsloth.json")
    shutil.copytree(bench.take("adapters")[0], adapter)
    config = Path(adapter, "adapter_config.json")
    # The adapter was made on a model in memory; one that was trained on a folder names it.
    told = dict(json.loads(config.read_text(encoding="utf-8")), base_model_name_or_path=bench.take("base folder"))
    config.write_text(json.dumps(told), encoding="utf-8")
    done = subprocess.run([sys.executable, str(CHILD), adapter, target, answer], stdin=subprocess.DEVNULL, check=False)
    if done.returncode or not Path(answer).is_file():
        raise RuntimeError(f"the process in which Unsloth saves ended with status {done.returncode}")
    told = json.loads(Path(answer).read_text(encoding="utf-8"))
    if told.get("refused"):
        raise reporting.CouldNotRun(
            "unsupported", f"Unsloth {version} does not work without a GPU, and torch sees none: {told['error']}"
        )
    if "error" in told:
        raise RuntimeError(f"Unsloth {version}: {told['error']}")
    bench.put("unsloth folder", target)
    return told["saved"]


def _require_same_tensors(folder, expected_folder, writer):
    """Demand the same names, shapes and 16-bit values but for rounding; return how many values differ."""
    found, expected = _tensors(folder), _tensors(expected_folder)
    if found.keys() != expected.keys():
        lost, added = sorted(expected.keys() - found.keys()), sorted(found.keys() - expected.keys())
        raise reporting.Differs(f"{writer} lacks {lost[:5]} and has {added[:5]} beside what PEFT's merge has")
    differing = 0
    for name, value in expected.items():
        other = found[name]
        if (other.dtype, other.shape) != (value.dtype, value.shape):
            kinds = f"{other.dtype} {tuple(other.shape)}, and PEFT's merge is {value.dtype} {tuple(value.shape)}"
            raise reporting.Differs(f"{writer} makes {name} of {kinds}".replace("torch.", ""))
        one, two = other.float(), value.float()
        allowed = ROUNDING * two.abs() + CANCELLED * two.abs().max()
        # written so that a NaN is not taken for small
        if not bool(((one - two).abs() <= allowed).all()):
            raise reporting.Differs(
                f"{writer} makes {name} differ from PEFT's merge by up to {(one - two).abs().max():.3g}"
            )
        differing += int((one != two).sum())
    return differing


def _tensors(folder):
    from safetensors.torch import load_file

    files = sorted(Path(folder).glob("*.safetensors"))
    return {name: value for file in files for name, value in load_file(str(file)).items()}


def _read(bench, folder, writer):
    import torch

    loaded, notes = huggingface.load_base(folder, torch.float32, bench.job.architecture.attention)
    require_all_keys(notes)
    found = huggingface.read(loaded, bench.take("prompt"), f"the model of {writer}")
    if folder == bench.take("unsloth folder"):
        bench.put("unsloth reading", found)
    return found
