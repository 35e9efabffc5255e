"""What uv calls a platform other than its own."""

from __future__ import annotations

import pytest

from doctor.remedy.uv_platform import name_of
from tests.facts import platform


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"libc_version": "2.31"}, "x86_64-manylinux_2_31"),
        ({"libc_version": "2.36", "machine": "aarch64"}, "aarch64-manylinux_2_36"),
        ({"libc_version": "2.30"}, "x86_64-manylinux_2_28"),
        ({"libc_version": "2.17"}, "x86_64-manylinux_2_17"),
        ({"libc_version": "2.28"}, "x86_64-manylinux_2_28"),
        ({"libc_version": "2.12"}, "x86_64-manylinux_2_17"),
        ({"libc_version": "2.99"}, "x86_64-manylinux_2_40"),
        ({"libc_version": "2.31.9000"}, "x86_64-manylinux_2_31"),
        ({"libc_version": ""}, "x86_64-unknown-linux-gnu"),
        ({"libc": "musl", "libc_version": "1.2"}, "x86_64-unknown-linux-musl"),
        ({"machine": "ppc64le"}, ""),
        ({"system": "Darwin", "machine": "x86_64"}, ""),
    ],
)
def test_the_newest_platform_that_promises_no_more_than_there_is(changes, name):
    assert name_of(platform(**changes)) == name
