from __future__ import annotations

import pytest

from doctor.core.fact import Absent, Known, Unknown
from doctor.probes.gpu.visible_devices import find_visible_devices
from tests.facts import absent, gpu, known, unknown

GPUS = known(
    (
        gpu(0, uuid=known("GPU-aaaa-1111")),
        gpu(1, uuid=known("GPU-aabb-2222")),
        gpu(2, uuid=known("GPU-cccc-3333"), mig=known(True), mig_devices=known(("MIG-dddd-4444",))),
    )
)


@pytest.mark.parametrize(
    ("value", "indexes", "missing"),
    [
        ("0", (0,), ""),
        ("2, 0", (2, 0), ""),
        ("", (), ""),
        ("-1", (), ""),
        ("NoDevFiles", (), ""),
        ("0,-1,1", (0,), ""),
        ("0,3,1", (0,), "3"),
        ("GPU-aabb-2222", (1,), ""),
        ("GPU-cc", (2,), ""),
        ("GPU-aa", (), "GPU-aa"),
        ("GPU-ffff", (), "GPU-ffff"),
        ("MIG-dddd-4444", (2,), ""),
        ("MIG-GPU-cccc-3333/1/0", (2,), ""),
        ("MIG-eeee", (), "MIG-eeee"),
        ("all", (), "all"),
    ],
)
def test_entries_are_read_as_cuda_reads_them(value: str, indexes: tuple[int, ...], missing: str) -> None:
    fact = find_visible_devices({"CUDA_VISIBLE_DEVICES": value}, GPUS)
    assert isinstance(fact, Known)
    assert (fact.value.indexes, fact.value.missing) == (indexes, missing)


def test_a_variable_that_is_not_set_is_absent() -> None:
    assert isinstance(find_visible_devices({}, GPUS), Absent)


def test_without_a_gpu_there_is_nothing_to_hide() -> None:
    assert isinstance(find_visible_devices({"CUDA_VISIBLE_DEVICES": "0"}, absent()), Absent)


def test_entries_cannot_be_read_when_the_gpus_are_not_known() -> None:
    assert isinstance(find_visible_devices({"CUDA_VISIBLE_DEVICES": "0"}, unknown()), Unknown)


def test_an_empty_variable_hides_gpus_that_are_not_known() -> None:
    fact = find_visible_devices({"CUDA_VISIBLE_DEVICES": ""}, unknown())
    assert isinstance(fact, Known)
    assert fact.value.indexes == ()


def test_a_name_that_could_be_a_gpu_without_a_known_uuid_is_not_called_missing() -> None:
    gpus = known((gpu(0, uuid=unknown()), gpu(1)))
    assert isinstance(find_visible_devices({"CUDA_VISIBLE_DEVICES": "GPU-ffff"}, gpus), Unknown)
    assert isinstance(find_visible_devices({"CUDA_VISIBLE_DEVICES": "1"}, gpus), Known)


def test_numbers_are_told_from_names() -> None:
    by_number = find_visible_devices({"CUDA_VISIBLE_DEVICES": "1"}, GPUS)
    by_name = find_visible_devices({"CUDA_VISIBLE_DEVICES": "GPU-cc", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}, GPUS)
    assert isinstance(by_number, Known)
    assert by_number.value.by_index
    assert isinstance(by_name, Known)
    assert not by_name.value.by_index
    assert by_name.value.order == "PCI_BUS_ID"
