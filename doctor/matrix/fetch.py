"""Fetching a file from an address, within limits."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO

from doctor import __version__
from doctor.core.errors import MatrixError

_SCHEMES = ("http", "https")


class _OnlyHttp(urllib.request.HTTPRedirectHandler):
    """Follows to other addresses of HTTP, and from an encrypted one to encrypted ones only."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        scheme = urllib.parse.urlsplit(newurl).scheme
        if scheme not in _SCHEMES or (req.type == "https" and scheme != "https"):
            raise urllib.error.URLError(f"it redirects to an address of another kind ({scheme})")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def is_address(source: str) -> bool:
    """Whether a source is an address and not a path."""
    return source.lower().startswith(tuple(f"{scheme}://" for scheme in _SCHEMES))


def is_encrypted(source: str) -> bool:
    """Whether nobody on the way can change what comes from a source; a path is on this machine."""
    return not source.lower().startswith("http://")


def join_suffix(address: str, suffix: str) -> str:
    """An address whose path has a suffix more: before a query, if there is one."""
    parts = urllib.parse.urlsplit(address)
    return urllib.parse.urlunsplit(parts._replace(path=parts.path + suffix))


def without_credentials(source: str) -> str:
    """A source as it may be shown and kept: without user, password, query and fragment."""
    if not is_address(source):
        return source
    parts = urllib.parse.urlsplit(source)
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def fetch(address: str, *, limit: int, timeout: float) -> bytes:
    """Fetch a file of at most `limit` bytes; the server may be silent for `timeout` seconds.

    Proxies are taken from the environment, as urllib does.

    Raises:
        MatrixError: it cannot be fetched, or is larger.
    """
    name = without_credentials(address)
    try:
        request = urllib.request.Request(address, headers={"User-Agent": f"llm-stack-doctor/{__version__}"})  # noqa: S310 - is_address has looked at the scheme
        with urllib.request.build_opener(_OnlyHttp).open(request, timeout=timeout) as response:
            content: bytes = response.read(limit + 1)
    except urllib.error.HTTPError as error:
        raise MatrixError(f"{name} cannot be fetched: the server says {error.code} {error.reason}") from error
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise MatrixError(
            f"{name} cannot be fetched: {reason}", hint="is there a network, or a proxy to set?"
        ) from error
    if len(content) > limit:
        raise MatrixError(f"{name} has more than {limit} bytes: this is too large to be a matrix")
    return content
