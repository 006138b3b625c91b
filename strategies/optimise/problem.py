"""The single-period problem: what is wanted, at what risk, at what price of trading."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from simulator.core.errors import ParameterError, UndertowError
from simulator.core.types import FloatArray, frozen

#: Below zero by less than this share of the trace, an eigenvalue is rounding.
_ROUNDING: Final = 1e-12
_LARGEST: Final = 1e15


class InfeasibleError(ParameterError):
    """No weights meet the constraints."""


class UnsolvedError(UndertowError):
    """A solver found no weights that are any good."""


@dataclass(frozen=True, eq=False, slots=True)
class SinglePeriodProblem:
    """What to hold next, given what is held, what is expected, and what trading costs.

    Minimise over weights w of N assets

        -expected.w + risk_aversion w'Sw + spread.|w - held| + impact.|w - held|^1.5

    subject to sum w = 1, w >= 0 and half the sum of |w - held| at most ``max_turnover``.

    Parameters
    ----------
    expected
        (N,) expected return of each asset over the period.
    covariance
        (N, N) of returns over the period, S: symmetric and positive semi-definite; of fewer days than assets will do.
    spread
        (N,) or a number: cost of trading one unit of weight, a fraction; 0 or more.
    impact
        (N,) or a number: cost of trading a weight x is ``impact |x|^1.5`` besides; 0 or more. For the law of
        Almgren & Chriss with delta = 0.5 it is ``eta sigma sqrt(nav / adv)``.
    risk_aversion
        0 or more.
    max_turnover
        Half the sum of all trades, as a share of nav; 0 or more, infinity for no bound.

    Raises
    ------
    ParameterError
        If a value is not finite, negative where it cannot be, or of the wrong shape; or the covariance is not one.

    Notes
    -----
    Boyd et al. (2017), Multi-Period Trading via Convex Optimization, section 4; the 3/2 power is their equation 2.3.
    """

    expected: FloatArray
    covariance: FloatArray
    spread: FloatArray
    impact: FloatArray
    risk_aversion: float
    max_turnover: float

    def __post_init__(self) -> None:
        expected = _numbers("expected", self.expected)
        if expected.ndim != 1 or not expected.size:
            raise ParameterError(f"expected must hold one number for each asset, not have shape {expected.shape}")
        n = len(expected)
        cleaned = {
            "expected": expected,
            "covariance": _covariance(self.covariance, n),
            "spread": _costs("spread", self.spread, n),
            "impact": _costs("impact", self.impact, n),
            "risk_aversion": at_least_zero("risk_aversion", self.risk_aversion, _LARGEST),
            "max_turnover": at_least_zero("max_turnover", self.max_turnover, np.inf),
        }
        for field in fields(self):
            object.__setattr__(self, field.name, cleaned[field.name])

    @property
    def assets(self) -> int:
        """N."""
        return len(self.expected)


def held_weights(held: npt.ArrayLike, assets: int) -> FloatArray:
    """(N,) weights held, checked."""
    weights = _numbers("held", held)
    if weights.shape != (assets,):
        raise ParameterError(f"held must hold {assets} weights, one for each asset, not have shape {weights.shape}")
    return weights


def least_turnover(held: FloatArray) -> float:
    """Turnover without which no weights above zero sum to one: cash is invested, what is owed is bought back.

    ``held`` is (N,) fractions of the book, turnover half the sum of all trades as such.
    """
    owed, short = float(-held[held < 0.0].sum()), 1.0 - float(held.sum())
    bought = max(owed, short)
    return bought - 0.5 * short


def turnover_within(problem: SinglePeriodProblem, held: FloatArray) -> float:
    """The bound on turnover as the kernel takes it: finite, and not below the least by rounding.

    A fraction of the book; ``held`` is (N,).

    Raises
    ------
    InfeasibleError
        If it is below the least turnover by more than rounding.
    """
    least = least_turnover(held)
    if problem.max_turnover < least - 1e-12 * (1.0 + least):
        raise InfeasibleError(
            f"no weights within a turnover of {problem.max_turnover:.6g} sum to 1: from what is held, which sums to "
            f"{held.sum():.6g}, it takes {least:.6g}; raise max_turnover"
        )
    return min(max(problem.max_turnover, least), 2.0 + float(np.abs(held).sum()))


def _numbers(name: str, value: npt.ArrayLike) -> FloatArray:
    try:
        given = np.ascontiguousarray(value, np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"{name} must hold numbers") from None
    if not (np.abs(given) <= _LARGEST).all():
        where = tuple(map(int, np.argwhere(~(np.abs(given) <= _LARGEST))[0]))
        raise ParameterError(f"{name} must be finite; at {list(where)} it is {given[where]:g}")
    return frozen(given.copy() if given is value else given)


def _costs(name: str, value: npt.ArrayLike, assets: int) -> FloatArray:
    given = _numbers(name, value)
    if given.shape not in ((), (assets,), (1,)):
        raise ParameterError(
            f"{name} must be a number or hold {assets}, one for each asset, not have shape {given.shape}"
        )
    if (given < 0.0).any():
        raise ParameterError(f"{name} must be zero or more, not {given.min():g}: a trade cannot earn its own cost")
    return frozen(np.broadcast_to(given, (assets,)).copy())


def at_least_zero(name: str, value: Any, most: float) -> float:
    """A number of at least zero and at most ``most``; raise :class:`ParameterError` for any other."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ParameterError(f"{name} must be a number, not {value!r}") from None
    if not 0.0 <= number <= most:
        raise ParameterError(f"{name} must be zero or more, not {number:g}")
    return number


def _covariance(value: npt.ArrayLike, assets: int) -> FloatArray:
    given = _numbers("covariance", value)
    if given.shape != (assets, assets):
        raise ParameterError(f"covariance must have shape ({assets}, {assets}), not {given.shape}")
    scale = float(np.abs(given).max())
    if not np.allclose(given, given.T, rtol=0.0, atol=1e-9 * scale):
        raise ParameterError("covariance must be symmetric; take half the sum of it and its transpose")
    even = 0.5 * (given + given.T)
    if not _is_semidefinite(even):
        raise ParameterError(
            f"covariance must be positive semi-definite; its smallest eigenvalue is {np.linalg.eigvalsh(even)[0]:.3g}; "
            "estimate it from complete rows, shrink it, or set such eigenvalues to 0"
        )
    return frozen(even)


def _is_semidefinite(matrix: FloatArray) -> bool:
    """Whether Cholesky's factor exists once rounding is added to the diagonal: a tenth of the time of eigenvalues."""
    trace = float(np.trace(matrix))
    if trace <= 0.0:
        return not matrix.any()
    lifted = matrix.copy()
    lifted[np.diag_indices_from(lifted)] += _ROUNDING * trace
    try:
        np.linalg.cholesky(lifted)
    except np.linalg.LinAlgError:
        return False
    return True


def table_of(name: str, value: npt.ArrayLike, shape: tuple[int, ...] | None) -> FloatArray:
    """Numbers of a shape, spread over it where they are fewer; of any (n, N) where ``shape`` is None.

    Raises
    ------
    ParameterError
        If they are no finite numbers, or of another shape.
    """
    try:
        given = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"{name} must hold numbers") from None
    if not (np.abs(given) <= _LARGEST).all():
        raise ParameterError(f"{name} must be finite")
    if shape is None:
        if given.ndim != 2 or not given.size:
            raise ParameterError(f"{name} must hold a row for each step, a number for each asset: shape (n, N)")
        return frozen(given.copy())
    if given.shape not in ((), shape[1:], shape):
        raise ParameterError(f"{name} must be a number or have shape {shape[1:]} or {shape}, not {given.shape}")
    return frozen(np.broadcast_to(given, shape).copy())
