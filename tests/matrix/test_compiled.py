"""The matrix that a wheel holds is that of the TOML files."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import doctor
from doctor.core.errors import MatrixError
from doctor.matrix.checked import check_shipped
from doctor.matrix.compiled import compile_part, read_compiled
from doctor.matrix.load import load_matrix
from doctor.matrix.shipped import COMPILED


def test_what_is_compiled_reads_back_the_same():
    written = check_shipped()
    read = read_compiled(compile_part(written))
    assert (read.newest, read.updated, read.digest) == (written.newest, written.updated, written.digest)
    kinds = {type(row) for row in written.rows}
    assert len(kinds) > 4
    for kind in kinds:  # the kinds follow each other, the rows of each keep their order
        assert [row for row in read.rows if type(row) is kind] == [row for row in written.rows if type(row) is kind]


def test_the_same_rows_give_the_same_bytes():
    assert compile_part(check_shipped()) == compile_part(check_shipped())


@pytest.mark.parametrize("content", [b"", b"[]", b'{"digest": "", "updated": "", "newest": {}, "rows": {"none": []}}'])
def test_a_damaged_file_is_an_error(content):
    with pytest.raises(MatrixError, match="the matrix that ships with doctor is damaged"):
        read_compiled(content)


@pytest.mark.parametrize("zipped", [False, True])
def test_an_installation_reads_it_in_place_of_the_toml_files(tmp_path, zipped):
    """Nothing but the compiled file is there: what is loaded can come from it only."""
    package = Path(doctor.__file__).parent
    archive = tmp_path / "doctor.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in package.rglob("*.py"):
            file.write(path, path.relative_to(package.parent))
        file.writestr(f"doctor/matrices/{COMPILED}", compile_part(check_shipped()))
    if not zipped:
        zipfile.ZipFile(archive).extractall(tmp_path / "site")
    where = archive if zipped else tmp_path / "site"
    program = "from doctor.matrix.load import load_matrix; m = load_matrix(); print(m.version, len(m.sets))"
    known = load_matrix()
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(where)!r}); {program}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [known.version, str(len(known.sets))]
