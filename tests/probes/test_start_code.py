from __future__ import annotations

import pytest

from doctor.probes.start_code import follow, read_start_code


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.path[:0] = ['/first']",
        "import sys; sys.path.insert(1, '/second')",
        "import sys; sys.path.insert(0, folder)",
        "import sys; sys.path.insert(index=0, object='/first')",
        "import sys; True and sys.path.insert(0, '/first')",
        "import sys; sys.path.insert(0, '/first'",
        "import sys; " + "(" * 900 + "sys.path" + ")" * 900,
        "import sys  # sys.path" + " " * 2_000,
    ],
)
def test_what_is_not_plain_is_told_and_not_followed(code: str) -> None:
    (line,) = read_start_code([("/a.pth", code)])
    assert not line.plain and not line.first and len(line.code) <= 200


def test_lines_are_followed_in_their_order() -> None:
    lines = read_start_code(
        [
            ("/a.pth", "import sys; sys.path.insert(0, '/one'); sys.path.insert(0, '/two')"),
            ("/b.pth", "import sys; sys.path.append('/end')"),
            ("/c.pth", "import sys; sys.path.insert(0, '/site')"),
        ]
    )
    assert follow(["/stdlib", "/site"], lines) == ("/site", "/two", "/one", "/stdlib", "/end")
