"""The GPUs that a rule judges: those that CUDA may use, grouped by model."""

from __future__ import annotations

from collections.abc import Iterable

from doctor.core.fact import Known, SourceKind, not_told, value_or
from doctor.core.frozen import light_dataclass
from doctor.core.machine.architecture import parse_capability
from doctor.core.machine.gpu import GPUS, VISIBLE_DEVICES, Gpu
from doctor.core.packages.extension import TORCH_BUILD, TorchBuild
from doctor.core.packages.stack import installed, vllm_of
from doctor.core.rule import Env, NotApplicableError, UndeterminedError
from doctor.rules.stated import distributions_if_stated


@light_dataclass(frozen=True)
class Model:
    """GPUs of one name and compute capability."""

    name: str
    capability: tuple[int, int]
    indexes: tuple[int, ...]

    @property
    def subject(self) -> str:
        """The GPUs by index: ``GPU 0`` or ``GPU 0, 1``."""
        return f"GPU {', '.join(map(str, self.indexes))}"

    @property
    def title(self) -> str:
        """The name with the compute capability."""
        return f"{self.name} (compute capability {self.number})"

    @property
    def number(self) -> str:
        """The compute capability as it is written: ``9.0``."""
        return in_words(self.capability)


def in_words(capability: tuple[int, int]) -> str:
    """A compute capability as it is written: ``9.0``."""
    return f"{capability[0]}.{capability[1]}"


def cuda_torch(env: Env) -> TorchBuild:
    """Return the installed torch; a rule about CUDA does not apply to any other build."""
    build = env.need(TORCH_BUILD)
    if not build.cuda:
        kind = f"for ROCm {build.hip}" if build.hip else "without CUDA"
        raise NotApplicableError(f"torch {build.version} is built {kind}")
    return build


def cuda_torch_if_known(env: Env) -> TorchBuild | None:
    """Return the installed torch, or None with a gap, for rules that can name a problem without it."""
    try:
        return cuda_torch(env)
    except UndeterminedError as error:
        env.gap(str(error))
        return None


def torch_in_words(env: Env, torch: TorchBuild) -> str:
    """The torch for a message: ``torch 2.4.0``, with who requires it where nobody lists it and a pin tells of it."""
    named = f"torch {torch.version}".strip()
    fact = env.fact(TORCH_BUILD)
    if not isinstance(fact, Known) or fact.source.kind is not SourceKind.MATRIX:
        return named
    distributions = distributions_if_stated(env)
    vllm = vllm_of(distributions)
    if vllm is None or installed(distributions, "torch"):
        return named
    return f"{named}, which {vllm.name} {vllm.version} requires,"


def visible_gpus(env: Env) -> tuple[Gpu, ...]:
    """Return the GPUs that CUDA_VISIBLE_DEVICES leaves; without any a rule does not apply.

    That none is left is GPU010's and GPU011's finding.
    """
    gpus = env.need(GPUS)
    if not_told(env.fact(VISIBLE_DEVICES)):
        if len({name_of(gpu) for gpu in gpus}) > 1:
            env.unstated("variable CUDA_VISIBLE_DEVICES")
        visible = None
    else:
        visible = env.look(VISIBLE_DEVICES)
    chosen = gpus if visible is None else tuple(gpu for gpu in gpus if gpu.index in visible.indexes)
    if not chosen:
        raise NotApplicableError("no GPU is visible")
    return chosen


def models(env: Env, gpus: Iterable[Gpu]) -> tuple[Model, ...]:
    """Group GPUs by model; one whose compute capability is not known is noted as a gap."""
    found: dict[tuple[str, tuple[int, int]], list[int]] = {}
    for gpu in gpus:
        capability = capability_of(env, gpu)
        if capability is not None:
            found.setdefault((name_of(gpu), capability), []).append(gpu.index)
    return tuple(Model(name, capability, tuple(indexes)) for (name, capability), indexes in found.items())


def known_capabilities(env: Env) -> set[tuple[int, int]]:
    """The compute capabilities of the GPUs as far as they are known, for a choice that needs not all of them."""
    fact = env.fact(GPUS)
    found: set[tuple[int, int]] = set()
    for gpu in fact.value if isinstance(fact, Known) else ():
        row = env.matrix.gpu_model(gpu.name.value) if isinstance(gpu.name, Known) else None
        stated = gpu.capability.value if isinstance(gpu.capability, Known) else row.capability if row else ""
        if capability := parse_capability(stated):
            found.add(capability)
    return found


def name_of(gpu: Gpu) -> str:
    """The name of a GPU for a message."""
    return value_or(gpu.name, "a GPU without a known name")


def capability_of(env: Env, gpu: Gpu) -> tuple[int, int] | None:
    """The compute capability that is stated of a GPU, or that its name determines; a gap is noted where neither is."""
    subject = f"compute capability of GPU {gpu.index}"
    if not_told(gpu.capability) and isinstance(gpu.name, Known):
        # A text that names a GPU without its capability: the model determines it.
        row = env.matrix.gpu_model(gpu.name.value)
        if row is not None:
            env.note(f"name of GPU {gpu.index}", gpu.name)
            env.cite(f"gpu {row.name}")
            return parse_capability(row.capability)
    text = env.note(subject, gpu.capability)
    if text is None:
        return None
    capability = parse_capability(text)
    if capability is None:
        env.gap(f"{subject} reads {text!r}")
    return capability
