"""Reports as JSON."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from doctor.core.inert import make_json_inert
from doctor.formats.rendering import Rendering
from doctor.formats.wire import report_of


def render(rendering: Rendering) -> str:
    """Write a report as JSON, in the form of `doctor.formats.wire`."""
    return dump(msgspec.to_builtins(report_of(rendering.report, rendering.stack, rendering.fail_on)))


def dump(value: Any) -> str:
    """Write JSON in ASCII: paths that are not UTF-8 survive, and no control reaches a terminal."""
    text = make_json_inert(json.dumps(value))
    try:
        # With `indent` json.dumps leaves its compiled encoder out, and takes ten times as long.
        return msgspec.json.format(text, indent=2) + "\n"
    except msgspec.DecodeError:
        # Half of a surrogate pair, which stands for a byte of such a path, is no JSON for msgspec.
        return make_json_inert(json.dumps(value, indent=2)) + "\n"
