"""Installed distributions and what surrounds them, on real little trees."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.core.fact import Known, Reason, Unknown
from doctor.probes.packages.distributions import DISTRIBUTIONS_PROBE
from doctor.probes.packages.folders import printable
from doctor.probes.packages.metadata import parse_headers, parse_requires_txt, read_headers
from tests.probes.trees import distributions, find, install, leftovers, site_of, target_of


class TestMetadata:
    def test_states_name_version_requirements_and_modules(self, tmp_path):
        files = {"flash_attn/__init__.py": b"", "_C.abi3.so": b"", "one.py": b""}
        requires = ["torch", 'einops; extra == "more"']
        install(site_of(tmp_path), "Flash_Attn", "2.6.1", files, requires=requires)
        item = distributions(target_of(tmp_path))["flash-attn"]
        assert (item.version, item.installer, item.origin) == ("2.6.1", "pip", "index")
        assert item.requires.value == ("torch", 'einops; extra == "more"')
        assert item.top_level == ("_C", "flash_attn", "one")
        assert item.wheel_tags == ("py3-none-any",)

    def test_the_description_states_nothing(self):
        """A README inside of METADATA that quotes headers must not add requirements."""
        assert parse_headers(b"Name: a\nVersion: 1\n\nRequires-Dist: torch\n").requires == ()

    def test_continued_lines_and_windows_line_ends_and_case(self):
        found = parse_headers(
            b"\xef\xbb\xbfNAME: a\r\nversion: 1\r\nRequires-Dist: torch\r\n  >=2\r\n\r\nRequires-Dist: b\r\n"
        )
        assert (found.name, found.version, found.requires) == ("a", "1", ("torch >=2",))

    def test_latin_1_is_read(self, tmp_path):
        info = install(site_of(tmp_path), "one", "1")
        info.joinpath("METADATA").write_bytes(b"Name: one\nVersion: 1\nAuthor: Jos\xe9\nRequires-Dist: torch\n\n\xff")
        assert distributions(target_of(tmp_path))["one"].requires.value == ("torch",)

    @pytest.mark.parametrize("content", [b"", b"\x00\xff\x93" * 5000, b"Name: one\n", b"\n\nName: one\nVersion: 1\n"])
    def test_what_states_no_name_and_version_is_unknown(self, tmp_path, content):
        info = install(site_of(tmp_path), "one", "1")
        info.joinpath("METADATA").write_bytes(content)
        item = distributions(target_of(tmp_path))["one"]
        assert item.version == "1"
        assert isinstance(item.requires, Unknown) and item.requires.reason is Reason.MALFORMED
        assert isinstance(item.requires_python, Unknown)

    def test_headers_that_are_longer_than_any_are_unknown_and_not_cut(self, tmp_path):
        file = install(site_of(tmp_path), "one", "1") / "METADATA"
        line = b"Requires-Dist: two\n"
        file.write_bytes(b"Name: one\nVersion: 1\n" + line * ((1 << 20) // len(line) + 1000))
        item = distributions(target_of(tmp_path))["one"]
        assert isinstance(item.requires, Unknown) and "more than 1 MiB" in item.requires.detail

    @pytest.mark.parametrize("gap", [b"\n\n", b"\n\r\n"])
    @pytest.mark.parametrize("length", range(16382, 16386))
    def test_the_end_of_the_headers_is_found_where_pieces_of_the_file_meet(self, tmp_path, gap, length):
        path = tmp_path / "METADATA"
        path.write_bytes(b"x" * length + gap + b"y" * 100_000)
        assert len(read_headers(str(path))) <= 2 * 16384

    def test_a_missing_one_is_unknown_and_the_folder_names_it(self, tmp_path):
        info = install(site_of(tmp_path), "one", "1.0")
        info.joinpath("METADATA").unlink()
        item = distributions(target_of(tmp_path))["one"]
        assert item.version == "1.0" and isinstance(item.requires, Unknown)
        assert leftovers(target_of(tmp_path)) == {("no-metadata", "one-1.0.dist-info")}

    @pytest.mark.parametrize("kind", ["folder", "pipe", "loop"])
    def test_one_that_is_no_file_is_unknown_and_does_not_hang(self, tmp_path, kind):
        file = install(site_of(tmp_path), "one", "1") / "METADATA"
        file.unlink()
        {"folder": file.mkdir, "pipe": lambda: os.mkfifo(file), "loop": lambda: file.symlink_to(file)}[kind]()
        install(site_of(tmp_path), "two", "2")
        found = distributions(target_of(tmp_path))
        assert isinstance(found["one"].requires, Unknown)
        assert isinstance(found["two"].requires, Known)

    def test_odd_names_are_made_printable(self, tmp_path):
        info = install(site_of(tmp_path), "one", "1")
        info.joinpath("METADATA").write_bytes(b"Name: o\x1b[31mne\nVersion: 1\x07\n")
        (site_of(tmp_path) / os.fsdecode(b"b\xffd-1.dist-info")).mkdir()
        facts = find(DISTRIBUTIONS_PROBE, target_of(tmp_path))
        texts = [facts["distributions"][0].name, facts["distributions"][0].version, facts["leftovers"][0].path]
        assert all(text.isprintable() for text in texts), texts
        assert json.loads(json.dumps(texts)) == texts

    @given(st.binary(max_size=400))
    def test_parsers_never_raise(self, content):
        found = parse_headers(content)
        assert all(isinstance(line, str) for line in found.requires)
        assert all(isinstance(line, str) for line in parse_requires_txt(content))
        assert printable(found.name).isprintable() or not found.name

    def test_sections_of_requires_txt_become_markers(self):
        content = b"torch\n\n[:python_version < '3.8']\ndataclasses\n\n[dev]\npytest\n\n[gpu:os_name == 'nt']\ncupy\n"
        assert parse_requires_txt(content) == (
            "torch",
            "dataclasses ; (python_version < '3.8')",
            'pytest ; extra == "dev"',
            "cupy ; (os_name == 'nt') and extra == \"gpu\"",
        )


class TestEggs:
    def test_egg_info_folder_and_file(self, tmp_path):
        site = site_of(tmp_path)
        folder = site / "old-1.0-py3.11.egg-info"
        folder.mkdir()
        (folder / "PKG-INFO").write_text("Name: old\nVersion: 1.0\n")
        (folder / "requires.txt").write_text("torch\n")
        (site / "older-0.9.egg-info").write_text("Name: older\nVersion: 0.9\n")
        found = distributions(target_of(tmp_path))
        assert found["old"].requires.value == ("torch",)
        assert (found["older"].version, found["older"].requires.value) == ("0.9", ())

    def test_egg_link_means_editable(self, tmp_path):
        source = tmp_path / "source"
        (source / "mine.egg-info").mkdir(parents=True)
        (source / "mine.egg-info" / "PKG-INFO").write_text("Name: mine\nVersion: 1\n")
        site = site_of(tmp_path)
        (site / "mine.egg-link").write_text(f"{source}\n.")
        target = target_of(tmp_path, search_path=(str(site), str(source)))
        assert distributions(target)["mine"].origin == "editable"


class TestOrigin:
    @pytest.mark.parametrize(
        ("stated", "origin", "detail"),
        [
            ({"url": "https://me:secret@h.org/a.whl?token=x#y", "archive_info": {}}, "url", "https://h.org/a.whl"),
            ({"url": "file:///src/a", "dir_info": {"editable": True}}, "editable", "file:///src/a"),
            ({"url": "file:///src/a", "dir_info": {}}, "local", "file:///src/a"),
            ({"url": "https://t:p@h.org/a.git", "vcs_info": {"vcs": "git", "commit_id": "ab"}}, "vcs", "git+https://h.org/a.git@ab"),
            ({"url": "http://[bad"}, "url", ""),
            ([], "url", ""),
        ],
    )  # fmt: skip
    def test_direct_url_without_credentials(self, tmp_path, stated, origin, detail):
        info = install(site_of(tmp_path), "one", "1")
        (info / "direct_url.json").write_text(json.dumps(stated))
        item = distributions(target_of(tmp_path))["one"]
        assert (item.origin, item.origin_detail) == (origin, detail)

    def test_conda_and_requested(self, tmp_path):
        info = install(site_of(tmp_path), "one", "1", installer="conda\n")
        (info / "REQUESTED").touch()
        item = distributions(target_of(tmp_path))["one"]
        assert (item.origin, item.requested) == ("conda", True)

    def test_suffixes_of_a_wheel_for_another_python(self, tmp_path):
        files = {"one/_a.cpython-312-x86_64-linux-gnu.so": b"", "one/_b.abi3.so": b""}
        install(site_of(tmp_path), "one", "1", files, tag="cp312-cp312-linux_x86_64")
        item = distributions(target_of(tmp_path, tags=("cp311-cp311-linux_x86_64",)))["one"]
        assert item.extension_suffixes == (".abi3.so", ".cpython-312-x86_64-linux-gnu.so")


class TestSearchPath:
    def test_the_earlier_entry_wins(self, tmp_path):
        user, site = tmp_path / "user", site_of(tmp_path)
        install(user, "numpy", "2.0")
        install(site, "numpy", "1.26.4")
        for virtual, expected in ((False, "2.0"), (True, "1.26.4")):
            base = "/usr" if virtual else str(tmp_path)
            target = target_of(tmp_path, user_site=str(user), user_site_enabled=True, base_prefix=base)
            assert distributions(target)["numpy"].version == expected

    def test_what_a_pth_file_of_the_user_adds_is_searched_and_its_code_is_not_run(self, tmp_path):
        user, more = tmp_path / "user", tmp_path / "more"
        install(more, "peft", "0.12.0")
        user.mkdir()
        marker = tmp_path / "ran"
        (user / "a.pth").write_text(f"# a comment\nimport os; os.mkdir({str(marker)!r})\n\n../more\n")
        (user / "b.pth").mkdir()
        target = target_of(tmp_path, user_site=str(user), user_site_enabled=True)
        assert distributions(target)["peft"].version == "0.12.0"
        assert not marker.exists()

    def test_pythonpath_comes_first(self, tmp_path):
        install(tmp_path / "extra", "torch", "9")
        install(site_of(tmp_path), "torch", "2")
        target = target_of(tmp_path, python_path=(str(tmp_path / "extra"), str(tmp_path / "nowhere")))
        assert distributions(target)["torch"].version == "9"

    def test_a_link_to_the_same_folder_counts_once(self, tmp_path):
        site = site_of(tmp_path)
        install(site, "one", "1")
        (tmp_path / "lib64").symlink_to(tmp_path / "lib")
        target = target_of(tmp_path, search_path=(str(site), str(tmp_path / "lib64" / "python3.11" / "site-packages")))
        assert len(find(DISTRIBUTIONS_PROBE, target)["distributions"]) == 1

    def test_a_folder_that_cannot_be_listed_makes_all_unknown(self, tmp_path):
        loop = tmp_path / "loop"
        loop.symlink_to(loop)
        facts = find(DISTRIBUTIONS_PROBE, target_of(tmp_path, search_path=(str(site_of(tmp_path)), str(loop))))
        assert all(isinstance(fact, Unknown) for fact in facts.values())

    def test_symlink_loops_inside_are_passed_over(self, tmp_path):
        site = site_of(tmp_path)
        install(site, "one", "1")
        for name in ("loop", "loop.dist-info", "~loop"):
            (site / name).symlink_to(site / name)
        (site / "one" / "up").symlink_to(site)
        assert set(distributions(target_of(tmp_path))) == {"one"}
