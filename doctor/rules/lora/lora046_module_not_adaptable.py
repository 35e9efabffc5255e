"""LORA046."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial
from typing import Any

from doctor.core.artifact.adapter import ADAPTERS, AdapterFolder
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import Support, VllmRelease
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, UndeterminedError, rule
from doctor.rules.lora.base import architecture_of
from doctor.rules.lora.folders import configs, in_config, some, words
from doctor.rules.lora.names import pairs_of, suffixes
from doctor.rules.lora.remedies import merge
from doctor.rules.served import adaptable, serving, upgrades


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_TARGET_MODULES,
    since="0.1.0",
    reads=(ADAPTERS, MODEL, BASE, DISTRIBUTIONS, INTERPRETER),
)
def module_not_adaptable(env: Env) -> Iterator[Problem]:
    """The modules of each adapter are ones that the vLLM release adapts.

    ## What it checks
    Up to 0.7.3 each architecture has a list of the modules that adapters may have; each module of the
    adapter is on it. Without a base it is enough that one architecture of the release has it. Later
    releases take every linear layer.

    ## Why it matters
    "While loading ..., expected target modules in [...] but received [...]"; 0.3.3 to 0.4.0.post1 leave
    the module out without a word. Adapters of Phi-3 have fused modules (qkv_proj, gate_up_proj), which no release
    before 0.8.0 takes.

    ## How to fix it
    Serve with a newer vLLM, or merge the adapter into its base.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/4915
    - https://github.com/vllm-project/vllm/blob/v0.7.3/vllm/lora/models.py
    """
    for folder, config in configs(env):
        names = _modules(env, folder, config)
        if not names:
            continue
        served = serving(env)
        architecture = _architecture(env)
        unknown = served.agreed(partial(_unknown, architecture, names))
        if unknown:
            ignored = served.newest.lora.unexpected_modules is Support.IGNORED
            effect = "leaves them out without a word" if ignored else "refuses the whole adapter"
            yield Problem(
                subject=folder.path,
                message=f"it has {some([*unknown])}, which {served.label} does not adapt"
                f"{f' in {architecture}' if architecture else ' in any architecture'}: it {effect}",
                location=in_config(folder),
                remedies=(*upgrades(env, partial(_takes_all, architecture, names)), merge(folder)),
            )


def _modules(env: Env, folder: AdapterFolder, config: dict[str, Any]) -> tuple[str, ...]:
    """The last words of its modules: those of its tensors, or where there are none those that its config lists."""
    file = env.note(f"weights of {folder.path}", folder.weights)
    if file is not None:
        return tuple(suffixes(pairs_of(file.tensors())))
    stated = config.get("target_modules")
    return tuple(words(stated)) if isinstance(stated, list) else ()


def _architecture(env: Env) -> str:
    architecture = ""
    try:
        architecture = architecture_of(env)
    except NotApplicableError:
        pass  # then it is what no architecture takes
    except UndeterminedError as error:
        env.gap(str(error))
    return architecture


def _unknown(architecture: str, names: tuple[str, ...], release: VllmRelease) -> tuple[str, ...]:
    return tuple(_each_unknown(architecture, names, release))


def _each_unknown(architecture: str, names: tuple[str, ...], release: VllmRelease) -> Iterator[str]:
    if architecture:
        found = release.architectures.get(architecture)
        served = [found] if found else []
    else:
        served = list(release.architectures.values())
    lists = [(adaptable(item), item.embeddings) for item in served if item.lora]
    if not lists or frozenset() in (modules for modules, _ in lists):
        return iter(())  # every linear layer, or LORA045 says it
    known = frozenset(name for modules, embeddings in lists for name in (*modules, *embeddings))
    return itertools.filterfalse(known.__contains__, names)


def _takes_all(architecture: str, names: tuple[str, ...], release: VllmRelease) -> bool:
    return next(_each_unknown(architecture, names, release), None) is None
