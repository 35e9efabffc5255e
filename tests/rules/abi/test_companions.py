"""Which torch a release of torchvision or torchaudio belongs to."""

from __future__ import annotations

import pytest
from packaging.version import Version

from doctor.rules.abi.companions import belongs_to_other_torch, names_other_torch, torch_minor_of
from tests.facts import distribution


@pytest.mark.parametrize(
    ("name", "version", "torch"),
    [
        ("torchvision", "0.8.2", None),
        ("torchvision", "0.9.0", (1, 8)),
        ("torchvision", "0.14.1", (1, 13)),
        ("torchvision", "0.15.0", (2, 0)),
        ("torchvision", "0.29.0", (2, 14)),
        ("torchvision", "0.29.1", None),
        ("torchvision", "1.9.0", None),
        ("torchaudio", "0.7.2", None),
        ("torchaudio", "0.8.0", (1, 8)),
        ("torchaudio", "0.13.1", (1, 13)),
        ("torchaudio", "1.9.0", None),
        ("torchaudio", "2.0.1", (2, 0)),
        ("torchaudio", "2.8.0", (2, 8)),
        ("torchaudio", "2.9.0", None),
        ("torchtext", "0.14.0", None),
        ("torchtext", "2.3.0", None),
    ],
)
def test_the_torch_that_a_release_belongs_to(name: str, version: str, torch: tuple[int, int] | None) -> None:
    """https://github.com/pytorch/vision#installation, https://docs.pytorch.org/audio/stable/installation.html"""
    assert torch_minor_of(name, Version(version)) == torch


def test_what_belongs_to_another_torch() -> None:
    assert belongs_to_other_torch(distribution("torchvision", "0.19.0"), "2.5.1")
    assert not belongs_to_other_torch(distribution("torchvision", "0.19.0"), "2.4.1+cu121")
    assert not belongs_to_other_torch(distribution("torchvision", "mine"), "2.4.1")
    assert not belongs_to_other_torch(distribution("torchvision", "0.19.0"), "mine")


@pytest.mark.parametrize(
    ("path", "torch", "other"),
    [
        ("lib/libtorch_c_dlpack_addon_torch24-cpu.so", "2.5.1", True),
        ("lib/libtorch_c_dlpack_addon_torch24-cpu.so", "2.4.1+cu121", False),
        ("lib/libtorch_c_dlpack_addon_torch210-cpu.so", "2.10.0", False),
        ("lib/libaddon_torch2.4-cpu.so", "2.5.1", True),
        # The folder's name says nothing of the file.
        ("built_torch24/_C.so", "2.5.1", False),
        ("libtorch_cpu.so", "2.5.1", False),
        ("libaddon_torch24.so", "mine", False),
    ],
)
def test_a_file_that_is_named_after_another_torch(path: str, torch: str, other: bool) -> None:
    assert names_other_torch(path, torch) is other
