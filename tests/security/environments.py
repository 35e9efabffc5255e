"""An environment that does harm as soon as anything of it is run, and a model folder that does when it is unpickled."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.adapters import lora
from tests.models import llama

HARMFUL_LIBRARY = """
#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void harm(void) { close(open(MARK, O_CREAT | O_WRONLY, 0600)); }
"""


class _Deed:
    """What a pickle of this does when it is loaded."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (self.command,)


@dataclass(frozen=True)
class Trap:
    """Where things lie; the file `mark` appears as soon as any code of the trap is run."""

    python: Path
    model: Path
    adapter: Path
    outside: Path
    mark: Path


def lay_trap(folder: Path) -> Trap:
    """Make a real environment in which every file with code writes the mark, and folders of a model and an adapter."""
    trap = Trap(folder / "env/bin/python", folder / "model", folder / "adapter", folder / "outside", folder / "was-run")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    (site,) = (folder / "env").glob("lib/python3*/site-packages")
    deed = f"open({str(trap.mark)!r}, 'w')\n"
    (site / "start.pth").write_text(f"import os; {deed}")
    for name in ("sitecustomize", "usercustomize", "json", "packaging", "msgspec"):
        (site / f"{name}.py").write_text(deed)
    for name in ("torch", "vllm", "transformers", "peft"):
        _install(site, name, deed)
    _compile(folder, site / "vllm" / "_C.abi3.so", trap.mark)
    _lay_models(trap)
    return trap


def _install(site: Path, name: str, deed: str) -> None:
    (site / name).mkdir()
    (site / name / "__init__.py").write_text(deed)
    (site / name / "version.py").write_text(f"cuda = None\n{deed}")
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[console_scripts]\n{name} = {name}:main\n")
    files = ("__init__.py", "version.py", *(["_C.abi3.so"] if name == "vllm" else []))
    (info / "RECORD").write_text("".join(f"{name}/{file},,\n" for file in files))


def _compile(folder: Path, library: Path, mark: Path) -> None:
    source = folder / "harm.c"
    source.write_text(HARMFUL_LIBRARY)
    command = ["gcc", "-shared", "-fPIC", f'-DMARK="{mark}"', "-o", str(library), str(source)]
    subprocess.run(command, check=True)


def _lay_models(trap: Trap) -> None:
    """Pickles beside the weights, an index that leads out of the folder, and links that do."""
    harm = pickle.dumps(_Deed(f"touch {trap.mark}"))
    trap.outside.mkdir()
    for draft, folder in ((llama(), trap.model), (lora(), trap.adapter)):
        draft.write(folder)
        for name in ("pytorch_model.bin", "training_args.bin", "optimizer.pt", "scheduler.pkl", "adapter_model.bin"):
            (folder / name).write_bytes(harm)
    (trap.outside / "secret.json").write_text(json.dumps({"architectures": ["TheSecret"]}))
    (trap.outside / "secret.safetensors").write_bytes((trap.model / "model.safetensors").read_bytes())
    weight_map = {"lm_head.weight": "../outside/secret.safetensors", "x": str(trap.outside / "secret.safetensors")}
    (trap.model / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    for path in (trap.model / "generation_config.json", trap.model / "chat_template.jinja", trap.adapter / "README.md"):
        path.unlink(missing_ok=True)
        path.symlink_to("../outside/secret.json")
    other = trap.outside / "hub/models--other--private/blobs"
    other.mkdir(parents=True)
    (other / "0123").write_bytes((trap.outside / "secret.safetensors").read_bytes())
    (trap.model / "model-00002-of-00002.safetensors").symlink_to("../outside/secret.safetensors")
    (trap.model / "consolidated.safetensors").symlink_to(other / "0123")
    (trap.model / "vocab.json").symlink_to(other / "0123")
    (trap.model / ".cache").symlink_to(trap.outside)
    (trap.adapter / "adapter_config.json").unlink()
    (trap.adapter / "adapter_config.json").symlink_to(trap.outside / "secret.json")
