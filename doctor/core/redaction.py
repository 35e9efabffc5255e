"""What is never kept or handed on: secrets in the names and values of variables and in texts."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doctor.core.snapshot import Snapshot

NOT_STORED = "<set, not stored>"
"""What stands in the place of a secret."""

# Compiled when they are first searched for: all of them take 5 ms, and a report needs two or three.
_compiled = cache(re.compile)

# TOKENIZERS_PARALLELISM holds no token.
_NAME = r"TOKEN(?!IZER)|KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|_PASS$|CREDENTIAL|AUTH|COOKIE"
_VALUE = (
    r"\bhf_[A-Za-z0-9]{8,}|\bapi_org_[A-Za-z0-9]{8,}|\bsk-[A-Za-z0-9_-]{8,}|\bgh[pousr]_[A-Za-z0-9]{8,}"
    r"|\bgithub_pat_\w{8,}|\bglpat-[\w-]{8,}|\bAKIA[0-9A-Z]{12,}|\bnvapi-[\w-]{8,}|\bxox[abprs]-[\w-]{8,}"
    r"|\beyJ[\w-]{10,}\.|-----BEGIN"
    r"|://[^/\s@]+@"  # user:password@ or token@ of an address
    r"|[?&](?:token|sig|signature|key|password|secret|x-amz-signature)="
)


def is_secret(name: str, value: str) -> bool:
    """Whether a variable looks like a secret, by its name or by the form of its value."""
    return bool(_compiled(_NAME, re.IGNORECASE).search(name) or _compiled(_VALUE, re.IGNORECASE).search(value))


def _form(marks: str, pattern: str) -> tuple[tuple[str, ...], str]:
    return tuple(marks.split()), pattern


_KEYS = "api_key api-key apikey access_key access-key password passwd secret auth_token access_token hub_token hf_token"
_KEY = r"(?:api[_-]?key|access[_-]key|password|passwd|secret|(?:auth|access|hub|hf)_token)"
_NO_VALUE = r"[<*$\"'\\\-]|none\b|null\b|true\b|false\b|os\.|self\.|str\b|optional\b"

_FORMS = (
    # user:password or a token before the host of an address; a password may hold an @; git@ is everyone's user.
    _form("://", r"(?P<kept>://)(?!git@)[^/\s?#\"'\\<>]+(?=@)"),
    _form(
        "token= sig= signature= password= secret=",
        r"(?P<kept>[?&][\w-]{0,40}(?:token|sig|signature|password|secret)=)[^&\s\"'\\<>]+",
    ),
    _form(
        "--api-key --hf-token --token --password",
        r"(?P<kept>--(?:api-key|hf-token|token|password)(?:[ =]|\",\s{0,40}\"))(?![<*$-])[^\s\"'\\]+",
    ),
    _form(
        "token= _key= secret= password=",
        r"(?P<kept>\b(?-i:[A-Z0-9_]{0,40}(?:TOKEN|API_KEY|ACCESS_KEY|SECRET|PASSWORD))=)(?![<*$])[^\s\"'\\]+",
    ),
    # What programs and files of settings write: api_key='...', "password": "...", aws_secret_access_key = ...
    _form(_KEYS, rf"(?P<kept>{_KEY}\\?[\"']?\s{{0,3}}[:=]\s{{0,3}}\\?[\"'])(?![<*$])[^\s\"'\\]{{4,}}"),
    _form(_KEYS, rf"(?P<kept>{_KEY}\s{{0,3}}[:=]\s{{0,3}})(?!{_NO_VALUE})[^\s\"'\\,;(){{}}\[\]]{{4,}}"),
    _form("token", r"(?P<kept>\btoken\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"'])[\w+/=.-]{16,}(?=\\?[\"'])"),
    _form("authorization:", r"(?P<kept>authorization: ?(?:bearer|basic) )[^\s\"'\\]+"),
    # The lookbehinds stand after the first letters: an expression that begins with plain text is searched for fast.
    _form("hf_", r"hf_(?<!\whf_)[A-Za-z0-9]{20,}"),
    _form("api_org_", r"api_org_(?<!\wapi_org_)[A-Za-z0-9]{20,}"),
    _form("ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_(?<!\wgh\w_)[A-Za-z0-9]{30,}"),
    _form("github_pat_", r"github_pat_\w{30,}"),
    _form("akia", r"(?-i:AKIA(?<!\wAKIA)[0-9A-Z]{16})"),
    _form("sk-", r"sk-(?<![\w-]sk-)(?=[\w-]{0,200}\d)[\w-]{20,}"),
    _form("glpat-", r"glpat-(?<![\w-]glpat-)[\w-]{20,}"),
    _form("nvapi-", r"nvapi-(?<![\w-]nvapi-)[\w-]{20,}"),
    _form("xox", r"xox[abprs]-(?<![\w-]xox\w-)[\w-]{20,}"),
    _form("eyj", r"eyJ(?<![\w-]eyJ)[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*"),
    _form("-----begin", r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:[A-Za-z0-9+/=\s]|\\n)*"),
)
"""Words, of which one is in every text with such a secret, and the secret; what is `kept` stays before it."""


def redact(text: str) -> str:
    """Replace what has the form of a secret by `***`: for texts that others wrote, errors and whole reports.

    Stricter than `is_secret`: a token is one of a token's length, so that no name of a package is taken for one.
    """
    lowered = text.lower()
    for marks, pattern in _FORMS:
        if any(mark in lowered for mark in marks):
            text = _compiled(pattern, re.IGNORECASE).sub(
                lambda match: f"{match.groupdict().get('kept') or ''}***", text
            )
    return text


def without_secrets(snapshot: Snapshot) -> Snapshot:
    """The snapshot with every text in it redacted: for programs, which see values and no report."""
    import dataclasses

    from doctor.core.texts import rewrite

    def replace(text: str, name: str = "") -> str:
        return redact(text)

    facts = {name: rewrite(fact, replace) for name, fact in snapshot.facts.items()}
    return dataclasses.replace(snapshot, facts=facts)
