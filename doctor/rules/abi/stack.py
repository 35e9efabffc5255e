"""What the rules of this topic share: which extension belongs to what, and how to replace it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from packaging.requirements import InvalidRequirement, Requirement

from doctor.core.fact import Known
from doctor.core.install import install
from doctor.core.interpreter import Interpreter
from doctor.core.packages.distribution import DAMAGED_FILES, DISTRIBUTIONS, Distribution
from doctor.core.packages.extension import EXTENSIONS, Extension, TorchBuild
from doctor.core.packages.flash_fit import fit_of, wheel_remedies
from doctor.core.packages.stack import FLASH_ATTENTION, vllm_of
from doctor.core.report import Cause, Remedy, Severity
from doctor.core.rule import Env, UndeterminedError

COMPANIONS = ("torchvision", "torchaudio")

# Text models need neither sound nor film: what is broken here breaks its own import only.
_OF_OTHER_JOBS = ("torchaudio", "torchcodec")


def installed(env: Env) -> list[Distribution]:
    """The distributions that are imported from."""
    return [item for item in env.need(DISTRIBUTIONS) if not item.shadowed]


def extensions(env: Env) -> Iterator[Extension]:
    """The extensions that could be read; the others are noted as gaps."""
    for fact in env.need(EXTENSIONS):
        extension = env.note("an extension", fact)
        if extension is not None:
            yield extension


def losses(env: Env) -> frozenset[str]:
    """The paths of files that are missing or cut, which PKG005 reports as errors.

    Asked for where a problem was met, to tell whether it is one of their effects: where damage could
    not be looked for, the problem stands as it is.
    """
    try:
        files = env.look(DAMAGED_FILES) or ()
    except UndeterminedError as error:
        env.gap(str(error))
        return frozenset()
    return frozenset(file.path for file in files if file.damage in ("missing", "truncated"))


def by_distribution(found: Iterable[Extension]) -> dict[str, list[Extension]]:
    """Group extensions by their distributions, in the order of their first one."""
    groups: dict[str, list[Extension]] = {}
    for extension in found:
        groups.setdefault(extension.distribution, []).append(extension)
    return groups


def name_files(found: list[Extension], verb: str, verbs: str) -> str:
    """Name the files of one distribution with the verb that fits: ``vllm/_C.abi3.so and 2 more need``."""
    first = short_path(found[0].path)
    return f"{first} {verb}" if len(found) == 1 else f"{first} and {len(found) - 1} more {verbs}"


def short_path(path: str) -> str:
    """A path below site-packages; of others, the last three parts."""
    for folder in ("/site-packages/", "/dist-packages/"):
        if folder in path:
            return path.rpartition(folder)[2]
    return "/".join(path.split("/")[-3:])


def severity_of(distribution: str) -> Severity:
    """How bad it is for training and serving LoRA that a distribution cannot be imported."""
    return Severity.WARNING if distribution in _OF_OTHER_JOBS else Severity.ERROR


def needs_cuda_torch(extension: Extension, torch: TorchBuild) -> bool:
    """Whether an extension is built for a torch with CUDA and this torch is without."""
    return not torch.cuda and not torch.hip and extension.needs_cuda_torch


def other_string(extension: Extension, torch: TorchBuild) -> bool:
    """Whether an extension is known to use the other std::string than torch."""
    ours, theirs = extension.cxx11_abi, torch.cxx11_abi
    return isinstance(ours, Known) and isinstance(theirs, Known) and ours.value != theirs.value


def find(distributions: Iterable[Distribution], name: str) -> Distribution | None:
    """The distribution of a normalised name."""
    return next((item for item in distributions if item.name == name), None)


def torch_pin(distribution: Distribution | None) -> Requirement | None:
    """The exact torch that a distribution states to need, if it states one."""
    if distribution is None or not isinstance(distribution.requires, Known):
        return None
    for line in distribution.requires.value:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            # The rule on requirements reports lines that cannot be read.
            continue
        exact = any(part.operator == "==" for part in requirement.specifier)
        if requirement.name == "torch" and exact and requirement.marker is None:
            return requirement
    return None


def violates(pin: Requirement | None, torch: TorchBuild) -> bool:
    """Whether the installed torch is another one than a distribution states."""
    return pin is not None and not pin.specifier.contains(torch.version, prereleases=True)


def mismatch_cause(name: str, pin: Requirement | None, torch: TorchBuild) -> Cause:
    """The kind of fault when an extension of `name` does not fit torch."""
    if name in FLASH_ATTENTION:
        return Cause.ABI_MISMATCH_FLASH_ATTN
    if name not in COMPANIONS and violates(pin, torch):
        return Cause.TORCH_PIN_VIOLATED
    return Cause.ABI_MISMATCH_OTHER


def rebuild_remedies(
    env: Env, interpreter: Interpreter, distributions: list[Distribution], name: str, torch: TorchBuild
) -> tuple[Remedy, ...]:
    """How to get an extension of `name` that fits the installed torch, or the torch that fits it."""
    owner = find(distributions, name)
    pin = torch_pin(owner)
    if name in COMPANIONS:
        return (companion_remedy(interpreter, distributions, name),)
    if violates(pin, torch):
        text = f"Install the torch that {name} was built for"
        return (Remedy(text=text, commands=(install(interpreter, distributions, str(pin)),), pins=(str(pin),)),)
    wanted = f"{name}=={owner.version.partition('+')[0]}" if owner else name
    options = ("--force-reinstall", "--no-deps", "--no-cache-dir")
    if name in FLASH_ATTENTION or (owner is not None and owner.origin != "index"):
        wheels = _wheel_remedies(env, interpreter, distributions, owner, torch)
        return (
            *wheels,
            Remedy(
                text=f"{'Or compile' if wheels else 'Compile'} {name} against the installed torch "
                f"(needs nvcc of CUDA {torch.cuda or 'torch'})",
                commands=(
                    install(
                        interpreter, distributions, *options, "--no-build-isolation", f"--no-binary={name}", wanted
                    ),
                ),
            ),
        )
    text = f"Install {name} anew, so that it comes as a build for torch {torch.version}"
    return (Remedy(text=text, commands=(install(interpreter, distributions, *options, wanted),)),)


def companion_remedy(interpreter: Interpreter, distributions: list[Distribution], name: str) -> Remedy:
    """The remedy that installs the torchvision or torchaudio of the torch that vLLM needs, or of the installed one."""
    torch, vllm = find(distributions, "torch"), vllm_of(tuple(distributions))
    pin = torch_pin(vllm)
    # The version of the metadata: torch/version.py names a build (+cu126) that the index does not.
    fits = torch is not None and pin is not None and pin.specifier.contains(torch.version, prereleases=True)
    if vllm is not None and pin is not None and not fits:
        command = install(interpreter, distributions, str(pin), name)
        return Remedy(text=f"Install the torch that {vllm.name} needs, and its {name}", commands=(command,))
    if torch is None:
        command = install(interpreter, distributions, "--upgrade", name, "torch")
        return Remedy(text=f"Install torch again, and its {name}: no metadata tells its version", commands=(command,))
    command = install(interpreter, distributions, "--upgrade", name, f"torch=={torch.version}")
    return Remedy(text=f"Install the {name} of torch {torch.version}", commands=(command,))


def _wheel_remedies(
    env: Env, interpreter: Interpreter, distributions: list[Distribution], owner: Distribution | None, torch: TorchBuild
) -> tuple[Remedy, ...]:
    if owner is None or owner.name != "flash-attn":
        return ()
    fit = fit_of(env.matrix, torch.version, interpreter, torch)
    return wheel_remedies(env.matrix, fit, owner.version, interpreter, distributions)
