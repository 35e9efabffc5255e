"""`doctor matrix validate` on the files about releases."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from doctor.matrix.fault import InvalidMatrixError
from doctor.matrix.validation import validate_files

MATRICES = Path(__file__).resolve().parents[2] / "matrices"
FILES = [*sorted(path.relative_to(MATRICES) for path in MATRICES.rglob("*.json")), Path("lora.toml")]


@pytest.fixture
def copy(tmp_path):
    """A copy of a shipped file, to be broken."""

    def make(name: str, **changes: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(MATRICES / name, path)
        text = path.read_text()
        for old, new in changes.values():
            assert old in text
            text = text.replace(old, new, 1)
        path.write_text(text)
        return path

    return make


def fault_of(path: Path):
    with pytest.raises(InvalidMatrixError) as caught:
        validate_files([path])
    (fault,) = caught.value.faults
    assert fault.file == str(path)
    return fault


@pytest.mark.parametrize("name", FILES, ids=str)
def test_what_ships_is_valid(name):
    assert validate_files([MATRICES / name]) > 0


def test_files_with_rows_and_without_are_checked_together():
    rows = validate_files([MATRICES / "cuda.toml"])
    assert validate_files([MATRICES / "cuda.toml", MATRICES / "lora.toml"]) > rows


def test_broken_json_has_a_line_and_a_column(copy):
    fault = fault_of(copy("releases/torch.json", change=('"2.1.2":{', '"2.1.2":')))
    assert fault.line == 7
    assert "releases/torch.json" in fault.message


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("releases/torch.json", '"package":"torch"', '"package":"numpy"', "expected the releases of torch"),
        ("releases/torch.json", '"uploaded":"2023-10-04"', '"uploaded":7', "Expected `str`, got `int`"),
        ("vllm/options.json", '["0.4.0"', '["0.4.7"', "names the release 0.4.7"),
        ("vllm/architectures.json", '{"0.4.0":', '{"9.4.0":', "names the release 9.4.0"),
        ("transformers/models.json", '["4.40.0"', '["4.39.0"', "names the release 4.39.0"),
        ("flash-attention.json", '"x86_64"]', '"x86_64",1]', "flash-attention.json"),
        ("lora.toml", '"0.5.5" = 0', '"0.5.5" = "none"', "lora.toml"),
        ("lora.toml", '"refused"', '"rejected"', "rejected"),
    ],
)
def test_what_is_wrong_is_named(copy, name, old, new, words):
    assert words in fault_of(copy(name, change=(old, new))).message


def test_toml_that_is_none_has_a_line(copy):
    assert fault_of(copy("lora.toml", change=("[cpu]", "[cpu"))).line > 1


def test_a_file_that_cannot_be_read(tmp_path):
    assert "cannot be read" in fault_of(tmp_path / "releases" / "torch.json").message


def test_no_release_is_no_file_of_releases(tmp_path):
    path = tmp_path / "torch.json"
    path.write_text('{"schema":1,"package":"torch","releases":{}}')
    assert "found none" in fault_of(path).message
