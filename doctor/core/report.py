"""What a judgement is made of: problems, remedies, outcomes, and the report of a run."""

from __future__ import annotations

from enum import Enum, IntEnum

from doctor.core.fact import Source
from doctor.core.frozen import frozen


class Severity(IntEnum):
    """How bad a problem is, in ascending order."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The lower-case name that reports print."""
        return self.name.lower()


class Verdict(str, Enum):
    """What a rule concluded. Unknown is never healthy."""

    HEALTHY = "healthy"
    PROBLEM = "problem"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"


class Safety(str, Enum):
    """Whether a remedy may be run by a program."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    MANUAL = "manual"


class Cause(str, Enum):
    """The kind of fault behind a problem."""

    PYTHON_VERSION = "python-version"
    TORCH_PIN_VIOLATED = "torch-pin-violated"
    TRANSFORMERS_TOO_NEW = "transformers-too-new"
    TRANSFORMERS_TOO_OLD = "transformers-too-old"
    NUMPY_2 = "numpy-2"
    ABI_MISMATCH_FLASH_ATTN = "abi-mismatch-flash-attn"
    ABI_MISMATCH_OTHER = "abi-mismatch-other"
    DRIVER_TOO_OLD = "driver-too-old"
    CUDA_TOOLKIT_MISMATCH = "cuda-toolkit-mismatch"
    GPU_ARCH_NOT_IN_WHEEL = "gpu-arch-not-in-wheel"
    COMPUTE_CAPABILITY_TOO_LOW = "compute-capability-too-low"
    BF16_UNSUPPORTED = "bf16-unsupported"
    GPU_MEMORY = "gpu-memory"
    LORA_RANK = "lora-rank"
    LORA_TOKEN_LIMIT = "lora-token-limit"
    LORA_TARGET_MODULES = "lora-target-modules"
    LORA_ADAPTER_FORMAT = "lora-adapter-format"
    MODEL_CONFIG_MISSING = "model-config-missing"
    TOKENIZER_FILES_MISSING = "tokenizer-files-missing"
    QUANTIZATION_CONFIG_LEFT = "quantization-config-left"
    MODEL_WEIGHTS_INCOMPLETE = "model-weights-incomplete"
    DUPLICATE_OR_CONFLICTING_PACKAGES = "duplicate-or-conflicting-packages"
    PYNVML_CONFLICT = "pynvml-conflict"
    CORRUPTED_INSTALL = "corrupted-install"
    MISSING_PACKAGE = "missing-package"
    PLATFORM_OR_GLIBC = "platform-or-glibc"
    ENV_VARIABLE = "env-variable"
    SHARED_MEMORY = "shared-memory"
    NCCL = "nccl"
    WSL = "wsl"
    OTHER = "other"


# Faults that bring others with them. A package that is installed twice or cut short, an interpreter
# of the wrong version, or another build of torch shows as unmet requirements and missing symbols
# elsewhere; where the driver or the builds do not fit the GPU no kernel runs, whatever else is right.
# The first problem of a report should be the one to begin with.
_ROOTS = (
    Cause.CORRUPTED_INSTALL,
    Cause.DUPLICATE_OR_CONFLICTING_PACKAGES,
    Cause.PYTHON_VERSION,
    Cause.PLATFORM_OR_GLIBC,
    Cause.TORCH_PIN_VIOLATED,
    Cause.ABI_MISMATCH_OTHER,
    Cause.DRIVER_TOO_OLD,
    Cause.COMPUTE_CAPABILITY_TOO_LOW,
    Cause.GPU_ARCH_NOT_IN_WHEEL,
)


TOPIC_ORDER = ("FLT", "PKG", "ABI", "PIN", "GPU", "SYS", "ENV", "MODEL", "LORA", "SERVE", "PAIR", "E2E")
"""The topics in the order in which their equally grave problems are told."""


def precedence(cause: Cause, own: Cause | None = None) -> int:
    """The rank of a problem among those of one severity: what brings other faults comes first.

    `cause` is that of the rule, `own` that of the problem where it replaces it.
    """
    # Not what is there twice, but what is asked for in two versions (PKG001): it harms what asks for it only.
    if own is Cause.DUPLICATE_OR_CONFLICTING_PACKAGES:
        return len(_ROOTS)
    cause = own or cause
    return _ROOTS.index(cause) if cause in _ROOTS else len(_ROOTS)


@frozen
class Remedy:
    """What to do about a problem.

    `commands` are argument vectors, in order, ready to be quoted for a shell; `pins` are the
    requirements that a lock file must hold; `safety` says whether a program may run them.
    """

    text: str
    commands: tuple[tuple[str, ...], ...] = ()
    pins: tuple[str, ...] = ()
    safety: Safety = Safety.UNSAFE


@frozen
class Problem:
    """One thing that is wrong with one subject.

    `message` says what was seen and what is needed; `remedies` says how to get there. `cause`
    and `severity` replace those of the rule where one rule meets several kinds of fault.
    """

    subject: str
    message: str
    remedies: tuple[Remedy, ...]
    location: Source | None = None
    cause: Cause | None = None
    severity: Severity | None = None


@frozen
class Correction:
    """A command line that does what several remedies say, as argument vector; `left` are the rules that it leaves."""

    words: tuple[str, ...]
    left: tuple[str, ...] = ()


@frozen
class Evidence:
    """One fact that a rule read: its key, its state, and where it came from."""

    key: str
    state: str
    source: Source


@frozen
class Outcome:
    """What one rule concluded, and on what evidence.

    `reasons` says why the verdict is unknown or not applicable; with the verdict *problem* it
    lists what could not be judged beside the problems.
    """

    code: str
    name: str
    topic: str
    title: str
    severity: Severity
    cause: Cause
    verdict: Verdict
    problems: tuple[Problem, ...] = ()
    reasons: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    milliseconds: float = 0.0

    def severity_of(self, problem: Problem) -> Severity:
        """The severity of one of its problems."""
        return problem.severity or self.severity

    def cause_of(self, problem: Problem) -> Cause:
        """The cause of one of its problems."""
        return problem.cause or self.cause

    @property
    def undetermined(self) -> bool:
        """Whether something that this rule had to judge could not be judged."""
        return self.verdict is Verdict.UNKNOWN or (self.verdict is Verdict.PROBLEM and bool(self.reasons))


@frozen
class Report:
    """The outcomes of one run over one snapshot."""

    target: str
    taken_at: str
    doctor_version: str
    matrix_version: str
    outcomes: tuple[Outcome, ...]
    not_selected: tuple[str, ...] = ()
    schema_version: int = 1

    def problems(self) -> list[tuple[Outcome, Problem]]:
        """All problems: the gravest first, then what brings other faults, then by topic and rule."""
        pairs = [(outcome, problem) for outcome in self.outcomes for problem in outcome.problems]
        return sorted(pairs, key=lambda pair: _rank(*pair))

    def verdict(self) -> Verdict:
        """The run as a whole; a run in which nothing was judged is unknown."""
        if any(outcome.problems for outcome in self.outcomes):
            return Verdict.PROBLEM
        if any(outcome.undetermined for outcome in self.outcomes):
            return Verdict.UNKNOWN
        judged = any(outcome.verdict is Verdict.HEALTHY for outcome in self.outcomes)
        return Verdict.HEALTHY if judged else Verdict.UNKNOWN

    def exit_code(self, fail_on: Severity) -> int:
        """0 healthy, 1 a problem at or above `fail_on`, 3 something undetermined."""
        if any(outcome.severity_of(problem) >= fail_on for outcome, problem in self.problems()):
            return 1
        judged = any(outcome.verdict in (Verdict.HEALTHY, Verdict.PROBLEM) for outcome in self.outcomes)
        if not judged or any(outcome.undetermined for outcome in self.outcomes):
            return 3
        return 0


def _rank(outcome: Outcome, problem: Problem) -> tuple[int, int, int]:
    topic = TOPIC_ORDER.index(outcome.topic) if outcome.topic in TOPIC_ORDER else len(TOPIC_ORDER)
    return -outcome.severity_of(problem), precedence(outcome.cause, problem.cause), topic
