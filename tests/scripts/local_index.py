"""A little package index on this machine: the simple API as JSON, metadata files beside wheels, ranges of bytes."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def wheel(files: Mapping[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def sdist(folder: str, files: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()


@dataclass
class LocalIndex:
    """What the index holds; `asked` are the paths that were requested, with the range where one was asked for."""

    files: dict[str, bytes] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    details: dict[str, dict[str, object]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def add(self, filename: str, content: bytes, *, metadata: str | None = None, **details: object) -> None:
        self.files[filename] = content
        self.details[filename] = details
        if metadata is not None:
            self.metadata[f"{filename}.metadata"] = metadata

    def listing(self, package: str) -> bytes:
        names = [name for name in self.files if re.split(r"-\d", name)[0].replace("_", "-") == package]
        files = [
            {
                "filename": name,
                "url": f"{self.address}/files/{name}",
                "hashes": {"sha256": hashlib.sha256(self.files[name]).hexdigest()},
                "upload-time": "2024-08-23T19:28:44.319252Z",
                "yanked": False,
                **self.details[name],
            }
            for name in names
        ]
        return json.dumps({"meta": {"api-version": "1.1"}, "name": package, "files": files}).encode()


@contextmanager
def serve(index: LocalIndex) -> Iterator[LocalIndex]:
    """Answer requests on the loopback address until the block is left."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            index.asked.append(f"{self.path} {wanted}".strip())
            content = self._content()
            if content is None:
                self.send_error(404)
                return
            match = re.fullmatch(r"bytes=(\d+)-(\d+)", wanted)
            if match is None:
                self.send_response(200)
            else:
                first, last = int(match[1]), min(int(match[2]), len(content) - 1)
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
                content = content[first : last + 1]
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _content(self) -> bytes | None:
            simple = re.fullmatch(r"/simple/([^/]+)/", self.path)
            if simple:
                return index.listing(simple[1])
            name = self.path.removeprefix("/files/")
            return index.metadata[name].encode() if name in index.metadata else index.files.get(name)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    index.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
