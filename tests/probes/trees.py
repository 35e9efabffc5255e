"""Little site-packages folders on the disk, with distributions as installers write them."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from doctor.core.fact import Known
from doctor.core.target import Probe, Target
from doctor.probes.packages.distributions import DISTRIBUTIONS_PROBE
from tests.facts import interpreter


def site_of(root: Path) -> Path:
    site = root / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True, exist_ok=True)
    return site


def target_of(root: Path, **changes: Any) -> Target:
    """A target whose prefix is `root`; the current folder does not count unless the test says so."""
    site = str(site_of(root))
    deep = changes.pop("deep", False)
    environ = changes.pop("environ", {"PYTHONSAFEPATH": "1"})
    facts = {"search_path": (site,), "site_packages": (site,), "prefix": str(root), "scripts": str(root / "bin")}
    return Target(interpreter=interpreter(**{**facts, **changes}), environ=environ, deep=deep)


def install(site: Path, name: str, version: str, files: dict[str, bytes] | None = None, **metadata: Any) -> Path:
    """Write a distribution: its files, METADATA, WHEEL, INSTALLER and a RECORD of them all."""
    files = {f"{name}/__init__.py": b"x = 1\n"} if files is None else files
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    headers = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"]
    headers += [f"Requires-Dist: {line}\n" for line in metadata.get("requires", ())]
    contents = dict(files)
    contents[f"{info.name}/METADATA"] = "".join(headers).encode() + b"\nThe description.\n"
    contents[f"{info.name}/INSTALLER"] = metadata.get("installer", "pip").encode()
    contents[f"{info.name}/WHEEL"] = f"Wheel-Version: 1.0\nTag: {metadata.get('tag', 'py3-none-any')}\n".encode()
    lines = []
    for path, content in contents.items():
        file = site / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(content)}\n")
    lines.append(f"{info.name}/RECORD,,\n")
    (info / "RECORD").write_text("".join(lines))
    return info


def find(probe: Probe, target: Target) -> dict[str, Any]:
    """The facts of a probe by name; the value of a Known one, else the fact."""
    facts = list(probe.find(target))
    assert {key for key, _ in facts} == set(probe.keys)
    return {key.name: fact.value if isinstance(fact, Known) else fact for key, fact in facts}


def distributions(target: Target) -> dict[str, Any]:
    """The distributions that are imported, by name."""
    return {item.name: item for item in find(DISTRIBUTIONS_PROBE, target)["distributions"] if not item.shadowed}


def leftovers(target: Target) -> set[tuple[str, str]]:
    """What installations left behind: kinds with names."""
    return {(item.kind, Path(item.path).name) for item in find(DISTRIBUTIONS_PROBE, target)["leftovers"]}


def shadows(target: Target) -> Any:
    """The modules that hide others."""
    return find(DISTRIBUTIONS_PROBE, target)["shadows"]
