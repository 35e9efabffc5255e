"""One command line that does what several rules say, below what they say."""

from __future__ import annotations

import pytest

from doctor.core.report import Correction
from doctor.formats import markdown, text
from tests.formats.reports import BROKEN, rendering

WORDS = ("vllm", "serve", "/models/my model", "--max-lora-rank", "64")


@pytest.mark.parametrize("render", [text.render, markdown.render], ids=["text", "markdown"])
def test_the_whole_command_can_be_pasted_and_what_it_leaves_is_told(render) -> None:
    written = render(rendering(BROKEN, correction=Correction(words=WORDS, left=("SERVE004", "SERVE009"))))
    assert "\nvllm serve '/models/my model' --max-lora-rank 64\n" in "\n".join(map(str.strip, written.splitlines()))
    assert "The command with all of these changes; it leaves SERVE004, SERVE009:" in written
    whole = render(rendering(BROKEN, correction=Correction(words=WORDS)))
    assert "The command with all of these changes:" in whole
    assert "The command with all of these changes" not in render(rendering(BROKEN))
