"""What one model said to the prompt, and how two such readings are compared.

Tokens alone are a weak test: two right implementations may choose differently where two scores
are nearly equal, and one early difference changes all that follows. So the log-probabilities of
the prompt's own tokens are compared first, and greedy tokens only as far as they are clear.
"""

from __future__ import annotations

from tinyproof.reporting import Differs

EXACT = 2e-3
"""Largest difference of a log-probability between two right float32 implementations."""

SEPARATION = 10
"""Two different adapters must be this many tolerances apart."""


class Reading:
    """`logprobs` of the prompt's tokens after the first (natural logarithm), greedy `tokens`.

    `gaps` is, for each greedy token, by how much its log-probability exceeds the next best; it
    is None where only the other side of a comparison measures it.
    """

    def __init__(self, name, logprobs, tokens, gaps=None):
        self.name = name
        self.logprobs = list(logprobs)
        self.tokens = list(tokens)
        self.gaps = gaps


def distance(one, other):
    """Return the largest difference of a prompt log-probability."""
    if len(one.logprobs) != len(other.logprobs):
        return float("inf")
    differences = [abs(one.logprobs[index] - other.logprobs[index]) for index in range(len(one.logprobs))]
    # max() passes over a NaN that is not the first item
    return float("inf") if any(item != item for item in differences) else max(differences)


def require_equal(found, reference, tolerance):
    """Demand that `found` says what `reference` says; return a line that tells by how much.

    Raises:
        Differs: a log-probability is off by more than `tolerance`, or a clear token differs.
    """
    apart = distance(found, reference)
    if not apart <= tolerance:
        raise Differs(
            f"{found.name} differs from {reference.name}: prompt log-probabilities by up to {apart:.4g}, "
            f"allowed {tolerance:.2g}; tokens {found.tokens} instead of {reference.tokens}"
        )
    clear = _clear_tokens(reference, tolerance)
    if not clear:
        raise Differs(f"{reference.name} has no clear first token to compare")
    if found.tokens[:clear] != reference.tokens[:clear]:
        raise Differs(
            f"{found.name} generates {found.tokens[:clear]} and {reference.name} generates {reference.tokens[:clear]}"
        )
    return f"{found.name} = {reference.name}: log-probabilities within {apart:.2g}, {clear} greedy tokens equal"


def require_apart(one, other, tolerance):
    """Demand that two readings are clearly different; return a line that tells by how much.

    Raises:
        Differs: they are not.
    """
    apart = distance(one, other)
    if not apart >= SEPARATION * tolerance:
        raise Differs(
            f"{one.name} says the same as {other.name} (log-probabilities within {apart:.4g}): "
            "the adapter has no effect"
        )
    return f"{one.name} is {apart:.2g} from {other.name}"


def _clear_tokens(reference, tolerance):
    count = 0
    for gap in reference.gaps or []:
        if gap <= 2 * tolerance:
            break
        count += 1
    return count
