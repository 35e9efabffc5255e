"""SERVE001."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from packaging.version import Version

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import VllmRelease
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.core.serve import SERVE, ServeCommand, spell_option
from doctor.rules.serve.command import problem
from doctor.rules.served import serving

MOST_APART = 10
"""Unknown options that are told one by one: a command with more of them was written for something else."""

KEYS_BEHIND_DOTS = Version("0.9.0")
"""The first release that takes ``--json-arg.key value`` (https://github.com/vllm-project/vllm/pull/18208)."""


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(SERVE, DISTRIBUTIONS))
def argument_unknown(env: Env) -> Iterator[Problem]:
    """Every option of the command is one that the installed vLLM has.

    ## What it checks
    The options are looked up among those of the release, as its own sources define them. Where no vLLM
    is installed, an option that no release ever had is told. Keys of JSON that stand behind a dot
    (`--hf-overrides.rope_theta 1e6`) are taken from vLLM 0.9.0 on.

    ## Why it matters
    vLLM ends at once: "error: unrecognized arguments". Options are renamed and removed from release to
    release, and a command that worked last month may not start after an upgrade.

    ## How to fix it
    Leave the option out or write the new name; the message names the last release that had it.

    ## Sources
    - https://docs.vllm.ai/en/latest/cli/serve/
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/engine/arg_utils.py
    - https://github.com/vllm-project/vllm/pull/18208
    """
    command = env.need(SERVE)
    served = serving(env)
    unknown = [name for name in command.options if not any(_has(release, name) for release in served.releases)]
    if len(unknown) > MOST_APART:
        yield _of_many(command, unknown, served.label)
        return
    for name in unknown:
        yield _problem(env, command, name, served.label, served.newest)


def _has(release: VllmRelease, name: str) -> bool:
    option, dot, _ = name.partition(".")
    if dot and Version(release.version) < KEYS_BEHIND_DOTS:
        return False
    return spell_option(option) in release.flags


def _of_many(command: ServeCommand, unknown: list[str], label: str) -> Problem:
    """One problem with all of the options: each apart would repeat the whole command as often as it is long."""
    named = ", ".join(command.written.get(name, name) for name in unknown[:MOST_APART])
    message = f"{label} has none of these {len(unknown):,} options: {named} and {len(unknown) - MOST_APART:,} more"
    return problem(command, unknown[0], message, ("Leave them out", dict.fromkeys(unknown)))


def _problem(env: Env, command: ServeCommand, name: str, label: str, newest: VllmRelease) -> Problem:
    versions = env.matrix.releases.versions("vllm")
    known = (release for version in reversed(versions) if (release := env.matrix.vllm_release(version)))
    last = next((release.version for release in known if _has(release, name)), "")
    near = difflib.get_close_matches(spell_option(name), newest.flags, cutoff=0.8)
    history = f"; vLLM {last} has it" if last else "; no release that is known has it"
    remedies: list[tuple[str, dict[str, tuple[str, ...] | None]]] = []
    if near and not last:
        instead = near[0].removeprefix("--").replace("-", "_")
        remedies.append((f"Write {near[0]}", {name: None, instead: command.options[name]}))
    remedies.append(("Leave it out", {name: None}))
    return problem(command, name, f"{label} has no such option{history}", *remedies)
