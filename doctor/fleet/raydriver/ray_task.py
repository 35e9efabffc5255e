"""What runs on a node: a program, in a clean interpreter, with the node's own environment.

It travels to the nodes by value, so it uses the standard library only, and nothing is asked of the node but its Ray.
"""

from __future__ import annotations

import base64
import os
import platform
import signal
import subprocess
import sys
import zlib
from pathlib import Path

ERRORS_LIMIT = 4000
# Ends the program with the Ray worker that runs it, then leaves its place to a clean interpreter.
LAUNCHER = """
import os, sys
try:
    import ctypes
    ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL
except ImportError:
    pass
if os.getppid() != int(sys.argv[1]):
    sys.exit("the Ray worker is gone")
os.execv(sys.argv[2], sys.argv[2:])
"""


def run_program(arguments: list[str], python: str, limit: float, *pieces: bytes) -> dict[str, object]:
    """Run a zipapp or a script, given in pieces, with the interpreter `python` ("" for Ray's own).

    It lies in memory: a full disk is no hindrance, and no file is left, whatever ends the worker. `code` is its exit
    code, None where it did not come to its own end; `errors` is the end of what it wrote to stderr.
    """
    environ, set_by = own_environ()
    interpreter = find_interpreter(python)
    place = os.memfd_create("doctor-probe")
    try:
        with os.fdopen(os.dup(place), "wb") as file:
            file.writelines(pieces)
        arguments = [interpreter if argument == "{python}" else argument for argument in arguments]
        command = [interpreter, "-I", f"/proc/self/fd/{place}", *arguments]
        code, output, errors = follow(command, environ, place, limit)
    finally:
        os.close(place)
    private = os.fspath(Path(str(sys.modules["ray"].__file__)).parent) + os.sep
    return {
        "code": code,
        "output": base64.b64encode(zlib.compress(output)).decode(),
        "errors": errors.strip()[-ERRORS_LIMIT:],
        "interpreter": interpreter,
        "python": platform.python_version(),
        "set_by": set_by,
        "paths": [entry for entry in sys.path if entry.startswith(private)],
    }


def own_environ() -> tuple[dict[str, str], dict[str, str]]:
    """The variables of this process as `ray start` had them, and those that only Ray has set since.

    The raylet was started with the former; where Ray has overwritten one, the node's own value counts. The raylet's
    LD_PRELOAD is its own, which it does not hand on.
    """
    content = Path("/proc", os.environ.get("RAY_RAYLET_PID") or str(os.getppid()), "environ").read_bytes()
    raylet = dict(entry.split("=", 1) for entry in os.fsdecode(content).split("\0") if "=" in entry)
    raylet.pop("LD_PRELOAD", None)
    now = dict(os.environ)
    kept = {"LD_PRELOAD": now.pop("LD_PRELOAD")} if "LD_PRELOAD" in now else {}
    set_by = {name: value for name, value in now.items() if name not in raylet}
    return kept | {name: raylet[name] for name in now if name in raylet}, set_by


def find_interpreter(python: str) -> str:
    """The path of the interpreter; `python` may be the folder of an environment."""
    if not python:
        return sys.executable
    return os.fspath(Path(python, "bin", "python")) if Path(python).is_dir() else python


def follow(command: list[str], environ: dict[str, str], place: int, limit: float) -> tuple[int | None, bytes, str]:
    """Run a command to its end, or to its limit in seconds, and return exit code, output and errors."""
    try:
        process = subprocess.Popen(
            [command[0], "-I", "-c", LAUNCHER, str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env=environ,
            pass_fds=(place,),
            start_new_session=True,
        )
    except OSError as error:
        return None, b"", f"{command[0]} cannot be started: {error.strerror}"
    try:
        output, errors = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired as late:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        said = (late.stderr or b"").decode("utf-8", "backslashreplace")
        return None, b"", f"it took longer than {limit:.0f} s\n{said}"
    return process.returncode, output, errors.decode("utf-8", "backslashreplace")
