"""Which prebuilt wheel of flash-attn fits an environment, and the remedy that names it."""

from __future__ import annotations

from collections.abc import Iterable

from doctor.core.fact import Absent, Known, not_told
from doctor.core.install import install
from doctor.core.interpreter import Interpreter
from doctor.core.matrix import Matrix, WheelBuild
from doctor.core.packages.distribution import Distribution
from doctor.core.packages.extension import TORCH_BUILD, TorchBuild
from doctor.core.packages.flash_wheel import RELEASES, FlashFit
from doctor.core.report import Remedy, Safety
from doctor.core.rule import Env


def fit_of(matrix: Matrix, torch: str, interpreter: Interpreter, build: TorchBuild | None = None) -> FlashFit | None:
    """What a wheel has to fit for a torch of this version, or None where that cannot be told.

    `build` is what was read of torch's files; without it the wheel of that release on the package
    index tells, and the label of a build from elsewhere (``2.4.0+cu118``) its CUDA.
    """
    machine = interpreter.markers.get("platform_machine", "x86_64")
    public, _, label = torch.partition("+")
    exact = matrix.wheel_build("torch", torch, machine)
    row = exact or matrix.wheel_build("torch", public, machine)
    cuda = build.cuda if build else exact.cuda if exact else _cuda_of(label)
    abi = _abi_of(row, build)
    if not cuda or abi is None:
        return None
    return FlashFit(
        torch=".".join(public.split(".")[:2]),
        cuda=cuda.partition(".")[0],
        cxx11_abi=abi,
        python=f"cp{interpreter.minor.replace('.', '')}",
        machine=machine,
    )


def _cuda_of(label: str) -> str:
    """The CUDA version that a label names (``cu126``), "" for builds without CUDA."""
    digits = label.removeprefix("cu")
    return f"{digits[:-1]}.{digits[-1]}" if label.startswith("cu") and digits.isdigit() else ""


def _abi_of(row: WheelBuild | None, build: TorchBuild | None) -> bool | None:
    if build is not None and not not_told(build.cxx11_abi):
        return build.cxx11_abi.value if isinstance(build.cxx11_abi, Known) else None
    return row.cxx11_abi if row else None


def build_of(env: Env) -> TorchBuild | None:
    """What was read of torch's files; None for a source that states versions only."""
    fact = env.fact(TORCH_BUILD)
    return None if isinstance(fact, Absent) or not_told(fact) else env.need(TORCH_BUILD)


def wheel_remedies(
    matrix: Matrix, fit: FlashFit | None, version: str, interpreter: Interpreter, distributions: Iterable[Distribution]
) -> tuple[Remedy, ...]:
    """The remedy that names the wheel of flash-attn for a torch: of release `version`, or of the newest that has one.

    Where the matrix knows none, one may have been added to a release since: then its name is told.
    """
    if fit is None:
        return ()
    wheels = matrix.flash_wheels(fit)
    if not wheels:
        text = f"Look on {RELEASES} for a wheel of flash-attn whose name says {fit.label}"
        return (Remedy(text=text, safety=Safety.MANUAL),)
    public = version.partition("+")[0]
    wheel = next((item for item in wheels if item.version == public), wheels[0])
    other = "" if wheel.version == public else f" (flash-attn {public} has none)"
    command = install(interpreter, distributions, "--force-reinstall", "--no-deps", wheel.url)
    return (
        Remedy(text=f"Install the wheel of flash-attn {wheel.version} for {fit.label}{other}", commands=(command,)),
    )
