"""Stated correlations, and the least change of daily returns that brings them about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from simulator.core.errors import ParameterError, nearest
from simulator.core.names import quoted
from simulator.core.types import FloatArray

#: An eigenvalue below this share of the largest is none.
_NOTHING: Final = 1e-10
_BISECTIONS: Final = 40

Pairs = Mapping[str, Mapping[str, float]]


def check_pairs(kind: str, pairs: Pairs) -> None:
    """Raise :class:`ParameterError` for a pair stated twice otherwise, or an asset paired with itself."""
    for name, others in pairs.items():
        for other, value in others.items():
            back = pairs.get(other, {}).get(name, value)
            if other == name or back != value:
                said = f"is stated as {value:g} and as {back:g}" if other != name else "is 1 whatever is stated"
                raise ParameterError(f"{kind}: correlations: that of {quoted(name)} with {quoted(other)} {said}")


def stated_over(kind: str, pairs: Pairs, past: FloatArray, names: Sequence[str]) -> FloatArray:
    """(n, n) correlations of the past with the stated pairs in place of theirs; it may be that none can be so.

    Raises
    ------
    ParameterError
        If a pair names what is not among ``names``.
    """
    wanted = past.copy()
    for name, others in pairs.items():
        for other, value in others.items():
            for asset in (name, other):
                if asset not in names:
                    raise ParameterError(
                        f"{kind}: correlations: no asset {quoted(asset)} with returns before it among those it strikes"
                        f"{nearest(asset, names)}"
                    )
            i, j = names.index(name), names.index(other)
            wanted[i, j] = wanted[j, i] = value
    return wanted


def between(kind: str, past: FloatArray, wanted: FloatArray, share: float) -> FloatArray:
    """(n, n) correlations a share of the way from one matrix to another.

    Raises
    ------
    ParameterError
        If no assets can be correlated so, with the share that still works.
    """

    def at(part: float) -> FloatArray:
        return (1.0 - part) * past + part * wanted

    if _can_be(at(share)):
        return at(share)
    low, high = 0.0, share
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _can_be(at(middle)) else (low, middle)
    raise ParameterError(
        f"{kind}: no assets can be correlated as stated, the other pairs being as measured before it; "
        f"{np.floor(1000.0 * low) / 10.0:g}% of the way still works (strength, severity), or state these pairs too"
    )


def _can_be(matrix: FloatArray) -> bool:
    return bool(np.linalg.eigvalsh(matrix)[0] >= -1e-9)


def bringing(past: FloatArray, wanted: FloatArray) -> FloatArray:
    """(n, n) symmetric A for which z A is correlated as wanted where z is as in the past, and moves least from z.

    The optimal transport between two normal laws (Gelbrich 1990): A = P^-1/2 (P^1/2 W P^1/2)^1/2 P^-1/2. What moves in
    no direction in the past moves in none after it.
    """
    root, inverse = _power(past, 0.5), _power(past, -0.5)
    return inverse @ _power(root @ wanted @ root, 0.5) @ inverse


def _power(matrix: FloatArray, exponent: float) -> FloatArray:
    """A power of a symmetric matrix over the directions in which it is not nothing."""
    values, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
    kept = values > _NOTHING * max(float(values[-1]), 0.0)
    powers: FloatArray = np.where(kept, np.where(kept, values, 1.0) ** exponent, 0.0)
    found: FloatArray = (vectors * powers) @ vectors.T
    return found
