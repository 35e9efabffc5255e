"""The ranks of an adapter, and the settings of vLLM that serve them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from doctor.core.packages.release import LoraSupport, Support
from doctor.core.same import Same
from doctor.rules.lora.folders import integer


def served_rank(config: dict[str, Any], support: LoraSupport) -> int:
    """The rank that a release compares with its limit: that of `rank_pattern` too where it reads it.

    It is 0 where the config states none.
    """
    pattern = config.get("rank_pattern") if support.ranks_by_pattern is Support.SUPPORTED else None
    stated = integer(config.get("r")) or 0
    return max(stated, _largest(Same(pattern))) if isinstance(pattern, dict) and pattern else stated


@lru_cache(maxsize=4)
def _largest(same: Same[dict[str, Any]]) -> int:
    # There may be one for each of 25,000 modules, and a hundred releases are asked.
    return max(integer(value) or 0 for value in same.value.values())


def smallest_setting(supports: Iterable[LoraSupport], rank: int) -> int:
    """The smallest value of `max_lora_rank` that serves a rank in each of the releases, 0 where there is none."""
    values = set.intersection(*(set(support.max_lora_rank) for support in supports))
    return min((value for value in values if value >= rank), default=0)
