"""Reading a matrix that was handed on: whole, with the right checksum, or not at all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from doctor.core.errors import MatrixError
from doctor.matrix.bundle import read_bundle
from doctor.matrix.fetch import is_encrypted, join_suffix, without_credentials
from doctor.matrix.validation import check_bundle
from tests.matrix.bundles import folder, later_torch, publish, serving, tables, tarred, zipped

FILES = {"a.toml": b"schema = 1\n", "locks/x.txt": b"one==1\n"}


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("under", ["", "matrices/", "release-1/matrices/"])
def test_an_archive(tmp_path: Path, pack, under: str) -> None:
    packed = pack({f"{under}{name}": content for name, content in FILES.items()})
    bundle = read_bundle(str(publish(tmp_path / "matrix.bin", packed)))
    assert bundle.files == FILES and list(bundle.tables) == ["a.toml"]


def test_a_folder(tmp_path: Path) -> None:
    assert read_bundle(str(folder(tmp_path, FILES))).files == FILES


def test_a_single_file(tmp_path: Path) -> None:
    assert read_bundle(str(publish(tmp_path / "one.toml", b"schema = 1\n"))).files == {"one.toml": b"schema = 1\n"}


def test_only_files_of_a_matrix_are_taken_out(tmp_path: Path) -> None:
    others = {"../../evil.toml": b"", "/etc/evil.toml": b"", "run.py": b"", "a/b/c/deep.toml": b"", "setup.txt": b"x"}
    for pack in (zipped, tarred):
        bundle = read_bundle(str(publish(tmp_path / "x.bin", pack({**FILES, **others}))))
        assert set(bundle.files) - {"evil.toml"} == set(FILES)
    linked = tarred(FILES, ("b.toml", "/etc/passwd"), ("locks/y.txt", "../a.toml"))
    assert read_bundle(str(publish(tmp_path / "x.bin", linked))).files == FILES
    assert list(tmp_path.glob("**/evil*")) == []


def refused(source: str, **options: float) -> str:
    with pytest.raises(MatrixError) as caught:
        read_bundle(source, **options)
    return caught.value.message


def test_another_checksum(tmp_path: Path) -> None:
    path = publish(tmp_path / "m.zip", zipped(FILES))
    path.write_bytes(zipped({"b.toml": b""}))
    assert "is not what was published" in refused(str(path))
    path = folder(tmp_path / "folder", FILES)
    (path / "a.toml").write_bytes(b"schema = 2\n")
    assert "is not what was published" in refused(str(path))
    (path / "extra.toml").write_bytes(b"")
    folder(path, FILES)
    assert "no checksum is listed for it" in refused(str(path))


@pytest.mark.parametrize("text", ["", "no checksum\n", "0" * 64 + "  other.zip\n" + "1" * 64 + "  third.zip\n"])
def test_a_checksum_of_something_else(tmp_path: Path, text: str) -> None:
    path = publish(tmp_path / "m.zip", zipped(FILES))
    Path(f"{path}.sha256").write_text(text)
    assert "no checksum is listed for it" in refused(str(path))


def test_without_a_checksum(tmp_path: Path) -> None:
    path = publish(tmp_path / "m.zip", zipped(FILES))
    Path(f"{path}.sha256").unlink()
    assert "has no checksum beside it" in refused(str(path))
    (tmp_path / "folder").mkdir()
    assert "has no SHA256SUMS" in refused(str(tmp_path / "folder"))


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b broken", b"PK\x03\x04 broken", b"plain text"])
def test_what_is_no_archive(tmp_path: Path, content: bytes) -> None:
    message = refused(str(publish(tmp_path / "m.bin", content)))
    assert "no archive that can be read" in message or "holds no matrix" in message


def test_an_archive_without_a_matrix(tmp_path: Path) -> None:
    assert "holds no matrix" in refused(str(publish(tmp_path / "m.zip", zipped({"README": b"x"}))))


def test_an_archive_that_unpacks_to_more_than_it_may(tmp_path: Path) -> None:
    large = b"#" * (40 * 1024 * 1024)
    for pack in (zipped, tarred):
        path = publish(tmp_path / "m.bin", pack({"a.toml": large, "b.toml": large}))
        assert path.stat().st_size < 1024 * 1024
        assert "unpacks to more than" in refused(str(path))


def test_what_is_not_there_or_no_file(tmp_path: Path) -> None:
    assert "cannot be read" in refused(str(tmp_path / "missing.zip"))
    assert "cannot be read" in refused("a\0b")
    assert "no regular file" in refused("/dev/null")


class TestAddress:
    def test_an_archive(self, tmp_path: Path) -> None:
        publish(tmp_path / "m.zip", zipped(FILES))
        with serving(tmp_path) as address:
            assert read_bundle(f"{address}/m.zip").files == FILES
            assert read_bundle(f"{address}/m.zip?token=secret").source == f"{address}/m.zip"
            assert read_bundle(f"{address}/moved/m.zip").files == FILES

    def test_what_goes_wrong_on_the_way(self, tmp_path: Path) -> None:
        publish(tmp_path / "breaks-off.zip", zipped(FILES))
        publish(tmp_path / "large.toml", b"#" * (21 * 1024 * 1024))
        (tmp_path / "alone.zip").write_bytes(zipped(FILES))
        with serving(tmp_path) as address:
            assert "the server says 404" in refused(f"{address}/missing.zip")
            assert "has no checksum beside it" in refused(f"{address}/alone.zip")
            assert "cannot be fetched" in refused(f"{address}/stalls.zip", timeout=0.3)
            assert "is not allowed" in refused(f"{address}/to-file")
            assert "too large" in refused(f"{address}/large.toml")
            # urllib hands on what came when it is asked for a number of bytes: the checksum tells.
            message = refused(f"{address}/breaks-off.zip")
            assert "cannot be fetched" in message or "is not what was published" in message
        assert "cannot be fetched" in refused(f"{address}/m.zip")

    def test_credentials_are_not_shown(self) -> None:
        assert without_credentials("https://me:secret@example.org/m.zip?key=1#x") == "https://example.org/m.zip"
        message = refused("http://me:secret@127.0.0.1:9/m.zip", timeout=0.5)
        assert "secret" not in message

    def test_the_checksum_stands_beside_the_path(self) -> None:
        assert join_suffix("https://example.org/m.zip?v=1", ".sha256") == "https://example.org/m.zip.sha256?v=1"

    def test_what_others_could_change_on_the_way(self) -> None:
        assert is_encrypted("https://example.org/m") and is_encrypted("/data/m.zip")
        assert not is_encrypted("HTTP://example.org/m")


class TestWhole:
    def test_the_shipped_matrix_is_one(self, tmp_path: Path) -> None:
        part = check_bundle(read_bundle(str(publish(tmp_path / "m.zip", zipped(tables())))))
        assert part.updated == "2030-01-01" and len(part.rows) > 300

    def test_a_few_rows_are_none(self, tmp_path: Path) -> None:
        files = {name: content for name, content in tables().items() if not name.startswith("breakages")}
        with pytest.raises(MatrixError, match="no rows of the kind Breakage"):
            check_bundle(read_bundle(str(publish(tmp_path / "m.zip", zipped(files)))))

    def test_errors_have_their_place(self, tmp_path: Path) -> None:
        files = {**tables(), "zzz.toml": b'schema = 1\nupdated = "2030-01-01"\nwrong = 1\n'}
        with pytest.raises(MatrixError, match=re.escape("zzz.toml:3:1: the key 'wrong' is not known")):
            check_bundle(read_bundle(str(publish(tmp_path / "m.zip", zipped(files)))))

    def test_a_pattern_that_may_take_for_ever_is_refused(self, tmp_path: Path) -> None:
        row = '[[breakage]]\nname = "x"\ncause = "other"\nreason = "r"\nfix = "f"\nbasis = "reported"\n'
        row += "sources = ['https://example.org']\nsymptoms = ['(a+)+ broke']\n"
        files = {**tables(), "zzz.toml": f'schema = 1\nupdated = "2030-01-01"\n{row}'.encode()}
        with pytest.raises(MatrixError, match=r"a repeat without an end|within a repeat"):
            check_bundle(read_bundle(str(publish(tmp_path / "m.zip", zipped(files)))))

    def test_releases_come_with_it(self, tmp_path: Path) -> None:
        files = {f"matrices/{name}": content for name, content in {**tables(), **later_torch()}.items()}
        bundle = read_bundle(str(publish(tmp_path / "m.zip", zipped(files))))
        assert list(bundle.derived) == ["releases/torch.json"]
        assert read_bundle(str(folder(tmp_path / "m", {**tables(), **later_torch()}))).derived == bundle.derived

    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            ("releases/torch.json", b'{"schema":1,', "cannot be read"),
            (
                "releases/torch.json",
                b'{"schema":1,"package":"numpy","releases":{"1.0":{"uploaded":""}}}',
                "found those",
            ),
            # What ships with doctor speaks of releases that this list leaves out.
            ("releases/vllm.json", b'{"schema":1,"package":"vllm","releases":{"0.4.0":{"uploaded":""}}}', "release"),
            ("vllm/surprise.json", b"{}", "found another name"),
        ],
    )
    def test_releases_that_do_not_fit_are_refused(self, tmp_path: Path, name: str, content: bytes, words: str) -> None:
        bundle = read_bundle(str(publish(tmp_path / "m.zip", zipped({**tables(), name: content}))))
        with pytest.raises(MatrixError, match=words):
            check_bundle(bundle)
