"""LORA030."""

from __future__ import annotations

import json

from doctor.core.report import Verdict
from tests.adapters import Draft, lora
from tests.models import llama
from tests.rules.lora.judging import messages, outcome
from tests.tokenizers import tokenizer_json


def draft_with_tokens(largest: int) -> Draft:
    draft = lora()
    tokenizer = tokenizer_json()
    tokenizer["added_tokens"].append({"id": largest, "content": "<new>", "special": True})
    draft.files = {"tokenizer.json": json.dumps(tokenizer).encode()}
    return draft


def test_more_tokens_than_the_base_has_room_for():
    (message,) = messages("LORA030", draft_with_tokens(321), model=llama())
    assert "ids up to 321, and the base has room for 320: its 2 newest tokens" in message


def test_tokens_in_the_padding_of_the_base():
    assert messages("LORA030", draft_with_tokens(319), base=llama()) == []


def test_no_base_is_given():
    assert outcome("LORA030", draft_with_tokens(321)).verdict is Verdict.NOT_APPLICABLE


def test_no_tokenizer():
    assert messages("LORA030", lora(), model=llama()) == []


def test_one_token_is_one():
    (message,) = messages("LORA030", draft_with_tokens(320), model=llama())
    assert message.endswith("its newest token is not served")


def test_a_tokenizer_that_cannot_be_read_and_a_base_without_a_size():
    draft = lora()
    draft.files = {"tokenizer.json": b"{"}
    assert messages("LORA030", draft, model=llama()) == []
    assert len(messages("LORA030", draft, draft_with_tokens(321), model=llama())) == 1, "the second is judged, too"
    base = llama()
    base.config["vocab_size"] = None
    assert messages("LORA030", draft, model=base) == []
    found = outcome("LORA030", draft_with_tokens(320), model=base)
    assert (found.verdict, found.reasons) == (Verdict.UNKNOWN, ("the config of the base states no vocab_size",))
