"""Requirements that are not installed yet: what is pinned is known, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.core.errors import TargetError
from doctor.core.fact import Known, Unknown
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.reading import READING
from doctor.intake.listed import read_listed
from doctor.intake.pins import LARGEST, MOST
from doctor.intake.target import target_of

HASH = "--hash=sha256:" + "ab" * 32


@pytest.fixture
def read(tmp_path):
    def run(text, *, name="requirements.txt", python="3.11", **others):
        for other, content in others.items():
            (tmp_path / f"{other}.txt").write_text(content)
        path = tmp_path / name
        path.write_text(text)
        return read_listed(path, target_of(python=python))

    return run


def pins(snapshot):
    return {item.name: item.version for item in snapshot.get(DISTRIBUTIONS).value}


def unread(snapshot):
    return " | ".join(snapshot.get(READING).value.unread)


def test_pins_are_known_with_their_line_and_the_rest_is_not(read):
    found = read("# stack\nvllm==0.9.2\n\nTorch == 2.7.0  # the one\n")
    assert pins(found) == {"vllm": "0.9.2", "torch": "2.7.0"}
    torch = found.get(DISTRIBUTIONS).value[1]
    assert torch.place.line == torch.requires.source.line == 4
    assert isinstance(found.get(PLATFORM), Unknown)
    assert found.get(INTERPRETER).value.version == "3.11"


def test_a_lock_with_hashes_on_lines_of_their_own(read):
    found = read(
        f"--extra-index-url https://u:secret@example.org\ntorch==2.7.0 \\\n    {HASH} \\\n    {HASH}\nnumpy===2.2.6\n"
    )
    assert pins(found) == {"torch": "2.7.0", "numpy": "2.2.6"} and unread(found) == ""


def test_what_pins_no_version_is_named(read):
    found = read("vllm==0.9.2\nrequests>=2\nnumpy==2.*\npeft\n-e ./mine\n./other\nx @ git+https://u:pw@example.org/x\n")
    assert pins(found) == {"vllm": "0.9.2"}
    for name in ("requests>=2", "numpy==2.*", "peft", "line 5", "line 6", "x pins no version"):
        assert name in unread(found)
    assert "pw" not in unread(found)


def test_wheels_state_their_version(read):
    found = read(
        "flash-attn @ https://example.org/flash_attn-2.8.3%2Bcu12torch2.7-cp311-cp311-linux_x86_64.whl#sha256=ab\n"
        "wheels/torch-2.7.0-cp311-cp311-linux_x86_64.whl\n"
    )
    assert pins(found) == {"flash-attn": "2.8.3+cu12torch2.7", "torch": "2.7.0"}
    assert {item.origin for item in found.get(DISTRIBUTIONS).value} == {"url"}


def test_files_that_are_named_and_constraints(read):
    found = read("-r more.txt\n--constraint=pins.txt\npeft\n", more="vllm==0.9.2\n", pins="peft==0.15.0\nunused==1\n")
    assert pins(found) == {"vllm": "0.9.2", "peft": "0.15.0"}


def test_markers_are_those_of_the_target(read):
    text = "torch==2.7.0\ntomli==2 ; python_version < '3.11'\nx==1 ; sys_platform == 'win32'\n"
    assert pins(read(text)) == {"torch": "2.7.0"}
    assert pins(read(text, python="3.10")) == {"torch": "2.7.0", "tomli": "2"}
    unsaid = read(text, python="")
    assert pins(unsaid) == {"torch": "2.7.0"} and "--target-python" in unread(unsaid)


PYLOCK = """
lock-version = "1.0"
created-by = "test"
requires-python = ">=3.10"

[[packages]]
name = "torch"
version = "2.7.0"
[[packages.wheels]]
path = "torch-2.7.0-py3-none-any.whl"
hashes = {sha256 = "ab"}

[[packages]]
name = "mine"
directory = {path = "."}

[[packages]]
name = "tomli"
version = "2.0"
marker = "python_version < '3.11'"
[[packages.wheels]]
path = "tomli-2.0-py3-none-any.whl"
hashes = {sha256 = "ab"}
"""


def test_a_pylock(read):
    found = read(PYLOCK, name="pylock.toml")
    assert pins(found) == {"torch": "2.7.0"} and "mine has no version" in unread(found)
    with pytest.raises(TargetError, match=r"is for Python >=3\.10, and the target is 3\.9"):
        read(PYLOCK, name="pylock.serve.toml", python="3.9")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("torch==2.7.0\ntorch==2.8.0\n", "pinned twice: 2.7.0 in line 1"),
        ("torch = 2.7\n", "line 1 of .* is no requirement"),
        ("peft\n", "pins no version with =="),
        ("", "pins no version with =="),
        ("-r missing.txt\n", "missing.txt cannot be read"),
        ("-r requirements.txt\n", "name each other"),
        ("x-1.whl\n", "names a wheel that is none"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(read, text, said):
    with pytest.raises(TargetError, match=said):
        read(text)


@pytest.mark.parametrize(
    "text", ["a = [", "lock-version = '1.0'\n", "lock-version = '2.0'\ncreated-by='x'\npackages=[]\n"]
)
def test_a_bad_pylock(read, text):
    with pytest.raises(TargetError, match="is no pylock"):
        read(text, name="pylock.toml")


def test_a_version_that_is_none(read):
    with pytest.raises(TargetError, match="is no version of Python"):
        read("torch==2.7.0\n", python="3.x")


@pytest.mark.parametrize(
    ("label", "cuda"),
    [("cu121", "12.1"), ("cu92", "9.2"), ("cu130", "13.0"), ("cpu", ""), ("cu1", ...), ("cu1210", ...)],
)
def test_the_label_of_torch_tells_its_cuda(read, label, cuda):
    fact = read(f"torch==2.1.2+{label}\n").get(TORCH_BUILD)
    assert isinstance(fact, Unknown) if cuda is ... else (fact.value.cuda or "") == cuda


def test_files_that_name_each_other_more_and_more_often_are_refused(read):
    with pytest.raises(TargetError, match="more than 100 files"):
        read("-r a.txt\n" * 11, a="-r b.txt\n" * 10, b="torch==2.7.0\n")


def test_more_entries_without_a_version_than_any_list_has_are_refused(read):
    with pytest.raises(TargetError, match=r"more than 2,500 entries pin no version, such as \./2500"):
        read("".join(f"./{number}\n" for number in range(MOST + 1)))


@given(st.text(max_size=200))
def test_whatever_the_text_is_it_is_read_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "requirements.txt"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        snapshot = read_listed(path, target_of(python="3.11"))
    except TargetError:
        return
    assert isinstance(snapshot.get(DISTRIBUTIONS), Known)


@pytest.mark.parametrize(
    ("name", "entry"),
    [("requirements.txt", "p{0}==1\n"), ("pylock.toml", '[[packages]]\nname = "p{0}"\nversion = "1"\n')],
)
def test_a_list_of_more_distributions_than_any_environment_holds_is_refused(tmp_path, name, entry):
    path = tmp_path / name
    head = 'lock-version = "1.0"\ncreated-by = "x"\n' if name == "pylock.toml" else ""
    path.write_text(head + "".join(map(entry.format, range(MOST + 1))))
    with pytest.raises(TargetError, match=r"names more than 2,500 distributions") as refused:
        read_listed(path, target_of(python="3.11"))
    assert "pip freeze" in refused.value.hint


def test_a_list_of_more_bytes_than_any_is_refused(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(TargetError, match=r"has more than 8 MiB"):
        read_listed(path, target_of(python="3.11"))
