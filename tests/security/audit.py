"""What a doctor does, as Python's audit events tell it (PEP 578): no call of it can avoid them.

usage: python -m tests.security.audit LOG ARGUMENTS...
Each line of LOG is a JSON list: the event and its arguments. Children that are forked go on with it.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

WATCHED = (
    *("subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn"),
    *("open", "os.", "shutil.", "tempfile.", "socket.", "urllib.", "http.", "ctypes.dlopen", "pickle.", "marshal.load"),
    *("import", "exec", "sqlite3.", "ftplib.", "smtplib.", "mmap."),
)


def main(log: str, arguments: list[str]) -> None:
    """Run doctor and write down what it does."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def hook(event: str, values: tuple[Any, ...]) -> None:
        if event.startswith(WATCHED):
            os.write(descriptor, f"{json.dumps([event, [_plain(value) for value in values]])}\n".encode())

    sys.addaudithook(hook)
    sys.argv = ["doctor", *arguments]
    from doctor.cli import main as doctor

    doctor()


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (int, type(None))) else os.fsdecode(value) if _is_path(value) else repr(value)


def _is_path(value: Any) -> bool:
    return isinstance(value, (str, bytes, os.PathLike))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
