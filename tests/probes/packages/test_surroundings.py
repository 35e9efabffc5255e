"""What lies around installed distributions: leftovers, shadows, sources and Pythons that are gone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from doctor.core.packages.distribution import STDLIB
from doctor.core.target import Target
from doctor.probes.interpreter import ask_interpreter
from tests.probes.trees import distributions, install, leftovers, shadows, site_of, target_of


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

    def test_a_package_of_the_stack_with_code_that_nobody_owns(self, tmp_path):
        """Its dist-info is gone, or a removal has left code: `import` finds it, and nothing tells its version."""
        site = site_of(tmp_path)
        install(site, "one", "1")
        install(site, "peft", "1", {"peft/__init__.py": b""})
        for name in ("vllm", "torch/lib", "mine", "flash_attn_2"):
            (site / name).mkdir(parents=True)
            (site / name / "code.py").touch()
        assert leftovers(target_of(tmp_path)) == {("unowned", "torch"), ("unowned", "vllm")}
        shutil.rmtree(site / "peft-1.dist-info")
        assert ("unowned", "peft") in leftovers(target_of(tmp_path))

    def test_what_a_distribution_without_record_brings_is_owned(self, tmp_path):
        site = site_of(tmp_path)
        install(site, "huggingface-hub", "1", {"huggingface_hub/__init__.py": b""})
        next(site.glob("huggingface*.dist-info/RECORD")).unlink()
        assert leftovers(target_of(tmp_path)) == set()

    def test_a_folder_of_a_project_is_its_own(self, tmp_path):
        """Only what lies where packages are installed is told: a project may have a folder `datasets`."""
        install(tmp_path / "project", "one", "1")
        (tmp_path / "project" / "datasets").mkdir()
        (tmp_path / "project" / "datasets" / "code.py").touch()
        install(site_of(tmp_path), "two", "1")
        assert leftovers(target_of(tmp_path, python_path=(str(tmp_path / "project"),))) == set()


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

    def test_a_module_of_the_standard_library(self, tmp_path, monkeypatch):
        """Each that is told is one that a real interpreter takes from there, and each other is not."""
        project = tmp_path / "project"
        (project / "logging").mkdir(parents=True)
        for name in ("logging/__init__.py", "queue.py", "os.py", "abc.py", "mine.py", "tests.py"):
            (project / name).touch()
        python = Path(sys.executable)
        environ = {"PYTHONPATH": str(project), "PYTHONSAFEPATH": "1", "PATH": os.defpath}
        found = shadows(Target(interpreter=ask_interpreter(python, environ), environ=environ))
        hidden = {item.module for item in found if item.owner == STDLIB}
        names = ["logging", "queue", "os", "abc", "mine"]
        command = f"import importlib; print(*[importlib.import_module(name).__file__ for name in {names!r}])"
        said = subprocess.run([python, "-c", command], env=environ, capture_output=True, text=True, check=True).stdout
        taken = {name for name, file in zip(names, said.split(), strict=True) if file.startswith(str(project))}
        assert hidden == taken - {"mine"} == {"logging", "queue"}
        monkeypatch.chdir(project)
        here = {"PATH": os.defpath}
        found = shadows(Target(interpreter=ask_interpreter(python, here), environ=here))
        assert {(item.module, item.entry) for item in found if item.owner == STDLIB} == {
            ("logging", "current-folder"),
            ("queue", "current-folder"),
        }


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

    def test_code_that_was_moved_inside_the_source_folder_is_told(self, tmp_path):
        self.install_editable(tmp_path, tmp_path)
        site = site_of(tmp_path)
        record = next(site.glob("*.dist-info")) / "RECORD"
        record.write_text("__editable__.a.pth,,\nsub/other.pth,,\n")
        link = site / "__editable__.a.pth"
        assert leftovers(target_of(tmp_path)) == set(), "PKG005 tells that the file is gone"
        link.write_text(f"import of_code\n{tmp_path / 'src'}\n\n")
        assert leftovers(target_of(tmp_path)) == {("no-source", "src")}
        link.write_text(f"{tmp_path / 'src'}\n{tmp_path}\n")
        assert leftovers(target_of(tmp_path)) == set()

    def test_a_package_that_an_import_hook_does_not_find_is_told(self, tmp_path):
        self.install_editable(tmp_path, tmp_path)
        site = site_of(tmp_path)
        record = next(site.glob("*.dist-info")) / "RECORD"
        record.write_text("__editable___a_1_finder.py,,\n")
        (tmp_path / "single.py").touch()
        mapping = {"a": str(tmp_path / "lib/a"), "single": str(tmp_path / "single")}
        hook = site / "__editable___a_1_finder.py"
        hook.write_text(f"import sys\nMAPPING: dict[str, str] = {mapping!r}\nNAMESPACES: dict[str, list[str]] = {{}}\n")
        assert leftovers(target_of(tmp_path)) == {("no-source", "a")}
        hook.write_text("MAPPING = find()\n")
        assert leftovers(target_of(tmp_path)) == set()


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
