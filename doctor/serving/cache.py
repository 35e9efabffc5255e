"""What a cache of a given size holds, as vLLM counts it."""

from __future__ import annotations

import math

from doctor.core.serving import Capacity
from doctor.serving.attention import Attention


def capacity_of(
    attention: Attention,
    *,
    size: int,
    length: int,
    batched_tokens: int,
    block_tokens: int,
    element: int,
    parallel: int = 1,
) -> Capacity:
    """Say what `size` bytes hold for requests of `length` tokens.

    `batched_tokens` is the most that one step computes, which a window has to have room for as
    well; `element` are the bytes of a number in the cache.
    """
    page = attention.page(block_tokens, element, parallel)
    blocks = size // (page * attention.group_size)
    request = request_blocks(attention, length=length, batched_tokens=batched_tokens, block_tokens=block_tokens)
    concurrency = blocks / request
    return Capacity(
        block_tokens=block_tokens,
        blocks=blocks,
        request_blocks=request,
        tokens=math.floor(concurrency * length),
        concurrency=concurrency,
    )


def request_blocks(attention: Attention, *, length: int, batched_tokens: int, block_tokens: int) -> int:
    """The blocks that one request of `length` tokens takes."""
    full, sliding = attention.groups()
    whole = math.ceil(length / block_tokens)
    seen = min(attention.window - 1 + batched_tokens, length)
    return full * whole + sliding * (math.ceil(seen / block_tokens) + 1)
