"""What it costs to sell a book, by size and by how long one takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from simulator.core.errors import ParameterError
from simulator.core.types import BoolArray, FloatArray, frozen

from .amounts import amount, divided, listed, number, positions, share, together, whole

#: Almgren & Chriss (2001), section 3.4: a unit of variance costs a millionth, per unit of currency.
RISK_AVERSION: Final = 1e-6
#: Almgren, Thum, Hauptmann & Li (2005), section 4.3.
ETA: Final = 0.142
GAMMA: Final = 0.314
_PANELS: Final = ("half_spread", "volume", "sigma", "eta", "gamma")
_STEPS = 6  # secants at most
_CLOSE = 1e-10  # logs of what is allowed and found
_SAME = 1e-9  # logs of sizes that differ by less show no slope


@dataclass(frozen=True, eq=False, kw_only=True)
class SaleTerms:
    """What one needs to price sales of N assets: the coefficients of the cost law.

    Attributes
    ----------
    half_spread
        (..., N) fraction of price.
    volume
        (..., N) daily volume, in currency; 0 where nothing can be sold.
    sigma
        (..., N) daily volatility.
    eta, delta, gamma
        Temporary impact eta sigma (x / V)^delta a session, permanent impact gamma sigma X / V.
    correlation
        (N, N) of returns; ``None`` takes all assets to fall together, which is the most that risk can be.
    """

    half_spread: FloatArray
    volume: FloatArray
    sigma: FloatArray
    eta: FloatArray = field(default_factory=lambda: frozen(ETA))
    gamma: FloatArray = field(default_factory=lambda: frozen(GAMMA))
    delta: float = 0.6
    correlation: FloatArray | None = None

    def __post_init__(self) -> None:
        for name in _PANELS:
            object.__setattr__(self, name, amount(name, getattr(self, name)))
        together({name: getattr(self, name).shape for name in _PANELS})
        if not 0.0 < number("delta", self.delta) <= 1.0:
            raise ParameterError(f"delta must be above 0 and at most 1, not {self.delta}")

    def check(self, own: FloatArray) -> None:
        """Raise :class:`ParameterError` unless these are terms of such positions (..., N)."""
        panels = {name: getattr(self, name).shape for name in _PANELS}
        n = together({"values": own.shape, **panels})[-1]
        if self.correlation is not None and np.shape(self.correlation) != (n, n):
            raise ParameterError(f"correlation must have shape ({n}, {n}), not {np.shape(self.correlation)}")

    def of(self, books: BoolArray) -> SaleTerms:
        """Those of some books, chosen along the leading axes.

        Panels become (chosen, N); those that are alike for all books stay.
        """

        def chosen(panel: FloatArray) -> FloatArray:
            return np.broadcast_to(panel, (*books.shape, *panel.shape[-1:]))[books] if panel.ndim else panel

        half_spread, volume, sigma = chosen(self.half_spread), chosen(self.volume), chosen(self.sigma)
        return replace(self, half_spread=half_spread, volume=volume, sigma=sigma)


@dataclass(frozen=True, eq=False)
class Liquidation:
    """Expected cost of selling positions, and how far it may stray.

    Attributes
    ----------
    cost
        (..., N) expected cost of each position, in currency; inf where what is held cannot be sold.
    deviation
        (...) standard deviation of the shortfall of the book, in currency.
    """

    cost: FloatArray
    deviation: FloatArray

    @property
    def total(self) -> FloatArray:
        """(...) expected cost of the book, in currency."""
        total: FloatArray = self.cost.sum(axis=-1)
        return total


def liquidation_cost(
    values: npt.ArrayLike, sessions: int, terms: SaleTerms, *, risk_aversion: float = RISK_AVERSION
) -> Liquidation:
    """Expected cost and its standard deviation of selling positions along their optimal trajectories.

    Parameters
    ----------
    values
        (..., N) positions, in currency.
    sessions
        Over how many sessions, one slice each; all is sold, whatever share of volume that takes.
    risk_aversion
        lambda, per currency; 0 sells evenly, and the more, the more is sold first.

    Notes
    -----
    The trajectory of each position is the optimum of Almgren & Chriss (2001), equations 16 to 20, under the linear
    law that costs as much as the power law does when it sells evenly (:mod:`simulator.costs.trajectory_nb`); it is then
    priced under the power law itself, with the spread and half of its own permanent impact. Deviations are of prices
    while positions are still held (equation 5); positions are scheduled apart, and their risks added through
    ``correlation``.
    """
    own, sessions = positions("values", values), whole("sessions", sessions)
    terms.check(own)
    aversion = amount("risk_aversion", risk_aversion)
    if np.isnan(aversion).any():
        raise ParameterError("risk_aversion must be zero or more, not nan")
    urgency = _urgency(own, sessions, terms, aversion)
    shape = np.broadcast_shapes(own.shape, urgency.shape)
    held = [own * left for left in _holdings(urgency, sessions)]
    power = np.zeros(shape)
    for before, after in pairwise(held):
        power += np.maximum(before - after, 0.0) ** (1.0 + terms.delta)
    with np.errstate(invalid="ignore"):
        temporary = divided(terms.eta * terms.sigma * power, terms.volume**terms.delta, np.inf)
        permanent = divided(0.5 * terms.gamma * terms.sigma * own * own, terms.volume, np.inf)
        cost = np.where(own == 0.0, 0.0, own * terms.half_spread + temporary + permanent)
    return Liquidation(cost, _deviation(held[1:-1], terms, shape[:-1]))


def _urgency(own: FloatArray, sessions: int, terms: SaleTerms, risk_aversion: FloatArray) -> FloatArray:
    """Kappa of each position (Almgren & Chriss, equations 16 to 18, tau = 1); inf where waiting saves nothing.

    Permanent impact costs 1/2 gamma sigma X^2 / V on every schedule, so that what remains of a slice's is temporary.
    """
    pace = own / sessions
    of_volume = divided(pace, terms.volume, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        linear = terms.eta * terms.sigma * of_volume**terms.delta / pace
        half = 0.5 * risk_aversion * terms.sigma**2 / linear
        kappa = np.log1p(half + np.sqrt(half * (half + 2.0)))
    waits = (risk_aversion > 0.0) & (own > 0.0) & np.isfinite(of_volume)
    return np.where(waits, np.where(linear > 0.0, kappa, np.inf), 0.0)


def _holdings(kappa: FloatArray, n: int) -> list[FloatArray]:
    """Share of a position left after 0 ... n slices: sinh(kappa (n - j)) / sinh(kappa n) (equation 19)."""
    straight, at_once = kappa < 1e-9, np.isinf(kappa)
    some = np.where(straight | at_once, 1.0, kappa)
    below = np.expm1(-2.0 * some * n)
    left: list[FloatArray] = [np.ones(kappa.shape)]
    for j in range(1, n):
        curved = np.exp(-some * j) * np.expm1(-2.0 * some * (n - j)) / below
        left.append(np.where(straight, 1.0 - j / n, np.where(at_once, 0.0, curved)))
    return [*left, np.zeros(kappa.shape)]


def _deviation(held: list[FloatArray], terms: SaleTerms, lead: tuple[int, ...]) -> FloatArray:
    """Of the shortfall, from what is held over each night before the last slice."""
    variance = np.zeros(lead)
    for position in held:
        risk = position * terms.sigma
        if terms.correlation is None:
            variance = variance + np.square(risk.sum(axis=-1))
        else:
            variance = variance + np.einsum("...i,ij,...j->...", risk, terms.correlation, risk)
    deviation: FloatArray = np.sqrt(np.maximum(variance, 0.0))
    return deviation


def cost_surface(
    values: npt.ArrayLike,
    sizes: npt.ArrayLike,
    horizons: tuple[int, ...],
    terms: SaleTerms,
    *,
    risk_aversion: float = RISK_AVERSION,
) -> tuple[FloatArray, FloatArray]:
    """(..., S, H) expected cost and its standard deviation of selling shares of a book over horizons, in currency.

    Parameters
    ----------
    sizes
        (S,) shares of every position, at most 1.
    horizons
        H numbers of sessions.
    """
    own, parts = positions("values", values), listed("sizes", share("sizes", sizes))
    if not isinstance(horizons, Iterable) or not (horizons := tuple(horizons)):
        raise ParameterError(f"horizons must be a list of at least one number of sessions, not {horizons!r}")
    whole = [
        [liquidation_cost(own * part, horizon, terms, risk_aversion=risk_aversion) for horizon in horizons]
        for part in parts
    ]
    cost = np.stack([np.stack([cell.total for cell in row], axis=-1) for row in whole], axis=-2)
    deviation = np.stack([np.stack([cell.deviation for cell in row], axis=-1) for row in whole], axis=-2)
    return cost, deviation


def liquidation_value(
    values: npt.ArrayLike,
    sessions: int,
    terms: SaleTerms,
    *,
    cash: npt.ArrayLike = 0.0,
    risk_aversion: float = RISK_AVERSION,
) -> FloatArray:
    """(...) what the book is expected to bring when it is sold whole within the horizon, cash included.

    In currency; ``values`` are (..., N), the horizon is in sessions.

    Negative infinity where something held cannot be sold.
    """
    own, held = positions("values", values), amount("cash", cash)
    together({"values": own.shape[:-1], "cash": held.shape})
    worth: FloatArray = held + own.sum(axis=-1)
    return worth - liquidation_cost(own, sessions, terms, risk_aversion=risk_aversion).total


def largest_size(
    values: npt.ArrayLike,
    max_cost_bps: npt.ArrayLike,
    sessions: int,
    terms: SaleTerms,
    *,
    risk_aversion: float = RISK_AVERSION,
    whole_cost: FloatArray | None = None,
) -> FloatArray:
    """(...) largest share of a book that can be sold within the horizon at no more than a cost, of what is sold.

    Parameters
    ----------
    max_cost_bps
        Expected cost, in basis points of what is sold; broadcasts with the leading axes.
    whole_cost
        (...) expected cost of selling all of it, where it is known already.

    Returns
    -------
    ndarray
        From 0, where the spread alone is dearer, to 1; NaN for an empty book, and where the cost is.
    """
    own, most = positions("values", values), 1e-4 * amount("max_cost_bps", max_cost_bps)
    terms.check(own)
    lead = together({"values": own.shape[:-1], "max_cost_bps": most.shape, "volume": terms.volume.shape[:-1]})
    whole, most = np.broadcast_to(own.sum(axis=-1), lead), np.broadcast_to(most, lead)
    spread = divided(np.broadcast_to((own * terms.half_spread).sum(axis=-1), lead), whole, np.nan)
    cost = whole_cost
    if cost is None:
        cost = liquidation_cost(own, sessions, terms, risk_aversion=risk_aversion).total
    impact, allowed = divided(np.broadcast_to(cost, lead), whole, np.nan) - spread, most - spread
    out = np.where(np.isnan(impact) | np.isnan(allowed), np.nan, np.where(impact <= allowed, 1.0, 0.0))
    sought = (allowed > 0.0) & (impact > allowed)
    if sought.any():
        some, rows = terms.of(sought), np.broadcast_to(own, (*lead, own.shape[-1]))[sought]
        found = _sought(rows, allowed[sought], impact[sought], sessions, some, risk_aversion)
        out[sought] = found
    return out


def _sought(
    own: FloatArray, allowed: FloatArray, impact: FloatArray, sessions: int, terms: SaleTerms, risk_aversion: float
) -> FloatArray:
    """(R,) share whose impact, of what is sold, is what is allowed: by secants of logs, all but straight lines."""
    whole, spread = own.sum(axis=-1), (own * terms.half_spread).sum(axis=-1)
    goal, before, was = np.log(allowed), np.zeros(len(own)), np.log(impact)
    slope, log_size = np.full(len(own), terms.delta), (goal - was) / terms.delta
    log_size = np.where(np.isfinite(log_size), log_size, -np.inf)
    left = np.isfinite(log_size)  # each book stops by itself, whatever the others do
    for _ in range(_STEPS):
        size = np.exp(log_size)
        cost = liquidation_cost(own * size[:, None], sessions, terms, risk_aversion=risk_aversion).total
        with np.errstate(divide="ignore", invalid="ignore"):
            now = np.log((cost - spread * size) / (whole * size))
            slope = np.where(np.abs(log_size - before) > _SAME, (now - was) / (log_size - before), slope)
        left = left & np.isfinite(now) & ~(np.abs(goal - now) < _CLOSE)
        if not left.any():
            break
        slope = np.clip(np.nan_to_num(slope, nan=1.0), terms.delta / 2.0, 2.0)
        before, was = log_size, now
        log_size = np.where(left, np.minimum(log_size + (goal - now) / slope, 0.0), log_size)
    found: FloatArray = np.exp(log_size)
    return found
