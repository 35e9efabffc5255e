"""Judging one feature of an adapter by what the serving release of vLLM does with it."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import AdapterFolder
from doctor.core.fact import Source
from doctor.core.frozen import frozen
from doctor.core.packages.release import Support
from doctor.core.report import Problem, Remedy
from doctor.core.rule import Env
from doctor.rules.lora.folders import in_config
from doctor.rules.lora.remedies import merge
from doctor.rules.served import Treatment, serving, upgrades


@frozen
class Feature:
    """Something that an adapter has and that a release may not serve.

    `seen` says what was found, as the beginning of a sentence; `treatment` tells of a release
    what it does with it; `ignored` says what is served where it is ignored. `place` is where it
    was seen, the config where it is None; `remedies` come before an upgrade and the merge.
    """

    seen: str
    treatment: Treatment
    ignored: str
    place: Source | None = None
    remedies: tuple[Remedy, ...] = ()
    mergeable: bool = True


def judge(env: Env, folder: AdapterFolder, feature: Feature) -> Iterator[Problem]:
    """Yield a problem where the serving release refuses the feature, or ignores it.

    Raises:
        NotApplicableError: no release is installed, and they do not agree.
        UndeterminedError: the matrix does not know the release.
    """
    served = serving(env)
    treatment = served.agreed(lambda release: feature.treatment(release.lora))
    if treatment in (Support.REFUSED, Support.OPTION, Support.IGNORED):
        yield Problem(
            subject=folder.path,
            message=f"{feature.seen}; {served.label} {_effect(treatment, feature)}",
            location=feature.place or in_config(folder),
            remedies=(
                *feature.remedies,
                *upgrades(env, lambda release: feature.treatment(release.lora) is Support.SUPPORTED),
                *((merge(folder),) if feature.mergeable else ()),
            ),
        )


def _effect(treatment: Support, feature: Feature) -> str:
    if treatment is Support.REFUSED:
        return "refuses it"
    if treatment is Support.OPTION:
        return "takes it only where it is told to"
    return f"does not look at it: {feature.ignored}, without a word"
