"""One node's report, decoded fact by fact, so that what many nodes have in common is decoded once.

The digest of a fact is taken from its JSON text. A report of 300 packages has 400 KB, of which all but a
few hundred bytes are the same on every node of a healthy fleet.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import msgspec

from doctor.core.errors import TargetError
from doctor.core.fact import Fact
from doctor.core.frozen import frozen
from doctor.core.keys import KEYS
from doctor.core.snapshot import READABLE_VERSIONS, SCHEMA_VERSION, Snapshot
from doctor.intake.snapshot import decode_fact

LARGEST = 8 * 1024 * 1024
"""Bytes of the largest report that is read; a real one has less than one MiB."""

KEPT = 2048
"""Decoded facts that are kept: those in which nodes differ pass through."""


class _Envelope(msgspec.Struct):
    schema_version: int
    target: str
    taken_at: str
    doctor_version: str
    facts: dict[str, msgspec.Raw]


@frozen
class NodeReport:
    """A snapshot with the digests of its facts, by the names of their keys; equal digests mean equal facts."""

    snapshot: Snapshot
    digests: Mapping[str, bytes]


class Decoder:
    """Decodes reports, and keeps the facts that it has decoded."""

    def __init__(self) -> None:
        self._facts: OrderedDict[tuple[str, bytes], Fact[Any]] = OrderedDict()

    def decode(self, content: bytes) -> NodeReport:
        """Decode the JSON text of a snapshot.

        Facts under names that this doctor does not know are left out: a newer doctor wrote them.

        Raises:
            TargetError: it is empty, cut short, too large, or not a snapshot of this schema.
        """
        envelope = _open(content)
        facts: dict[str, Fact[Any]] = {}
        digests: dict[str, bytes] = {}
        for name, raw in envelope.facts.items():
            if name in KEYS:
                digest = hashlib.blake2b(raw, digest_size=16).digest()
                facts[name], digests[name] = self._fact(name, digest, raw), digest
        snapshot = Snapshot(
            target=envelope.target, taken_at=envelope.taken_at, doctor_version=envelope.doctor_version, facts=facts
        )
        return NodeReport(snapshot=snapshot, digests=digests)

    def _fact(self, name: str, digest: bytes, raw: msgspec.Raw) -> Fact[Any]:
        found = self._facts.get((name, digest))
        if found is not None:
            self._facts.move_to_end((name, digest))
            return found
        try:
            fact = decode_fact(json.loads(bytes(raw)), KEYS[name].type, name)
        except (msgspec.ValidationError, ValueError, RecursionError) as error:
            raise TargetError(f"it is not a snapshot: {error}") from error
        self._facts[name, digest] = fact
        if len(self._facts) > KEPT:
            self._facts.popitem(last=False)
        return fact


def _open(content: bytes) -> _Envelope:
    if not content.strip():
        raise TargetError("it is empty: the probe wrote nothing")
    if len(content) > LARGEST:
        raise TargetError(f"it has more than {LARGEST // 1024 // 1024} MiB")
    try:
        envelope = msgspec.json.decode(content, type=_Envelope)
    except msgspec.ValidationError as error:
        raise TargetError(f"it is not a snapshot: {error}") from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise TargetError(f"it is not JSON: {error}") from error
    if envelope.schema_version not in READABLE_VERSIONS:
        raise TargetError(f"it has schema version {envelope.schema_version}, this doctor reads {SCHEMA_VERSION}")
    return envelope
