"""What one model said to the prompt, and how two such readings are compared.

Tokens alone are a weak test: two right implementations may choose differently where two scores
are nearly equal, and one early difference changes all that follows. So the log-probabilities of
the prompt's own tokens are compared first, and greedy tokens only as far as they are clear.
"""

from __future__ import annotations

import dataclasses

from tinyproof.reporting import Differs

NEW_TOKENS = 6
"""Tokens that are generated greedily."""


@dataclasses.dataclass(frozen=True)
class Criteria:
    """When two readings count as equal, and when as different.

    `tolerance` is the largest difference of a log-probability between two right implementations;
    what differs must be `separation` tolerances apart; at least `clear` greedy tokens must win so
    clearly that they can be compared.
    """

    tolerance: float
    separation: int = 10
    clear: int = 1

    def widened(self, tolerance):
        """Return the same with a tolerance that is at least `tolerance`."""
        return dataclasses.replace(self, tolerance=max(tolerance, self.tolerance))


class Reading:
    """What one model said.

    `logprobs` are those of the prompt's tokens after the first (natural logarithm; empty where
    they were not asked for), `tokens` are generated greedily, and `chosen` are their
    log-probabilities. `gaps` is, for each of them, by how much it exceeds the next best; it is
    empty where only the other side of a comparison measures it.
    """

    def __init__(self, name, logprobs, tokens, chosen=(), gaps=()):
        self.name = name
        self.logprobs = list(logprobs)
        self.tokens = list(tokens)
        self.chosen = list(chosen)
        self.gaps = list(gaps)


def distance(one, other):
    """Return the largest difference of a prompt log-probability."""
    return _largest_difference(one.logprobs, other.logprobs)


def _largest_difference(one, other):
    """Return the largest difference of two lists; infinite where a number is missing or is none."""
    if len(one) != len(other) or not one:
        return float("inf")
    differences = [abs(left - right) for left, right in zip(one, other)]
    # max() passes over a NaN that is not the first item
    return float("inf") if any(item != item for item in differences) else max(differences)


def require_equal(found, reference, criteria):
    """Demand that `found` says what `reference` says; return a line that tells by how much.

    Raises:
        Differs: a log-probability is off by more than the tolerance, or a clear token differs.
    """
    apart, tolerance = distance(found, reference), criteria.tolerance
    if not apart <= tolerance:
        raise Differs(
            f"{found.name} differs from {reference.name}: prompt log-probabilities by up to {apart:.4g}, "
            f"allowed {tolerance:.2g}; tokens {found.tokens} instead of {reference.tokens}"
        )
    clear = _require_equal_tokens(found, reference, criteria)
    return (
        f"{found.name} = {reference.name}: log-probabilities within {apart:.2g} ({tolerance:.2g} allowed), "
        f"{clear} greedy tokens equal"
    )


def require_equal_answer(found, reference, criteria):
    """The same of a reading without the prompt's log-probabilities; return how many tokens are clear.

    The log-probabilities of the clear tokens are compared, and that of the first token in any case:
    of two tokens that are nearly equal either may be chosen, but what it scores is nearly the same.

    Raises:
        Differs: a clear token differs, or its log-probability is off by more than the tolerance.
    """
    clear = _require_equal_tokens(found, reference, criteria)
    compared = max(clear, 1)
    apart = _largest_difference(found.chosen[:compared], reference.chosen[:compared])
    if not apart <= criteria.tolerance:
        raise Differs(
            f"{found.name} differs from {reference.name}: log-probabilities of its tokens by up to {apart:.4g}, "
            f"allowed {criteria.tolerance:.2g}"
        )
    return clear


def _require_equal_tokens(found, reference, criteria):
    """Demand that tokens are equal as far as they are clear; return how many that are."""
    clear = 0
    for gap in reference.gaps:
        if gap <= 2 * criteria.tolerance:
            break
        clear += 1
    if clear < criteria.clear:
        raise Differs(f"{reference.name} has no clear first token to compare")
    if found.tokens[:clear] != reference.tokens[:clear]:
        raise Differs(
            f"{found.name} generates {found.tokens[:clear]} and {reference.name} generates {reference.tokens[:clear]}"
        )
    return clear


def require_apart(one, other, criteria):
    """Demand that two readings are clearly different; return a line that tells by how much.

    Raises:
        Differs: they are not.
    """
    apart = distance(one, other)
    if not apart >= criteria.separation * criteria.tolerance:
        raise Differs(
            f"{one.name} says the same as {other.name} (log-probabilities within {apart:.4g}): "
            "the adapter has no effect"
        )
    return f"{one.name} is {apart:.2g} from {other.name}"
