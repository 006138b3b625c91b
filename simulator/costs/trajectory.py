"""The closed forms of Almgren & Chriss (2001), as the paper writes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray, frozen

from .trajectory_nb import holding_nb, kappa_nb


@dataclass(frozen=True, eq=False)
class Trajectory:
    """An optimal liquidation in n slices.

    Attributes
    ----------
    holdings
        (n + 1,) position left after 0, 1, ... n slices; the first is X, the last 0.
    kappa
        Urgency per slice.
    expected_cost, variance
        Of the shortfall, in currency and currency squared.
    """

    holdings: FloatArray
    kappa: float
    expected_cost: float
    variance: float

    @property
    def trades(self) -> FloatArray:
        """(n,) what each slice trades. In units of the position."""
        return -np.diff(self.holdings)


def optimal_trajectory(
    position: float,
    slices: int,
    *,
    sigma: float,
    eta: float,
    gamma: float = 0.0,
    epsilon: float = 0.0,
    risk_aversion: float = 0.0,
) -> Trajectory:
    """The trajectory that minimises expected cost + risk_aversion x variance under linear impact, tau = 1.

    Parameters
    ----------
    position
        X, in shares (or in notional, with the other parameters per unit of notional).
    slices
        n, one session each.
    sigma
        Volatility of one unit over one slice, in currency.
    eta, gamma
        Temporary impact per unit traded in a slice, permanent impact per unit, in currency.
    epsilon
        Fixed cost of a unit traded (half the spread), in currency.
    risk_aversion
        lambda, per currency; 0 gives the straight line.

    Raises
    ------
    ParameterError
        If eta - gamma / 2 is not positive: the problem then has no interior solution.

    Notes
    -----
    Almgren & Chriss (2001), equations 4 to 8 (cost and variance of a trajectory) and 16 to 20 (the optimum).
    """
    tilde = eta - 0.5 * gamma
    if slices < 1:
        raise ParameterError(f"slices must be at least 1, not {slices}")
    if not tilde > 0.0:
        raise ParameterError(f"eta - gamma / 2 must be positive, not {tilde:.6g}")
    kappa = float(kappa_nb(risk_aversion, sigma, tilde))
    left = np.array([holding_nb(j, slices, kappa) for j in range(slices + 1)])
    holdings = frozen(position * left)
    trades = -np.diff(holdings)
    cost = 0.5 * gamma * position**2 + epsilon * np.abs(trades).sum() + tilde * np.square(trades).sum()
    return Trajectory(holdings, kappa, float(cost), float(sigma**2 * np.square(holdings[1:]).sum()))
