"""What is shown to others says nothing of whose machine it is, and the verdicts stay."""

from __future__ import annotations

import pytest

from doctor.core.anonymity import anonymise
from doctor.core.artifact.model import MODEL
from doctor.core.fact import Known, Source, SourceKind
from doctor.core.fleet.node import HOST, INTERFACES
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.gpu import GPUS
from doctor.core.machine.system import USER, VARIABLES
from doctor.core.report import Report
from doctor.engine.catalogue import select
from doctor.engine.judge import judge
from doctor.matrix.load import load_matrix
from tests import models
from tests.bases import BASES, base
from tests.facts import gpu, host, interface, interpreter, known, snapshot

MATRIX = load_matrix()
RULES, _ = select()


def verdicts(report: Report) -> list[tuple[str, str, list[str]]]:
    return [
        (outcome.code, outcome.verdict.value, [outcome.severity_of(problem).label for problem in outcome.problems])
        for outcome in report.outcomes
    ]


@pytest.mark.parametrize("name", BASES)
def test_no_verdict_changes(name):
    found = base(name)
    assert verdicts(judge(anonymise(found), MATRIX, RULES)) == verdicts(judge(found, MATRIX, RULES))


def test_no_name_of_a_machine_its_user_or_a_private_folder_is_left():
    prefix = "/srv/acme/alice/stack"
    private = {
        INTERPRETER: interpreter(executable=f"{prefix}/bin/python", prefix=prefix),
        MODEL: models.folder_of(models.llama(), "/data/acme-secret/merged"),
        HOST: host(
            "gpu-17",
            "10.20.30.40",
            image=known("registry.acme.example/llm:7"),
            boot_id=known("5eeca8c2-1731-4056-8837-6825c6a3b9b6"),
            container_id=known("0f" * 32),
        ),
        INTERFACES: (interface("eth0", "10.20.30.40", "fd00::17"),),
        GPUS: (gpu(uuid=known("GPU-1f0e7a3c-5d2b-4c9a-8e7f-0a1b2c3d4e5f")),),
        USER: "alice",
        VARIABLES: {
            "HOME": "/home/alice",
            "USER": "alice",
            "MASTER_ADDR": "head-1.acme.example",
            "VLLM_HOST_IP": "10.20.30.40",
            "RAY_ADDRESS": "gpu-17:6379",
            "HTTPS_PROXY": "http://proxy.acme.example:3128",
            "HF_ENDPOINT": "https://huggingface.co",
            "LD_LIBRARY_PATH": "/opt/acme/lib:/usr/local/cuda-12.4/lib64",
        },
    }
    text = anonymise(snapshot(private)).to_json()
    for name in (
        "acme",
        "alice",
        "secret",
        "gpu-17",
        "10.20.30",
        "fd00",
        "1f0e7a3c",
        "head-1",
        "proxy",
        "5eeca",
        "0f0f",
    ):
        assert name not in text
    for kept in ("https://huggingface.co", "/usr/local/cuda-12.4/lib64", "/bin/python", "eth0", "config.json", ":3128"):
        assert kept in text


def test_what_is_equal_and_what_lies_in_what_stays_so():
    found = anonymise(
        snapshot({VARIABLES: {"TMPDIR": "/acme/a", "HF_HOME": "/acme/a/b", "VLLM_CACHE_ROOT": "/acme/c"}})
    )
    variables = found.get(VARIABLES).value
    assert variables["HF_HOME"].startswith(variables["TMPDIR"] + "/")
    assert not variables["VLLM_CACHE_ROOT"].startswith(variables["TMPDIR"])


@pytest.mark.parametrize(
    "text",
    [
        "vllm 0.5.5 needs torch==2.4.0",
        "https://github.com/vllm-project/vllm/issues/2847",
        "read /proc/meminfo, /proc/self/cgroup and /etc/os-release",
        "/usr/lib/x86_64-linux-gnu/libcuda.so.535.104.05",
        "nvidia-cublas-cu12 12.4.5.8 and 8 bytes/token",
        "/models/lib/python3.11/site-packages/own/deep/file.py",
    ],
)
def test_what_says_nothing_of_anyone_is_kept(text):
    facts = {USER: Known(value="x", source=Source(kind=SourceKind.FILE, where=text))}
    assert anonymise(snapshot(facts)).get(USER).source.where == text


def test_of_addresses_those_of_every_machine_are_kept_and_what_only_looks_like_one():
    facts = {VARIABLES: {"NO_PROXY": "127.0.0.1,::1,fe80::1,999.1.1.1,1::2::3,10.0.0.7,fd00::17,10.0.0.7"}}
    shown = anonymise(snapshot(facts)).get(VARIABLES).value["NO_PROXY"]
    assert shown == "127.0.0.1,::1,fe80::1,999.1.1.1,1::2::3,192.0.2.1,2001:db8::1,192.0.2.1"
