"""The environment that a file is meant for: the options that say more of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    # At run time only a command that reads such a file needs it.
    from doctor.intake.target import StatedTarget

Command = Callable[..., Any]

target_python_option = click.option(
    "--target-python", metavar="VERSION", help="The Python that the file is for, such as 3.11."
)
target_gpu_option = click.option(
    "--target-gpu", metavar="NAME[:N]", help="The GPUs that it will run on, such as H100:8 or 'RTX 4090'."
)
target_driver_option = click.option(
    "--target-driver", metavar="VERSION", help="The NVIDIA driver there, such as 550.54.15."
)
target_platform_option = click.option(
    "--target-platform", metavar="PLATFORM", help="linux-x86_64 or linux-aarch64 (linux/arm64 is the same)."
)
target_glibc_option = click.option("--target-glibc", metavar="VERSION", help="The C library there, such as 2.35.")
extra_option = click.option(
    "--extra", "extras", metavar="NAME", multiple=True, help="An extra of the locked project that is installed too."
)
group_option = click.option(
    "--group",
    "groups",
    metavar="NAME",
    multiple=True,
    help="A dependency group of the locked project, in place of those that its tool installs by default.",
)
build_arg_option = click.option(
    "--build-arg",
    "build_args",
    metavar="NAME=VALUE",
    multiple=True,
    help="As for `docker build`: an ARG that --dockerfile is judged with.",
)

machine_options = (
    target_python_option,
    target_gpu_option,
    target_driver_option,
    target_platform_option,
    target_glibc_option,
)
"""What any file may leave out of the machine."""

target_options = (*machine_options, extra_option, group_option, build_arg_option)

OF_FILES = {
    "target_python": "--target-python",
    "target_gpu": "--target-gpu",
    "target_driver": "--target-driver",
    "target_platform": "--target-platform",
    "target_glibc": "--target-glibc",
    "extras": "--extra",
    "groups": "--group",
    "build_args": "--build-arg",
}
"""The options that say more of a file."""

_GO_WITH = {"extras": ("requirements",), "groups": ("requirements",), "build_args": ("dockerfile",)}
_ANY = ("requirements", "dockerfile", "collect_env")


def require_file(given: dict[str, Any], files: dict[str, str]) -> None:
    """Refuse options that say more of a file where there is none, or none that leaves it out.

    Raises:
        UsageError: one is given without its file.
    """
    for name, option in OF_FILES.items():
        fitting = _GO_WITH.get(name, _ANY)
        if given.get(name) and not any(given.get(file) for file in fitting):
            raise click.UsageError(f"{option} says what {' or '.join(files[file] for file in fitting)} is for")


def target_from(given: dict[str, Any], matrices: Sequence[Path] = ()) -> StatedTarget:
    """The target that the options name; its GPUs are looked up in the matrix.

    Raises:
        TargetError: a value is none of its kind, or the matrix knows no such GPU.
        MatrixError: a file of the matrix cannot be read.
    """
    from doctor.intake.target import target_of

    target = target_of(
        python=given.get("target_python") or "",
        platform=given.get("target_platform") or "",
        glibc=given.get("target_glibc") or "",
        gpu=given.get("target_gpu") or "",
        driver=given.get("target_driver") or "",
        extras=tuple(given.get("extras") or ()),
        groups=tuple(given["groups"]) if given.get("groups") else None,
        arguments=tuple(given.get("build_args") or ()),
    )
    if target.gpus is None:
        return target
    from doctor.cli.known import load_known
    from doctor.engine.targets import resolve_gpus

    return resolve_gpus(target, load_known(matrices))
