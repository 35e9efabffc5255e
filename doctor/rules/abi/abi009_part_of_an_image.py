"""ABI009."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from doctor.core.install import uninstall
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.declared import states_versions_only
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.stack import is_own_build
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.abi.stack import find, installed

# Versions of NVIDIA's images look so: torchvision 0.18.0a0, torch-tensorrt 2.3.0a0.
_WITH_TORCH = ("torchvision", "torchaudio", "torchtext", "torch-tensorrt")

# https://pypi.org/project/transformer-engine/#history: before it there is a placeholder only.
_FIRST_ON_INDEX = {"transformer-engine": "1.9"}


@rule(severity=Severity.WARNING, cause=Cause.ABI_MISMATCH_OTHER, since="0.1.0", reads=(INTERPRETER, DISTRIBUTIONS))
def part_of_an_image(env: Env) -> Iterator[Problem]:
    """What NVIDIA's PyTorch image brings stands beside the torch of that image.

    ## What it checks
    Of a list of versions, which states no files: whether a package that only NVIDIA's image has
    (transformer-engine before 1.9, a torchvision or torch-tensorrt whose version ends in `a0`) stands
    beside a torch from the package index, as it does after `pip install vllm` in that image. Of what is
    installed ABI001 reads the symbols.

    ## Why it matters
    These were compiled for the torch of the image (`2.1.0a0+32f93b1`), which has another C++ ABI and other
    symbols. accelerate imports transformer-engine where it is there, so that transformers, peft and vLLM
    end with "transformer_engine_extensions...: undefined symbol".

    ## How to fix it
    Install vLLM into an environment of its own (`python -m venv`), not into the Python of the image, or
    remove what was compiled for the other torch.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/431
    - https://github.com/vllm-project/vllm/issues/1781
    - https://github.com/vllm-project/vllm/issues/2747
    - https://github.com/vllm-project/vllm/issues/3682
    - https://github.com/huggingface/transformers/issues/28230
    """
    interpreter, distributions = env.need(INTERPRETER), installed(env)
    torch = find(distributions, "torch")
    listed = [item for item in distributions if states_versions_only(item) and item.origin == "index"]
    parts = [item for item in listed if item.name in _WITH_TORCH or item.name in _FIRST_ON_INDEX]
    if torch is None or (not parts and any(map(states_versions_only, distributions))):
        raise NotApplicableError("a torch and what is compiled for the torch of an image are not both listed")
    if is_own_build(torch) or _version(env, torch) is None:
        return  # the image's own, or one that the others may have been compiled with
    for item in parts:
        version = _version(env, item)
        if version is None or not _is_of_image(item.name, version):
            continue
        yield Problem(
            subject=item.name,
            message=f"{item.name} {item.version} is not from the package index: it comes with NVIDIA's PyTorch image, "
            f"compiled for the torch of that, and torch {torch.version} {torch.presence}",
            location=item.seen_in,
            remedies=(
                Remedy(
                    text=f"Remove {item.name}, where nothing needs it",
                    commands=(uninstall(interpreter, distributions, item.name),),
                ),
                Remedy(text="Or install into an environment of its own, not the image's", safety=Safety.MANUAL),
            ),
        )


def _is_of_image(name: str, version: Version) -> bool:
    first = _FIRST_ON_INDEX.get(name)
    return version < Version(first) if first else version.pre == ("a", 0)


def _version(env: Env, item: Distribution) -> Version | None:
    try:
        return Version(item.version)
    except InvalidVersion:
        env.gap(f"{item.name} has the version {item.version!r}, which cannot be compared")
        return None
