"""A uv that stops where it is told to, before or after it has done its work, and what an environment then holds."""

from __future__ import annotations

import hashlib

WRAPPER = r"""#!{python}
import os, subprocess, sys, time

# Stands in for the interpreter of the environment at its next start, which is that of the check.
GATE = '#!/bin/sh\nmv -f "$0.kept" "$0"\n: > "$STOPPED"\nexec sleep 600\n'
arguments = sys.argv[1:]
text = " ".join(arguments)
stage = (
    "resolve" if "pip compile" in text
    else "fetch" if "--prefix" in text
    else "remove" if "pip uninstall" in text
    else "install"
)
moment = os.environ.get("STOP_AT", "")

def stop():
    with open(os.environ["STOPPED"], "w") as file:
        file.write(str(os.getpid()))
    time.sleep(600)

if moment == "before " + stage:
    stop()
if moment == "amid " + stage:
    # The first package only.
    at = arguments.index("-r") + 1
    with open(arguments[at]) as file:
        first = file.read().split("\n")
    arguments[at] = os.environ["STOPPED"] + ".txt"
    with open(arguments[at], "w") as file:
        file.write("\n".join(first[:2]).rstrip("\\ ") + "\n")
if moment == "fail " + stage:
    sys.exit("out of luck")
status = subprocess.call([{uv!r}, *arguments])
if moment in ("after " + stage, "amid " + stage):
    stop()
if moment == "damage" and stage == "install":
    os.unlink(os.environ["DAMAGED"])
if moment == "check" and stage == "install":
    python = arguments[arguments.index("--python") + 1]
    os.rename(python, python + ".kept")
    with open(python, "w") as file:
        file.write(GATE)
    os.chmod(python, 0o755)
sys.exit(status)
"""


def manifest(environment):
    """Every path of an environment with its mode and its content."""
    found = {}
    for path in sorted(environment.rglob("*")):
        name = str(path.relative_to(environment))
        if name.startswith(".doctor-fix"):
            continue
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_dir():
            found[name] = oct(path.stat().st_mode)
        else:
            found[name] = oct(path.stat().st_mode) + hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def left(environment):
    folder = environment / ".doctor-fix"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
