"""What a planned cache is enough for, in words."""

from __future__ import annotations

from doctor.core.serving import ServingPlan
from doctor.core.size import say_bytes


def tell_capacity(plan: ServingPlan) -> tuple[str, str]:
    """What the cache holds, and what that is enough for.

    A cache that holds more requests than are worked on at once is large enough, by how much says nothing.
    """
    assert plan.capacity is not None
    lead = f"The cache holds {plan.capacity.tokens:,} tokens"
    each = f"{say_bytes(plan.cache_bytes_per_token)} each on a GPU"
    if plan.crowded:
        return lead, f"{each}: enough for all {plan.sequences} requests at once, each of {plan.length:,} tokens"
    return lead, f"{each}: {plan.capacity.concurrency:.2f} requests of {plan.length:,} tokens at once"
