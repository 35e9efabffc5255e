"""ABI008."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.packages.declared import states_versions_only
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.stack import is_own_build, refuses
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.abi.companions import torch_minor_of
from doctor.rules.abi.stack import COMPANIONS, companion_remedy, find, installed, severity_of

_OF_CUDA = re.compile(r"cu\d+")


@rule(severity=Severity.ERROR, cause=Cause.ABI_MISMATCH_OTHER, since="0.1.0", reads=(INTERPRETER, DISTRIBUTIONS))
def companion_of_other_torch(env: Env) -> Iterator[Problem]:
    """torchvision and torchaudio are those of the installed torch.

    ## What it checks
    Each minor release of torchvision up to 0.29.0 belongs to one of torch (0.28 to 2.13), and so does each
    of torchaudio up to 2.8, which carries torch's own number. Only the versions are compared, so
    that a pasted list of packages can be judged as well. Where its metadata states the torch, PKG001
    reports it, and it is only mentioned here. Of such a list it is also told whether a torch without CUDA
    (`+cpu`) stands beside wheels for CUDA, which those of the package index are on Linux with x86-64,
    and whether the labels name different versions of CUDA (`+cu118`, `+cu117`): torchaudio refuses any
    other one when it is imported, torchvision another major version. Nightly builds of one day belong
    together, whatever numbers they bear.

    ## Why it matters
    With another one, `import torchvision` ends with "operator torchvision::nms does not exist",
    and with it every import of transformers, peft and vLLM that looks for images. Where every
    symbol happens to exist it can be worse: torchvision 0.19.0 is imported on torch 2.5.1, and
    sends tensors of the CPU to CUDA code ("dets must be a CUDA tensor", reproduced).

    ## How to fix it
    Install torchvision and torchaudio together with torch, in one command.

    ## Sources
    - https://github.com/pytorch/vision#installation (table of versions)
    - https://github.com/pytorch/audio/releases (2.9: the extension does not depend on the torch release any more)
    - METADATA of torchvision 0.29.0 (torch==2.14.0), 0.29.1 and 0.29.2 (torch>=2.14.0)
    - https://github.com/huggingface/diffusers/issues/9109
    - https://github.com/tenstorrent/tt-forge/pull/890 (torch 2.9.0+cpu with torchvision 0.24.0 from the index)
    - torchvision 0.28.0 on torch 2.13.0+cpu on 2026-11-27: operator torchvision::nms does not exist
    - `_check_cuda_version` in torchaudio/_extension/utils.py (2.1.0 to 2.11.0) and torchvision/extension.py
    - https://github.com/Comfy-Org/ComfyUI/issues/10517 (torch for CUDA with a torchvision for CPUs)
    - https://github.com/mli/autocut/issues/106 (torch for CUDA 11.8 with torchaudio for 11.7)
    - https://github.com/facebookresearch/xformers/issues/1244 (nightly builds of one day: torch 2.8, torchvision 0.22)
    """
    distributions = installed(env)
    interpreter = env.need(INTERPRETER)
    torch = find(distributions, "torch")
    companions = [item for name in COMPANIONS if (item := find(distributions, name))]
    if torch is None or not companions:
        raise NotApplicableError("torch and a companion of it are not both installed")
    for companion in companions:
        name = companion.name
        try:
            wanted, present = torch_minor_of(name, Version(companion.version)), Version(torch.version)
        except InvalidVersion as error:
            env.gap(f"{name} or torch: {error}")
            continue
        if is_own_build(companion):
            env.gap(f"{name} {companion.version} is a build of its own, which fits the torch that it was built with")
            continue
        if _is_nightly(companion, present):
            _weigh_nightlies(env, companion, present)
            continue
        belongs = _difference(companion, present, wanted, interpreter)
        if not belongs:
            continue
        yield Problem(
            subject=name,
            message=f"{name} {companion.version} {belongs}, and torch {torch.version} {torch.presence}",
            location=companion.seen_in,
            severity=Severity.INFO if refuses(companion, "torch", present, interpreter.markers) else severity_of(name),
            remedies=(companion_remedy(interpreter, distributions, name),),
        )


def _difference(
    companion: Distribution, torch: Version, wanted: tuple[int, int] | None, interpreter: Interpreter
) -> str | None:
    """What keeps a companion from working with this torch, None where nothing does."""
    own, label = Version(companion.version).local or "", torch.local or ""
    if wanted is not None and (torch.major, torch.minor) != wanted:
        return f"belongs to torch {wanted[0]}.{wanted[1]}"
    if wanted is not None and label == "cpu" and _is_of_cuda(companion, interpreter):
        return "is compiled against the torch with CUDA and needs its libraries"
    if companion.name == "torchvision" and own == "cpu" and _OF_CUDA.fullmatch(label):
        return "is the build for CPUs, which has no operators for the GPU"
    if _refuses_cuda(companion.name, own, label):
        return "is built for another CUDA and refuses that of torch when it is imported"
    return None


def _is_nightly(companion: Distribution, torch: Version) -> bool:
    return torch.is_devrelease and Version(companion.version).is_devrelease


def _weigh_nightlies(env: Env, companion: Distribution, torch: Version) -> None:
    """Nightly builds bear the day that they were made on (``2.8.0.dev20250326``), and their numbers lag behind."""
    if Version(companion.version).dev != torch.dev:
        env.gap(f"{companion.name} {companion.version} and torch {torch} are nightly builds of different days")


def _refuses_cuda(name: str, *labels: str) -> bool:
    """Whether a companion with the first label (``cu117``) refuses to be imported beside a torch with the second."""
    if not all(map(_OF_CUDA.fullmatch, labels)):
        return False
    own, other = (label if name == "torchaudio" else label[:-1] for label in labels)
    return own != other


def _is_of_cuda(companion: Distribution, interpreter: Interpreter) -> bool:
    """Whether a wheel of which only the version is stated is built for CUDA, as all on the index for this platform are.

    Where its files were read, ABI004 says which libraries they lack.
    """
    platform = (interpreter.markers.get("platform_system"), interpreter.markers.get("platform_machine"))
    local = Version(companion.version).local or "cu"
    listed = companion.origin == "index" and states_versions_only(companion)
    return listed and platform == ("Linux", "x86_64") and local.startswith("cu")
