"""What is refused of the text of collect_env, and that nothing else ends a reading."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctor.core.errors import TargetError
from doctor.core.fact import Known
from doctor.core.keys import KEYS
from doctor.core.packages.distribution import DISTRIBUTIONS, MOST_DISTRIBUTIONS
from doctor.formats.snapshot import render_snapshot
from doctor.intake.collect_env import decode_collect_env, read_collect_env
from doctor.intake.pasted import LARGEST
from doctor.intake.snapshot import decode_snapshot
from tests.intake import texts


class TestWhatIsRefused:
    @pytest.mark.parametrize("content", [b"", b" \n ", b"hello", b"\xff\xfe\x00", b"OS: Linux\n", b"torch==2.4.0\n"])
    def test_what_is_no_such_text(self, content: bytes) -> None:
        with pytest.raises(TargetError, match=r"issue\.md"):
            decode_collect_env(content, "issue.md")

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(TargetError, match="No such file"):
            read_collect_env(tmp_path / "none.txt")

    def test_more_than_anyone_pastes(self) -> None:
        with pytest.raises(TargetError, match="more than"):
            decode_collect_env(b"x" * (LARGEST + 1), "issue.md")

    @pytest.mark.parametrize(
        "unit", ["=", " ", "[pip3] ", "GPU 0:", "OS: ", "A=", "\x1b[", "&lt;", "> ", "PyTorch version: ", "\\n", "/"]
    )
    def test_eight_million_characters_of_one_kind_are_read(self, unit: str) -> None:
        text = texts.TORCH_2_1 + unit * (8_000_000 // len(unit))
        snapshot = decode_collect_env(text.encode(), "issue.md")
        listed = snapshot.get(DISTRIBUTIONS)
        assert isinstance(listed, Known)
        assert {item.name: item.version for item in listed.value}["torch"] == "2.1.2"
        assert len(render_snapshot(snapshot)) < 1_000_000


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.sampled_from(tuple(texts.FORMS.values())),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 40), st.text(max_size=12)), max_size=6),
)
def test_whatever_is_cut_or_put_in_it_is_read_or_refused(text: str, edits: list[tuple[int, int, str]]) -> None:
    for place, length, insert in edits:
        text = text[:place] + insert + text[place + length :]
    try:
        snapshot = decode_collect_env(text.encode("utf-8", "replace"), "issue.md")
    except TargetError:
        return
    assert decode_snapshot(render_snapshot(snapshot).encode(), "saved").facts.keys() == KEYS.keys()


@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_they_are_read_or_refused(content: bytes) -> None:
    try:
        decode_collect_env(content, "issue.md")
    except TargetError as error:
        assert str(error)


def test_a_text_with_more_distributions_than_any_environment_holds_is_refused() -> None:
    more = "".join(f"[pip3] p{number}==1\n" for number in range(MOST_DISTRIBUTIONS + 1))
    with pytest.raises(TargetError, match="lists more than 2,500 distributions"):
        decode_collect_env(f"{texts.TORCH_2_1}\n{more}".encode(), "x")
