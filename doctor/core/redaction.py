"""What is never kept or handed on: secrets in the names and values of variables and in texts."""

from __future__ import annotations

import re

NOT_STORED = "<set, not stored>"
"""What stands in the place of a secret."""

# TOKENIZERS_PARALLELISM holds no token.
_NAME = re.compile(r"TOKEN(?!IZER)|KEY|SECRET|PASSWORD|PASSWD|CREDENTIAL|AUTH|COOKIE", re.IGNORECASE)
_VALUE = re.compile(
    r"\bhf_[A-Za-z0-9]{8,}|\bapi_org_[A-Za-z0-9]{8,}|\bsk-[A-Za-z0-9_-]{8,}|\bgh[pousr]_[A-Za-z0-9]{8,}"
    r"|\bgithub_pat_\w{8,}|\bglpat-[\w-]{8,}|\bAKIA[0-9A-Z]{12,}|\bnvapi-[\w-]{8,}|\bxox[abprs]-[\w-]{8,}"
    r"|\beyJ[\w-]{10,}\.|-----BEGIN"
    r"|://[^/\s@]+@"  # user:password@ or token@ of an address
    r"|[?&](?:token|sig|signature|key|password|secret|x-amz-signature)=",
    re.IGNORECASE,
)


def is_secret(name: str, value: str) -> bool:
    """Whether a variable looks like a secret, by its name or by the form of its value."""
    return bool(_NAME.search(name) or _VALUE.search(value))
