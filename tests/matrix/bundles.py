"""Bundles of a matrix for tests: the shipped one with another date, as folder, archive and address."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from doctor.matrix.shipped import shipped_file, shipped_files


def tables(updated: str = "2030-01-01") -> dict[str, bytes]:
    """The shipped files, said to be of another day."""
    found = {}
    for name, content in shipped_files():
        lines = content.decode().splitlines(keepends=True)
        dated = [f'updated = "{updated}"\n' if line.startswith("updated = ") else line for line in lines]
        found[Path(name).name] = "".join(dated).encode()
    return found


def later_torch() -> dict[str, bytes]:
    """The shipped releases of torch, with one more."""
    content = shipped_file("releases/torch.json") or b""
    more = content.replace(b"\n}\n}", b',\n"9.9.0":{"uploaded":"2030-01-01","python":">=3.12","wheels":[]}\n}\n}')
    assert more != content
    return {"releases/torch.json": more}


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(files: dict[str, bytes], *links: tuple[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        for name, target in links:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    return buffer.getvalue()


def publish(path: Path, content: bytes) -> Path:
    """Write a file and its checksum beside it."""
    path.write_bytes(content)
    Path(f"{path}.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  {path.name}\n")
    return path


def folder(path: Path, files: dict[str, bytes]) -> Path:
    """Write a folder with its checksums."""
    lines = []
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
        lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
    (path / "SHA256SUMS").write_text("".join(lines))
    return path


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """A server on this machine for the files of a folder; it also redirects, stalls and breaks off."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            if path.startswith("/to-file"):
                return self._redirect("file:///etc/passwd")
            if path.startswith("/moved/"):
                return self._redirect(path.removeprefix("/moved"))
            if path.startswith("/stalls"):
                time.sleep(2)
                return None
            file = root / path.lstrip("/")
            if not file.is_file():
                return self.send_error(404)
            content = file.read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            half = "breaks-off" in path and not path.endswith(".sha256")
            self.wfile.write(content[: len(content) // 2] if half else content)
            return None

        def _redirect(self, target: str) -> None:
            self.send_response(302)
            self.send_header("Location", target)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
