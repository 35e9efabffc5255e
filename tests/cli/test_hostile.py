"""`doctor check` where the world is against it: one clear line or a report, never a traceback or a hang.

Everything here is real: real processes, real closed streams, a real environment with broken files.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.cli.hostile import DOCTOR, JUDGED, assert_judged, assert_one_clear_line, check, run
from tests.processes import UNMEASURED

UNWRITABLE = "/proc/1/nowhere"  # not even root can make a folder there


@pytest.fixture
def environment(tmp_path):
    """A real virtual environment with nothing in it."""
    path = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", path], check=True)
    return path


@pytest.fixture
def site_packages(environment):
    (folder,) = environment.glob("lib/python3.*/site-packages")
    return folder


def add_distribution(site_packages, name, version, *, metadata=True, **files):
    """Lay a distribution down as an installer would, its RECORD included."""
    info = site_packages / f"{name}-{version}.dist-info"
    info.mkdir()
    if metadata:
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = []
    for path, content in files.items():
        target = site_packages / path.replace("__", "/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        lines.append(f"{target.relative_to(site_packages)},,{len(content)}\n")
    (info / "RECORD").write_text("".join(lines))
    return info


# The user's surroundings


def test_home_that_cannot_be_written(environment):
    assert_judged(check(environment, variables={**os.environ, "HOME": UNWRITABLE, "XDG_CACHE_HOME": UNWRITABLE}))


def test_no_variables_at_all(environment):
    done = check(environment, variables={})
    assert_judged(done)


def test_temporary_folder_that_cannot_be_written(environment):
    assert_judged(check(environment, variables={**os.environ, "TMPDIR": UNWRITABLE}))


@pytest.mark.parametrize("form", ["text", "json"])
def test_ascii_locale(environment, site_packages, form):
    add_distribution(site_packages, "weird", "1.0", **{"weird__ünïcödé.py": b""})
    variables = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = check(environment, "--format", form, variables=variables)
    assert_judged(done)
    assert done.stdout.isascii()


def test_working_folder_that_was_deleted(environment, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    arguments = " ".join(f"'{item}'" for item in [*DOCTOR, "check", "--python", environment / "bin" / "python"])
    done = run(["sh", "-c", f"cd '{gone}' && rmdir '{gone}' && exec {arguments}"])
    assert_judged(done)


def test_very_few_file_descriptors(environment):
    arguments = [*DOCTOR, "check", "--python", environment / "bin" / "python"]
    done = run(["sh", "-c", 'ulimit -n 24; exec "$@"', "sh", *arguments])
    assert done.returncode in (*JUDGED, 2), done.stderr
    assert "Traceback" not in done.stderr


# Streams


@pytest.mark.parametrize("stream", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_closed_streams(environment, stream):
    arguments = [*DOCTOR, "check", "--python", environment / "bin" / "python"]
    done = run(["sh", "-c", f'exec "$@" {stream}', "sh", *arguments])
    assert done.returncode in JUDGED, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("form", ["text", "json"])
def test_full_disk_is_one_line_and_not_a_verdict(environment, form):
    with open("/dev/full", "w") as full:
        done = check(environment, "--format", form, stdout=full)
    assert done.returncode == 2
    assert done.stderr.count("error: ") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("form", ["text", "json"])
def test_reader_that_goes_away_changes_no_verdict(environment, form):
    arguments = [*DOCTOR, "check", "--python", environment / "bin" / "python", "--format", form]
    read, write = os.pipe()
    os.close(read)
    done = run(arguments, stdout=write)
    os.close(write)
    assert done.returncode == check(environment).returncode
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_target_that_prints_while_it_starts(environment, site_packages):
    (site_packages / "noise.pth").write_text("import sys; print('noise'); sys.stderr.write('more noise\\n')\n")
    assert_judged(check(environment))


def test_environment_whose_base_python_is_gone(environment):
    python = environment / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    assert_one_clear_line(check(environment))


# What lies in site-packages


def test_names_that_are_not_utf8(environment, site_packages):
    for name in (b"\xff\xfe.py", b"\xff-1.0.dist-info", b"\xff.so", b"~\xff"):
        path = os.path.join(os.fsencode(site_packages), name)
        if name.endswith(b"info") or name.startswith(b"~"):
            os.mkdir(path)
        else:
            open(path, "wb").close()
    done = check(environment, "--format", "json")
    assert_judged(done)
    json.loads(done.stdout)


def test_snapshot_of_names_that_are_not_utf8_can_be_judged(environment, site_packages, tmp_path):
    os.mkdir(os.path.join(os.fsencode(site_packages), b"~\xff"))
    os.mkdir(os.path.join(os.fsencode(site_packages), b"caf\xe9-1.0.dist-info"))
    written = run([*DOCTOR, "snapshot", "--python", environment / "bin" / "python", "--output", tmp_path / "s.json"])
    assert written.returncode == 0, written.stderr
    assert check(environment).returncode == run([*DOCTOR, "check", "--snapshot", tmp_path / "s.json"]).returncode


def test_metadata_that_is_not_utf8(environment, site_packages):
    info = add_distribution(site_packages, "latin", "1.0")
    (info / "METADATA").write_bytes(
        "Metadata-Version: 2.1\nName: latin\nVersion: 1.0\nAuthor: J\xf6rg\n".encode("latin-1")
    )
    assert_judged(check(environment))


def test_metadata_that_is_binary_or_a_folder(environment, site_packages):
    first, second = add_distribution(site_packages, "noise", "1.0"), add_distribution(site_packages, "folder", "1.0")
    (first / "METADATA").write_bytes(bytes(range(256)) * 100)
    (second / "METADATA").unlink()
    (second / "METADATA").mkdir()
    assert_judged(check(environment))


def test_missing_metadata_is_a_problem_of_that_distribution_only(environment, site_packages):
    add_distribution(site_packages, "torch", "2.4.0", metadata=False)
    done = check(environment, "--format", "json")
    assert_judged(done)
    subjects = {
        problem["subject"] for outcome in json.loads(done.stdout)["outcomes"] for problem in outcome["problems"]
    }
    assert "torch" in subjects


def test_symlink_loop(environment, site_packages):
    (site_packages / "loop").symlink_to(site_packages)
    (site_packages / "self").symlink_to("self")
    (site_packages / "self-1.0.dist-info").symlink_to("self-1.0.dist-info")
    assert_judged(check(environment))


@pytest.mark.parametrize("size", [0, 3, 16, 64, 200, 4000])
def test_truncated_extension(environment, site_packages, size):
    """A vLLM extension cut anywhere is never taken for a sound one."""
    with open(sys.executable, "rb") as file:
        start = file.read(size)
    add_distribution(site_packages, "vllm", "0.5.5", **{"vllm____init__.py": b"", "vllm___C.abi3.so": start})
    done = check(environment, "--format", "json")
    assert_judged(done)
    report = json.loads(done.stdout)
    assert report["exit_code"] in (1, 3), report["summary"]


def test_pipe_in_place_of_a_file_does_not_hang(environment, site_packages):
    info = add_distribution(site_packages, "vllm", "0.5.5", **{"vllm____init__.py": b""})
    (info / "METADATA").unlink()
    os.mkfifo(info / "METADATA")
    os.mkfifo(site_packages / "vllm" / "_C.abi3.so")
    (info / "RECORD").unlink()
    os.mkfifo(info / "RECORD")
    assert_judged(check(environment))


def test_the_environment_is_left_as_it_was(environment, site_packages):
    """No file is written, touched or removed, bytecode included."""
    add_distribution(
        site_packages, "torch", "2.4.0", **{"torch____init__.py": b"", "torch__version.py": b"cuda = None"}
    )
    before = listing_of(environment)
    assert_judged(check(environment, "--deep"))
    assert listing_of(environment) == before


def listing_of(folder):
    """Every path with its kind, size and times of change; reading a file changes none of these."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        found[str(path)] = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return found


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare to mount a folder read-only")
def test_read_only_environment_and_home(environment, tmp_path):
    """As in a hardened container: the environment, the home, the temporary and the working folder are read-only."""
    mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0" && exec "$@"'
    mounted = ["unshare", "-m", "sh", "-c", mount, tmp_path]
    refused = run([*mounted, "true"])
    if refused.returncode:
        pytest.skip(f"may not mount here: {refused.stderr.strip()}")
    assert run([*mounted, "touch", "file"]).returncode != 0
    arguments = [*DOCTOR, "check", "--python", environment / "bin" / "python"]
    variables = {**os.environ, "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    assert_judged(run([*mounted, *arguments], variables=variables))


@pytest.mark.parametrize("content", ["raise SystemExit(0)\n", "", "1 / 0\n"])
@pytest.mark.parametrize("where", ["PYTHONPATH", "current folder"])
def test_a_module_that_hides_one_of_the_standard_library_does_not_stop_doctor(environment, tmp_path, content, where):
    """It is among the faults that doctor is asked to find."""
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "random.py").write_text(content)
    # Coverage would import the module while Python starts, before doctor is there.
    variables = UNMEASURED | ({"PYTHONPATH": str(foreign)} if where == "PYTHONPATH" else {})
    done = check(environment, "--format", "json", variables=variables, cwd=foreign)
    assert_judged(done)
    assert json.loads(done.stdout)["schema_version"] == 1
