"""Who is in a herd: how many funds of which policy and size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from simulator.core.errors import ScenarioError, nearest
from simulator.core.names import quoted


class Fund(NamedTuple):
    """A policy with money. ``size`` is in currency."""

    policy: str
    size: float


#: Funds that are alike, and how many there are of each.
Members = Mapping[Fund, int]


def members(policies: Sequence[str], sizes: Sequence[float], funds: int) -> Members:
    """``funds`` funds, policies and sizes taken in turn. Sizes are in currency."""
    return Counter(Fund(policies[number % len(policies)], size) for number, size in _sized(sizes, funds))


def led(lead: str, others: Sequence[str], sizes: Sequence[float], funds: int, followers: int) -> Members:
    """A herd of which ``followers`` follow one policy, and the rest the others in turn. Sizes are in currency."""
    following = [lead] * followers + [others[number % len(others)] for number in range(funds - followers)]
    return Counter(Fund(policy, size) for policy, (_, size) in zip(following, _sized(sizes, funds), strict=True))


def _sized(sizes: Sequence[float], funds: int) -> Iterator[tuple[int, float]]:
    return ((number, sizes[number % len(sizes)]) for number in range(funds))


def parse_policies(text: str | None, known: Sequence[str]) -> tuple[str, ...]:
    """The policies that ``--policies a,b`` names; all of them where it is left out.

    Raises
    ------
    ScenarioError
        If one is not in the scenario, or named twice.
    """
    if text is None:
        return tuple(known)
    named = tuple(name.strip() for name in text.split(","))
    for name in named:
        if name not in known:
            raise ScenarioError(f"--policies: no policy {quoted(name)}{nearest(name, known)}")
    if len(set(named)) < len(named):
        raise ScenarioError("--policies: a policy is named twice; funds take them in turn")
    return named


def parse_sizes(text: str | None, usual: float) -> tuple[float, ...]:
    """The sizes that ``--size 1e9,5e8`` states; that of the scenario's book where it is left out. In currency.

    Raises
    ------
    ScenarioError
        If one is no amount of money.
    """
    if text is None:
        return (usual,)
    sizes = []
    for part in text.split(","):
        try:
            size = float(part)
        except ValueError:
            size = float("nan")
        if not 0.0 < size <= 1e15:
            raise ScenarioError(f"--size: {part.strip()!r} is no amount above 0; write --size 1e9, or --size 1e9,5e8")
        sizes.append(size)
    return tuple(sizes)
