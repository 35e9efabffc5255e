from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.interpreter import PLATFORM, Platform
from doctor.probes.machine.platform import find
from tests.probes.machine.probing import target_of, value_of, write


def found(root: Path, environ: dict[str, str] | None = None, **changes: str) -> Platform:
    platform = value_of(find(target_of(environ, **changes), root=root), PLATFORM)
    assert isinstance(platform, Platform)
    return platform


def test_a_plain_host_is_no_container(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "etc/os-release": 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
            "proc/sys/kernel/osrelease": "6.1.0-18-amd64\n",
            "proc/1/cgroup": "0::/init.scope\n",
        },
    )
    platform = found(root, libc="glibc 2.36")
    assert platform.distribution == "Debian GNU/Linux 12 (bookworm)"
    assert platform.release == "6.1.0-18-amd64"
    assert (platform.libc, platform.libc_version) == ("glibc", "2.36")
    assert (platform.container, platform.wsl) == ("", 0)


def test_an_empty_machine_still_has_a_platform(tmp_path: Path) -> None:
    platform = found(tmp_path)
    assert platform.distribution == ""
    assert platform.release == "6.1.0"  # what the interpreter says
    assert platform.machine == "x86_64"


def test_musl_comes_without_a_version(tmp_path: Path) -> None:
    assert found(tmp_path, libc="musl").libc == "musl"


@pytest.mark.parametrize(
    ("files", "environ", "container"),
    [
        ({".dockerenv": ""}, {}, "docker"),
        ({"run/.containerenv": "engine=podman\n"}, {}, "podman"),
        ({".dockerenv": ""}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "kubernetes"),
        ({"var/run/secrets/kubernetes.io/token": ""}, {}, "kubernetes"),
        ({"proc/1/cgroup": "12:memory:/kubepods/burstable/pod1/2\n"}, {}, "kubernetes"),
        ({"proc/1/cgroup": "4:memory:/docker/0123\n"}, {}, "docker"),
        ({"proc/1/cgroup": "0::/lxc.payload.web\n"}, {}, "lxc"),
        ({"run/systemd/container": "systemd-nspawn\n"}, {}, "systemd-nspawn"),
        ({}, {"container": "oci"}, "oci"),
        ({}, {"APPTAINER_CONTAINER": "/images/vllm.sif"}, "apptainer"),
    ],
)
def test_each_kind_of_container_names_itself(
    tmp_path: Path, files: dict[str, str], environ: dict[str, str], container: str
) -> None:
    assert found(write(tmp_path, files), environ).container == container


@pytest.mark.parametrize(
    ("release", "wsl"),
    [
        ("4.4.0-19041-Microsoft", 1),
        ("5.15.153.1-microsoft-standard-WSL2", 2),
        ("4.19.84-microsoft-standard", 2),
        ("6.6.87-custom-microsoft-kernel", 2),
        ("6.8.0-45-generic", 0),
        ("6.5.0-1025-azure", 0),
    ],
)
def test_the_kernel_tells_which_wsl_it_is(tmp_path: Path, release: str, wsl: int) -> None:
    assert found(write(tmp_path, {"proc/sys/kernel/osrelease": release + "\n"})).wsl == wsl


@pytest.mark.parametrize(
    ("line", "name"),
    [("PRETTY_NAME=Alpine", "Alpine"), ("PRETTY_NAME='A \"B\"'", 'A "B"'), ('PRETTY_NAME="Open', "Open")],
)
def test_the_name_of_the_distribution_is_unquoted(tmp_path: Path, line: str, name: str) -> None:
    assert found(write(tmp_path, {"usr/lib/os-release": line + "\n"})).distribution == name


def test_bytes_that_are_not_text_do_not_cost_the_platform(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_bytes(b'PRETTY_NAME="Caf\xe9"\n')
    assert found(tmp_path).distribution.startswith("Caf")


def test_a_folder_in_place_of_a_file_is_an_unknown_platform_and_no_crash(tmp_path: Path) -> None:
    (tmp_path / "etc/os-release").mkdir(parents=True)
    ((_, fact),) = find(target_of(), root=tmp_path)
    assert type(fact).__name__ == "Unknown"
