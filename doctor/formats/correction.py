"""What is said above a corrected command line."""

from __future__ import annotations

from doctor.core.report import Correction


def lead_of(correction: Correction) -> str:
    """The line above the command: what it is, and what no option mends."""
    left = ", ".join(correction.left)
    return "The command with all of these changes" + (f"; it leaves {left}" if left else "")
