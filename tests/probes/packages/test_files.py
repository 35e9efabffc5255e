"""Files held against RECORD, on real trees and real shared libraries."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.core.fact import Unknown
from doctor.probes.packages.claims import Claim
from doctor.probes.packages.damage import compare
from doctor.probes.packages.files import FILES_PROBE
from doctor.probes.packages.records import (
    LARGEST,
    extension_suffixes_of,
    lines_by_folder,
    parse_record,
    split_record,
    top_level_of,
)
from tests.probes.trees import find, install, site_of, target_of


def damaged(target):
    return find(FILES_PROBE, target)["damaged_files"]


def brief(target):
    """(name of the file, damage) of what is damaged."""
    return sorted((item.path.rstrip("/").rpartition("/")[2], item.damage) for item in damaged(target))


def shared(target):
    return find(FILES_PROBE, target)["shared_files"]


def rewrite(path, content):
    path.unlink()
    path.write_bytes(content)


class TestRecord:
    @given(st.binary(max_size=400))
    def test_parsing_never_raises(self, content):
        record = parse_record(content)
        assert all(isinstance(line.size, int) or line.size is None for line in record.lines)
        top_level_of(content)
        extension_suffixes_of(content)

    @given(
        st.lists(
            st.one_of(
                st.from_regex(r"(/?[ab]{1,2}/){0,2}[ab.]{0,3},[s=]{0,2},[0-9]{0,2}", fullmatch=True),
                st.text(alphabet='ab/.,"\0\r1', max_size=8),
                st.sampled_from(['"a/x,y",s=,2', '"a/""b",,', '"a,b",s,many', "a/x,y,s=,2"]),
            )
        ),
        st.sampled_from(["\n", "\r\n"]),
    )
    def test_whole_runs_of_lines_are_what_the_lines_are_one_by_one(self, lines, end):
        content = end.join(lines).encode()
        rows, bad = split_record(content)
        expected = {}
        for path, digest, size in rows:
            parent, slash, name = path.rpartition("/")
            expected.setdefault(parent or slash, []).append((name, digest, size))
        found, bad_lines = lines_by_folder(content)
        columns = {parent: iter(text.split("\n")) for parent, text in found.items()}
        files = {parent: sorted(zip(each, each, each, strict=True)) for parent, each in columns.items()}
        # Those in quotes come first.
        assert (files, bad_lines) == ({parent: sorted(lines) for parent, lines in expected.items()}, bad)

    def test_quoted_paths_and_lines_that_make_no_sense(self):
        record = parse_record(b'"a,b.py",sha256=x,3\r\n\nnonsense\nc.py,,\nd.py,sha256=x,many\n,,\n"open,,\n')
        assert [(line.path, line.size) for line in record.lines] == [("a,b.py", 3), ("c.py", None)]
        assert record.bad_lines == (3, 5, 6, 7)

    @pytest.mark.parametrize("content", [b"", b"\x00\xff\x00,,\n", b"a\nb\nc\n", b"x" * 100000])
    def test_an_unusable_one_is_reported(self, tmp_path, content):
        install(site_of(tmp_path), "one", "1").joinpath("RECORD").write_bytes(content)
        assert brief(target_of(tmp_path)) == [("RECORD", "record")]

    @pytest.mark.parametrize("path", ["/etc/passwd", "../../../../../../etc/passwd", "../../../../outside.py"])
    def test_paths_out_of_the_environment_are_not_looked_at(self, tmp_path, path):
        """They would be missing or of another size: only that they are named is reported."""
        record = install(site_of(tmp_path), "one", "1") / "RECORD"
        record.write_text(record.read_text() + f"{path},sha256=x,1\n")
        [item] = damaged(target_of(tmp_path))
        assert item.damage == "record" and path in item.found

    @pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
    def test_without_one_it_cannot_be_checked(self, tmp_path, kind):
        record = install(site_of(tmp_path), "one", "1") / "RECORD"
        record.unlink()
        {"missing": lambda: None, "folder": record.mkdir, "pipe": lambda: os.mkfifo(record)}[kind]()
        assert brief(target_of(tmp_path)) == [("RECORD", "record")]

    def test_one_that_is_larger_than_any_is_not_read(self, tmp_path):
        record = install(site_of(tmp_path), "one", "1") / "RECORD"
        with record.open("r+b") as file:
            file.truncate(LARGEST + 1)
        [item] = damaged(target_of(tmp_path))
        assert (item.damage, item.found) == ("record", "it has more than 32 MiB")

    def test_debian_writes_none(self, tmp_path):
        site = tmp_path / "lib" / "python3" / "dist-packages"
        info = install(site, "one", "1")
        (info / "RECORD").unlink()
        (info / "INSTALLER").unlink()
        assert damaged(target_of(tmp_path, search_path=(str(site),))) == ()


class TestDamage:
    def test_untouched_is_sound(self, tmp_path):
        install(site_of(tmp_path), "one", "1")
        install(site_of(tmp_path), "two", "2", {"two.py": b"x", "two.libs/libz.so.1": b"x"})
        assert damaged(target_of(tmp_path)) == ()
        assert damaged(target_of(tmp_path, deep=True)) == ()

    def test_missing_cut_and_emptied(self, tmp_path):
        site = site_of(tmp_path)
        files = {
            "one/__init__.py": b"x = 1",
            "one/model.py": b"y = 22222",
            "one/data.json": b"{}",
            "one/libc10.so": b"x",
        }
        install(site, "one", "1", files)
        rewrite(site / "one" / "__init__.py", b"")
        rewrite(site / "one" / "model.py", b"y = ")
        (site / "one" / "libc10.so").unlink()
        assert brief(target_of(tmp_path)) == [("__init__.py", "size"), ("libc10.so", "missing"), ("model.py", "size")]
        sizes = {(item.expected, item.found) for item in damaged(target_of(tmp_path)) if item.damage == "size"}
        assert sizes == {("5", "0"), ("9", "4")}

    def test_same_size_is_seen_with_deep_only(self, tmp_path):
        site = site_of(tmp_path)
        install(site, "one", "1", {"one/__init__.py": b"x = 1"})
        rewrite(site / "one" / "__init__.py", b"x = 2")
        assert damaged(target_of(tmp_path)) == ()
        assert brief(target_of(tmp_path, deep=True)) == [("__init__.py", "hash")]

    def test_a_missing_folder_is_one_entry(self, tmp_path):
        site = site_of(tmp_path)
        install(site, "torch", "2", {f"torch/{part}/f{number}.py": b"" for part in "abc" for number in range(50)})
        shutil.rmtree(site / "torch")
        [item] = damaged(target_of(tmp_path))
        assert (item.path, item.damage, item.count) == (f"{site}/torch/", "missing", 150)

    def test_beyond_twenty_files_are_counted(self, tmp_path):
        site = site_of(tmp_path)
        install(site, "one", "1", {f"one/f{number}.py": b"x" for number in range(100)})
        for number in range(90):
            (site / "one" / f"f{number}.py").unlink()
        found = damaged(target_of(tmp_path))
        assert len(found) == 21 and sum(item.count for item in found) == 90

    def test_compiled_python_and_what_installers_write_are_left_out(self, tmp_path):
        site = site_of(tmp_path)
        info = install(
            site, "one", "1", {"one/__init__.py": b"", "one/__pycache__/a.pyc": b"x", "../../../bin/one": b"x"}
        )
        (site / "one" / "__pycache__" / "a.pyc").unlink()
        (tmp_path / "bin" / "one").write_text("#!/another/python")
        rewrite(info / "INSTALLER", b"conda-thing")
        assert damaged(target_of(tmp_path)) == ()

    def test_data_files_of_the_environment_count(self, tmp_path):
        install(site_of(tmp_path), "one", "1", {"../../../share/one/a.json": b"{}", "one.py": b""})
        (tmp_path / "share" / "one" / "a.json").unlink()
        assert brief(target_of(tmp_path)) == [("a.json", "missing")]

    def test_a_link_to_nowhere_or_to_itself_is_missing(self, tmp_path):
        site = site_of(tmp_path)
        install(site, "one", "1", {"one/a.py": b"x", "one/b.py": b"x", "one/c.py": b"x"})
        for name, leads_to in (("a", "nowhere"), ("b", "b.py")):
            (site / "one" / f"{name}.py").unlink()
            (site / "one" / f"{name}.py").symlink_to(leads_to)
        shutil.move(site / "one" / "c.py", tmp_path / "c.py")
        (site / "one" / "c.py").symlink_to(tmp_path / "c.py")
        assert brief(target_of(tmp_path)) == [("a.py", "missing"), ("b.py", "missing")]

    def test_a_pipe_in_place_of_a_library_does_not_hang(self, tmp_path):
        site = site_of(tmp_path)
        install(site, "one", "1", {"one/a.so": b"x", "one/b.py": b""})
        for name in ("a.so", "b.py"):
            (site / "one" / name).unlink()
            os.mkfifo(site / "one" / name)
        assert brief(target_of(tmp_path, deep=True)) == [("a.so", "size"), ("b.py", "unreadable")]

    def test_a_shadowed_distribution_is_not_checked(self, tmp_path):
        site = site_of(tmp_path)
        install(tmp_path / "extra", "one", "1")
        install(site, "one", "1")
        (site / "one" / "__init__.py").unlink()
        assert damaged(target_of(tmp_path, python_path=(str(tmp_path / "extra"),))) == ()


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A real shared library with symbols, and the same one stripped."""
    folder = tmp_path_factory.mktemp("library")
    source = folder / "a.c"
    source.write_text("int table[5000] = {1}; int answer(void) { return table[1]; }\n")
    subprocess.run(["gcc", "-g", "-shared", "-fPIC", "-o", folder / "a.so", source], check=True)
    subprocess.run(["strip", "-o", folder / "stripped.so", folder / "a.so"], check=True)
    return (folder / "a.so").read_bytes(), (folder / "stripped.so").read_bytes()


class TestLibraries:
    @pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9, 0.999])
    def test_a_cut_library_is_truncated(self, tmp_path, library, share):
        whole, _ = library
        install(site_of(tmp_path), "one", "1", {"one/a.so": whole})
        rewrite(site_of(tmp_path) / "one" / "a.so", whole[: int(len(whole) * share)])
        assert brief(target_of(tmp_path)) == [("a.so", "truncated")]

    def test_a_stripped_library_is_whole(self, tmp_path, library):
        whole, stripped = library
        install(site_of(tmp_path), "one", "1", {"one/a.so": whole})
        rewrite(site_of(tmp_path) / "one" / "a.so", stripped)
        assert brief(target_of(tmp_path)) == [("a.so", "size")]


class TestSharedFiles:
    def test_one_overwrites_the_other(self, tmp_path):
        site = site_of(tmp_path)
        path = "nvidia/nccl/lib/libnccl.so.2"
        install(site, "nvidia-nccl-cu13", "2.27", {path: b"thirteen", "nvidia/__init__.py": b""})
        install(site, "nvidia-nccl-cu12", "2.20", {path: b"twelve", "nvidia/__init__.py": b""})
        [item] = shared(target_of(tmp_path))
        assert item.owners == ("nvidia-nccl-cu12", "nvidia-nccl-cu13")
        assert (item.what, item.kind, item.count, item.differing) == (path, "package", 2, True)
        assert item.winner == "nvidia-nccl-cu12"
        assert damaged(target_of(tmp_path)) == ()

    def test_identical_files_do_not_differ(self, tmp_path):
        for name in ("one", "two"):
            install(site_of(tmp_path), name, "1", {"space/__init__.py": b"", f"space/{name}.py": b"x"})
        [item] = shared(target_of(tmp_path))
        assert not item.differing and item.what == "space/__init__.py"

    def test_commands(self, tmp_path):
        for name in ("one", "two"):
            install(site_of(tmp_path), name, "1", {"../../../bin/doctor": name.encode() * 2, f"{name}.py": b""})
        [item] = shared(target_of(tmp_path))
        assert (item.kind, item.what, item.owners, item.differing) == ("script", "doctor", ("one", "two"), True)

    def test_a_module_and_a_package_of_one_name(self, tmp_path):
        install(site_of(tmp_path), "nvidia-ml-py", "12", {"pynvml.py": b"x"})
        install(site_of(tmp_path), "pynvml", "11.5.3", {"pynvml/__init__.py": b"y"})
        [item] = shared(target_of(tmp_path))
        assert (item.what, item.owners, item.winner) == ("pynvml", ("nvidia-ml-py", "pynvml"), "pynvml")


class TestConda:
    def record(self, root, paths):
        meta = root / "conda-meta"
        meta.mkdir()
        (meta / "one-1-0.json").write_text(json.dumps({"paths_data": {"paths": paths}}))

    def entry(self, path, size, **more):
        return {"_path": f"lib/python3.11/site-packages/{path}", "size_in_bytes": size, **more}

    def test_files_are_held_against_its_own_record(self, tmp_path):
        install(site_of(tmp_path), "one", "1", {"one/a.py": b"x", "one/b.py": b"xx"}, installer="conda")
        paths = [
            self.entry("one-1.dist-info/METADATA", 1, prefix_placeholder="/old"),
            self.entry("one/a.py", 1),
            self.entry("one/b.py", 7),
            self.entry("one/gone.py", 7),
        ]
        self.record(tmp_path, paths)
        assert brief(target_of(tmp_path, conda_prefix=str(tmp_path))) == [("b.py", "size"), ("gone.py", "missing")]

    @pytest.mark.parametrize("paths", [[], {"a": 1}, ["text"], None])
    def test_without_a_usable_record_it_cannot_be_checked(self, tmp_path, paths):
        install(site_of(tmp_path), "one", "1", installer="conda")
        self.record(tmp_path, paths)
        assert [item.damage for item in damaged(target_of(tmp_path, conda_prefix=str(tmp_path)))] == ["record"]


def test_a_search_path_that_cannot_be_listed_is_unknown(tmp_path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    facts = find(FILES_PROBE, target_of(tmp_path, search_path=(str(loop),)))
    assert all(isinstance(fact, Unknown) for fact in facts.values())


@pytest.mark.parametrize(
    ("number", "damage"), [(errno.ENOENT, "missing"), (errno.ELOOP, "missing"), (errno.EIO, "unreadable")]
)
def test_a_disk_that_fails_is_not_a_file_that_is_gone(number, damage):
    found = compare("a.py", OSError(number, "the system's words"), Claim("one", "", 1))
    assert found.damage == damage
