"""The environment doctor for people who fine-tune language models and serve them with vLLM.

``from doctor import check, snapshot`` gives what `doctor.api` holds; it is imported when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from doctor.api import (
        DoctorError,
        FixPlan,
        Report,
        Snapshot,
        check,
        diagnose,
        explain,
        plan,
        plan_fix,
        snapshot,
    )

__version__ = "0.1.0"

__all__ = [
    "DoctorError",
    "FixPlan",
    "Report",
    "Snapshot",
    "__version__",
    "check",
    "diagnose",
    "explain",
    "plan",
    "plan_fix",
    "snapshot",
]


def __getattr__(name: str) -> Any:
    # Importing the package stays free: probes and rules of the command line are in it, too.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module("doctor.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
