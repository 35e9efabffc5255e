"""LORA054."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from doctor.core.artifact.adapter import ADAPTERS, CONFIG, AdapterFolder
from doctor.core.interpreter import INTERPRETER
from doctor.core.matrix import AdapterKey
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.stack import installed, release
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, NotApplicableError, UndeterminedError, rule
from doctor.rules.lora.folders import configs, in_config, some
from doctor.rules.lora.remedies import manual
from doctor.rules.served import install_command


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_ADAPTER_FORMAT,
    since="0.1.0",
    reads=(ADAPTERS, DISTRIBUTIONS, INTERPRETER),
)
def entry_unknown_to_peft(env: Env) -> Iterator[Problem]:
    """The installed PEFT knows each entry of the adapters' configs.

    ## What it checks
    The entries of adapter_config.json are ones that the LoraConfig of the installed release has. Releases since
    0.14.0 leave out what they do not know, with a warning, so that it concerns older ones.

    ## Why it matters
    An adapter saved with a newer PEFT does not load: "LoraConfig.__init__() got an unexpected keyword
    argument 'eva_config'". vLLM, which has no PEFT, is not concerned.

    ## How to fix it
    Update PEFT, or take entries out of the config that hold nothing (null, false, {}).

    ## Sources
    - https://github.com/huggingface/peft/issues/2208
    - https://github.com/huggingface/peft/issues/2275
    - https://github.com/hiyouga/LlamaFactory/issues/2696
    """
    for folder, config in configs(env):
        peft = installed(env.need(DISTRIBUTIONS), "peft")
        if peft is None:
            raise NotApplicableError("no PEFT is installed")
        version = release(peft)
        if version is None or not env.matrix.adapter_keys:
            raise UndeterminedError(f"the matrix does not know which entries PEFT {peft.version} takes")
        env.cite("adapter-key *")
        unknown = _unknown(env.matrix.adapter_keys, version, config)
        if unknown:
            yield _problem(env, folder, peft.version, unknown, config)


def _unknown(keys: Iterable[AdapterKey], version: Version, config: dict[str, object]) -> list[str]:
    known = {key.name: SpecifierSet(key.known) for key in keys}
    # In order: a release may be known to leave out whatever it does not know.
    if "*" in known and known["*"].contains(version, prereleases=True):
        return []
    return [name for name in config if name not in known or not known[name].contains(version, prereleases=True)]


def _problem(env: Env, folder: AdapterFolder, version: str, unknown: list[str], config: dict[str, object]) -> Problem:
    needed = next((f"peft{key.known}" for key in env.matrix.adapter_keys if key.name == "*"), "peft")
    empty = [name for name in unknown if not config[name]]
    drop = f"Or take {some(empty, 8)} out of {folder.path}/{CONFIG}: nothing stands there"
    command = install_command(env, needed)
    return Problem(
        subject=folder.path,
        message=f"its config has entries that PEFT {version} does not know and refuses: {some(unknown, 6)}",
        location=in_config(folder),
        remedies=(
            Remedy(text="Install a PEFT that leaves out what it does not know", commands=(command,), pins=(needed,)),
            *((manual(drop),) if empty else ()),
        ),
    )
