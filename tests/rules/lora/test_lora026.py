"""LORA026."""

from __future__ import annotations

import dataclasses

from doctor.core.packages.release import Support
from doctor.rules.lora.lora026_base_changed_by_init import _treatment
from tests.adapters import lora
from tests.rules.lora.judging import MATRIX, messages, outcome


def test_starts_that_change_the_base():
    for init in ("pissa", "pissa_niter_16", "olora", "corda", "loftq", "PiSSA"):
        draft = lora(init_lora_weights=init)
        assert "does not look at it" in messages("LORA026", draft, vllm="0.31.0")[0]
        assert "refuses it" in messages("LORA026", draft, vllm="0.32.0")[0]


def test_starts_that_do_not():
    for init in (True, False, None, "gaussian", "eva", "orthogonal"):
        assert messages("LORA026", lora(init_lora_weights=init), vllm="0.31.0") == []


def test_the_first_remedy_is_the_conversion():
    (problem,) = outcome("LORA026", lora(init_lora_weights="pissa")).problems
    assert "path_initial_model_for_weight_conversion" in problem.remedies[0].text


def test_a_release_that_names_such_a_start_takes_it():
    row = dataclasses.replace(MATRIX.vllm_release("0.32.0").lora, init_lora_weights=("gaussian", "pissa"))
    assert _treatment("pissa", row) is Support.SUPPORTED
    assert _treatment("olora", row) is Support.REFUSED
