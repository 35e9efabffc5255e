"""The environment that a file is meant for, as the options of the command line name it.

What a file leaves out they state; what it states itself they may repeat, and not contradict.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

from doctor.core.errors import TargetError
from doctor.intake.stated import Stated, StatedGpu
from doctor.intake.stated_platform import Said, interpreter_of, platform_of

_PYTHON = re.compile(r"3\.\d{1,3}(\.\d{1,3})?")
_GLIBC = re.compile(r"2\.\d{1,3}")
_DRIVER = re.compile(r"\d{3,4}(\.\d{1,4}){0,2}")
_GPU = re.compile(r"(?P<name>[^:]*[^:\s])(?::(?P<count>\d{1,3}))?")
MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
"""The processors that the stack is published for, by the names that pip and Docker have for them."""

_MOST_GPUS = 64


@dataclass(frozen=True, kw_only=True)
class StatedTarget:
    """What the options say of an environment; None is not said.

    `extras` and `groups` are those of a project that are installed with it; no `groups` are those
    that its tool installs by default. `arguments` are what an image is built with.
    """

    python: Said | None = None
    machine: Said | None = None
    glibc: Said | None = None
    gpus: tuple[StatedGpu, ...] | None = None
    driver: Said | None = None
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] | None = None
    arguments: tuple[tuple[str, str], ...] = ()

    @cached_property
    def markers(self) -> dict[str, str]:
        """The environment that markers are evaluated in; where nobody says, Linux on x86_64."""
        interpreter, _ = interpreter_of(self.python, platform_of(self.platform, None, self.libc), conda="")
        return interpreter.markers

    @property
    def platform(self) -> Said | None:
        """The platform in the words of ``platform.platform()``."""
        return replace(self.machine, value=f"Linux-{self.machine.value}") if self.machine else None

    @property
    def libc(self) -> Said | None:
        """The C library in the words of collect_env."""
        return replace(self.glibc, value=f"glibc-{self.glibc.value}") if self.glibc else None

    @property
    def said(self) -> tuple[str, ...]:
        """What was said, in words, with the option that said it."""
        gpus = self.gpus or ()
        named = (
            (f"Python {self.python.value}" if self.python else "", self.python),
            (f"Linux on {self.machine.value}" if self.machine else "", self.machine),
            (f"glibc {self.glibc.value}" if self.glibc else "", self.glibc),
            (f"{len(gpus)} x {gpus[0].name}" if gpus else "", gpus[0] if gpus else None),
            (f"driver {self.driver.value}" if self.driver else "", self.driver),
        )
        return tuple(f"{words} ({item.where})" for words, item in named if item is not None and item.where)


def target_of(
    *,
    python: str = "",
    platform: str = "",
    glibc: str = "",
    gpu: str = "",
    driver: str = "",
    extras: tuple[str, ...] = (),
    groups: tuple[str, ...] | None = None,
    arguments: tuple[str, ...] = (),
) -> StatedTarget:
    """The target that the values of the options name; "" is not given.

    Raises:
        TargetError: a value is none of its kind.
    """
    return StatedTarget(
        python=_checked(python, _PYTHON, "--target-python", "no version of Python", "3.11"),
        machine=_machine(platform),
        glibc=_checked(glibc, _GLIBC, "--target-glibc", "no version of glibc", "2.35"),
        gpus=_gpus(gpu),
        driver=_checked(driver, _DRIVER, "--target-driver", "no version of an NVIDIA driver", "550.54.15"),
        extras=extras,
        groups=groups,
        arguments=tuple(_argument(item) for item in arguments),
    )


def complete_stated(stated: Stated, target: StatedTarget) -> Stated:
    """What a file states, completed by the options.

    Raises:
        TargetError: they contradict each other.
    """
    if target.gpus is not None and stated.accelerator is not None:
        raise TargetError(f"{stated.where} is of a machine with {stated.accelerator.value}: it has no {_named(target)}")
    if target.gpus is not None and stated.gpus is not None:
        names = ", ".join(dict.fromkeys(gpu.name for gpu in stated.gpus))
        raise TargetError(f"{stated.where} states its GPUs ({names}): --target-gpu is for a text that leaves them out")
    found = replace(
        stated,
        python=_agree(stated, "Python", stated.python, target.python),
        python_platform=_platform(stated, target),
        libc=_agree(stated, "glibc", stated.libc, target.libc),
        driver=_agree(stated, "driver", stated.driver, target.driver),
        gpus=stated.gpus if target.gpus is None else target.gpus,
        no_gpu="" if target.gpus is not None else stated.no_gpu,
    )
    said = [words for words in target.said if _is_new(words, stated)]
    return replace(found, said=tuple(said))


def _is_new(words: str, stated: Stated) -> bool:
    """Whether the file itself leaves out what an option says."""
    own = {"Python": stated.python, "Linux": stated.python_platform, "glibc": stated.libc, "driver": stated.driver}
    return own.get(words.partition(" ")[0]) is None


def _agree(stated: Stated, what: str, own: Said | None, said: Said | None) -> Said | None:
    """The file's own value, or the option's; a shorter version stands for all that begin with it."""
    if own is None or said is None:
        return own or said
    mine, theirs = _numbers(own.value), _numbers(said.value)
    length = min(len(mine), len(theirs))
    if mine[:length] != theirs[:length]:
        line = f" in line {own.line}" if own.line else ""
        raise TargetError(
            f"{stated.where} states {what} {'.'.join(mine)}{line}, and {said.where} says {'.'.join(theirs)}",
            hint=f"leave {said.where} out, or correct the file",
        )
    return own


def _numbers(text: str) -> tuple[str, ...]:
    found = re.search(r"\d+(\.\d+)*", text)
    return tuple(part.lstrip("0") or "0" for part in found[0].split(".")) if found else (text,)


def _platform(stated: Stated, target: StatedTarget) -> Said | None:
    own = platform_of(stated.python_platform, stated.system, stated.libc)
    if own is None or target.machine is None:
        return stated.python_platform or target.platform
    if own.machine and own.machine != target.machine.value:
        raise TargetError(
            f"{stated.where} is of {own.system} on {own.machine}, and --target-platform says {target.machine.value}"
        )
    return stated.python_platform if own.machine else target.platform


def _named(target: StatedTarget) -> str:
    return target.gpus[0].name if target.gpus else "GPU"


def _checked(text: str, pattern: re.Pattern[str], option: str, none: str, example: str) -> Said | None:
    if not text:
        return None
    if not pattern.fullmatch(text):
        raise TargetError(f"{text[:80]} is {none}", hint=f"{option} takes one like {example}")
    return Said(text, where=option)


def _machine(text: str) -> Said | None:
    if not text:
        return None
    system, _, machine = text.replace("/", "-").rpartition("-")
    if system not in ("", "linux") or machine not in MACHINES:
        raise TargetError(
            f"{text[:80]} is no platform that the stack is published for",
            hint="--target-platform takes linux-x86_64 or linux-aarch64",
        )
    return Said(MACHINES[machine], where="--target-platform")


def _gpus(text: str) -> tuple[StatedGpu, ...] | None:
    if not text:
        return None
    match = _GPU.fullmatch(text.strip())
    count = int(match["count"] or 1) if match else 0
    if match is None or not 0 < count <= _MOST_GPUS:
        raise TargetError(f"{text[:80]} names no GPUs", hint="--target-gpu takes a name and a number, such as H100:8")
    return (StatedGpu(name=match["name"].strip(), where="--target-gpu"),) * count


def _argument(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise TargetError(f"{text[:80]} is no build argument", hint="--build-arg takes NAME=VALUE")
    return name, value
