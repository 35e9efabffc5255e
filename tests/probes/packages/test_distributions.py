"""Installed distributions and what surrounds them, on real little trees."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.core.fact import Known, Reason, Unknown
from doctor.core.target import Target
from doctor.probes.interpreter import ask_interpreter
from doctor.probes.packages.distributions import DISTRIBUTIONS_PROBE
from doctor.probes.packages.folders import printable
from doctor.probes.packages.metadata import parse_headers, parse_requires_txt, read_headers
from tests.probes.trees import find, install, site_of, target_of


def distributions(target):
    return {item.name: item for item in find(DISTRIBUTIONS_PROBE, target)["distributions"] if not item.shadowed}


def leftovers(target):
    return {(item.kind, Path(item.path).name) for item in find(DISTRIBUTIONS_PROBE, target)["leftovers"]}


def shadows(target):
    return find(DISTRIBUTIONS_PROBE, target)["shadows"]


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


class TestLeftovers:
    def test_renamed_and_empty_metadata(self, tmp_path):
        site = site_of(tmp_path)
        (site / "~orch").mkdir()
        (site / "torch-2.4.0.dist-info").mkdir()
        assert leftovers(target_of(tmp_path)) == {("renamed", "~orch"), ("no-metadata", "torch-2.4.0.dist-info")}
        assert distributions(target_of(tmp_path)) == {}

    def test_of_two_metadata_folders_the_one_that_fits_the_files_is_kept(self, tmp_path):
        site = site_of(tmp_path)
        install(site, "torch", "2.5.0", {"torch/__init__.py": b"old one\n", "torch/gone.py": b""})
        install(site, "torch", "2.4.0", {"torch/__init__.py": b"as it is now\n"})
        target = target_of(tmp_path)
        (site / "torch" / "gone.py").unlink()
        assert distributions(target)["torch"].version == "2.4.0"
        assert leftovers(target) == {("duplicate", "torch-2.5.0.dist-info")}

    def test_an_egg_info_that_says_the_same_is_no_leftover(self, tmp_path):
        site = site_of(tmp_path)
        install(site, "one", "1")
        (site / "one.egg-info").mkdir()
        (site / "one.egg-info" / "PKG-INFO").write_text("Name: one\nVersion: 1\n")
        assert leftovers(target_of(tmp_path)) == set()
        (site / "one.egg-info" / "PKG-INFO").write_text("Name: one\nVersion: 2\n")
        assert leftovers(target_of(tmp_path)) == {("duplicate", "one.egg-info")}

    def test_an_empty_package_that_nobody_owns_is_hollow(self, tmp_path):
        site = site_of(tmp_path)
        install(site, "one", "1")
        (site / "torch" / "lib" / "__pycache__").mkdir(parents=True)
        (site / "torch" / "lib" / "__pycache__" / "x.pyc").touch()
        (site / "mine").mkdir()
        (site / "mine" / "code.py").touch()
        assert leftovers(target_of(tmp_path)) == {("hollow", "torch")}


class TestShadows:
    def test_a_module_on_pythonpath(self, tmp_path):
        install(site_of(tmp_path), "torch", "2", {"torch/__init__.py": b""})
        extra = tmp_path / "extra"
        extra.mkdir()
        (extra / "torch.py").touch()
        (extra / "numpy.py").touch()
        [shadow] = shadows(target_of(tmp_path, python_path=(str(extra),)))
        assert (shadow.module, shadow.owner, shadow.entry) == ("torch", "torch", "python-path")
        assert shadow.found == str(extra / "torch.py")

    def test_a_folder_without_init_hides_nothing(self, tmp_path):
        install(site_of(tmp_path), "torch", "2", {"torch/__init__.py": b""})
        (tmp_path / "extra" / "torch").mkdir(parents=True)
        assert shadows(target_of(tmp_path, python_path=(str(tmp_path / "extra"),))) == ()

    def test_a_clone_in_the_current_folder(self, tmp_path, monkeypatch):
        install(site_of(tmp_path), "vllm", "0.5.5", {"vllm/__init__.py": b""})
        (tmp_path / "clone" / "vllm").mkdir(parents=True)
        (tmp_path / "clone" / "vllm" / "__init__.py").touch()
        monkeypatch.chdir(tmp_path / "clone")
        assert [item.entry for item in shadows(target_of(tmp_path, environ={}))] == ["current-folder"]
        assert shadows(target_of(tmp_path, environ={"PYTHONSAFEPATH": "1"})) == ()

    def test_agrees_with_what_python_imports(self, tmp_path):
        """The order of search is held against a real interpreter."""
        venv = tmp_path / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
        python = venv / "bin" / "python"
        [site] = (venv / "lib").glob("python*/site-packages")
        install(site, "stackish", "1", {"stackish/__init__.py": b""})
        (tmp_path / "extra").mkdir()
        (tmp_path / "extra" / "stackish.py").touch()
        environ = {"PYTHONPATH": str(tmp_path / "extra"), "PYTHONSAFEPATH": "1", "PATH": os.defpath}
        target = Target(interpreter=ask_interpreter(python, environ), environ=environ)
        [shadow] = shadows(target)
        command = [python, "-c", "import stackish; print(stackish.__file__)"]
        said = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout
        assert shadow.found == said.strip()


class TestEditableSource:
    @staticmethod
    def install_editable(tmp_path, source):
        info = install(site_of(tmp_path), "one", "1")
        stated = {"url": source.as_uri(), "dir_info": {"editable": True}}
        info.joinpath("direct_url.json").write_text(json.dumps(stated), encoding="utf-8")

    def test_a_source_that_is_there_leaves_nothing(self, tmp_path):
        source = tmp_path / "my clone"  # percent-encoded in the address
        source.mkdir()
        self.install_editable(tmp_path, source)
        assert leftovers(target_of(tmp_path)) == set()

    def test_a_source_that_was_deleted_is_told(self, tmp_path):
        self.install_editable(tmp_path, tmp_path / "my clone")
        assert leftovers(target_of(tmp_path)) == {("no-source", "my clone")}


class TestOtherPython:
    @staticmethod
    def environment(tmp_path):
        """A real virtual environment, which is asked for its paths as a user's is."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
        python = tmp_path / "env/bin/python"
        return Target(interpreter=ask_interpreter(python, {}), environ={})

    def test_packages_of_the_python_that_was_there_before_are_told(self, tmp_path):
        target = self.environment(tmp_path)
        install(tmp_path / "env/lib/python3.4/site-packages", "one", "1")
        assert ("other-python", "site-packages") in leftovers(target)

    def test_packages_of_its_own_python_are_not(self, tmp_path):
        target = self.environment(tmp_path)
        install(Path(target.interpreter.site_packages[0]), "one", "1")
        assert leftovers(target) == set()

    def test_an_environment_that_lost_its_configuration_is_told_and_the_remedy_brings_it_back(self, tmp_path):
        home = tmp_path / "env"
        venv.create(home, symlinks=True)
        install(next(home.glob("lib/python3.*/site-packages")), "torch", "2.13.0", {"torch/__init__.py": b""})
        assert not self.lost(home)
        (home / "pyvenv.cfg").unlink()
        assert self.lost(home)
        base = Path(sys.base_prefix, "bin", f"python3.{sys.version_info[1]}")
        subprocess.run([base, "-m", "venv", "--upgrade", "--without-pip", home], check=True)
        assert not self.lost(home)

    def lost(self, home):
        target = Target(interpreter=ask_interpreter(home / "bin" / "python", {}))
        return ("out-of-reach", "site-packages") in leftovers(target)
