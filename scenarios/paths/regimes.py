"""Markov regimes of a market: calm, stressed, crisis, each with its means, covariance, tails, volume and spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import digamma
from threadpoolctl import threadpool_limits

from simulator.core.errors import DataError
from simulator.core.types import FloatArray, IntArray
from simulator.core.within import Within, check_fields

from .drawn import NONE, Drawn
from .history import History, sessions_a_year
from .markov import Smoothed, chosen, smoothed, stationary, walked
from .response import Responses, drivers
from .student import LEAST_DOF, MOST_DOF, dof_of_kurtosis, log_density, mixed, standard_t

#: What the regimes are called, by how many there are.
NAMES: Final = {
    2: ("calm", "crisis"),
    3: ("calm", "stressed", "crisis"),
    4: ("calm", "usual", "stressed", "crisis"),
}
#: Where regimes are first looked for: quantiles of the size of returns, smoothed.
_FIRST: Final = {2: (0.85,), 3: (0.6, 0.85), 4: (0.4, 0.7, 0.9)}
_SMOOTHED: Final = 11
_STAYS: Final = 0.98
_ROUNDS: Final = 200
#: Log likelihoods as near as this are one.
_SAME: Final = 1e-3
#: Sessions that each asset adds to what the covariance of a regime is thought to be beforehand.
_PRIOR: Final = 0.5
#: Share of each asset's variance that is its own, and the variance of an asset that never moves.
_OWN: Final = 1e-6
_STILL: Final = 1e-16
_NEVER: Final = 1e-9
#: Regimes of more assets than this are looked for in so many principal components of them.
_MANY: Final = 8
_COMPONENTS: Final = 5


_UNSETTLED: Final = (
    f"The search for regimes had not settled after {_ROUNDS} rounds: this history does not tell them well apart."
)


@dataclass(frozen=True, kw_only=True)
class Regimes:
    """Markov regime switching (Hamilton 1989) with multivariate t returns in each regime.

    Regimes are found by expectation maximisation of the joint returns, of more than eight assets of their first five
    principal components: what befalls a single share is no regime of the market. Means, covariances and tails of a
    regime are then the moments of history weighted by its smoothed probabilities, so that paths keep the mean and the
    covariance of history; degrees of freedom follow from the median over assets of the excess kurtosis within the
    regime.

    Parameters
    ----------
    states
        Number of regimes, from the calmest to the worst.
    """

    states: Annotated[int, Within(2, 4)] = 3

    def __post_init__(self) -> None:
        check_fields(self)

    def fit(self, history: History) -> FittedRegimes:
        """Find the regimes of a history.

        Raises
        ------
        DataError
            If a regime is left with too few sessions to say what it is like.
        """
        with threadpool_limits(limits=1):  # one order of summation on every machine
            law, found, settled = _found(movers(history.returns / history.scale), self.states)
            own = _moments(history.returns, found, law.moves)
            order = np.argsort([float(np.trace(cov / np.outer(history.scale, history.scale))) for cov in own.covs])
            law = own.ordered(order)
            probabilities = found.probabilities[:, order]
            shocks = _shocks(history.returns, probabilities, law)
            responses = Responses.fit(history, drivers(probabilities, shocks))
        return FittedRegimes(history, law, probabilities, responses, settled)


class RegimeLaw(NamedTuple):
    """The parameters of K regimes of N assets.

    Attributes
    ----------
    moves
        (K, K) probability of regime j on the session after regime i.
    means, covs
        (K, N), (K, N, N) of log returns a session.
    dof
        (K,) degrees of freedom of the multivariate t.
    """

    moves: FloatArray
    means: FloatArray
    covs: FloatArray
    dof: FloatArray

    def ordered(self, order: IntArray) -> RegimeLaw:
        """The same regimes in another order. ``order`` is (K,), the regime that each comes from."""
        return RegimeLaw(self.moves[np.ix_(order, order)], self.means[order], self.covs[order], self.dof[order])

    @property
    def sizes(self) -> FloatArray:
        """(K, N) standard deviation of each asset a session."""
        return np.sqrt(np.einsum("kii->ki", self.covs))


@dataclass(frozen=True, eq=False)
class FittedRegimes:
    """Regimes of a history; a state is a regime and the residuals of volumes and spreads.

    ``probabilities`` are (L, K), a row a session of history.
    """

    history: History
    law: RegimeLaw
    probabilities: FloatArray
    responses: Responses
    settled: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """What its regimes are called."""
        return NAMES[len(self.law.moves)]

    def start(self, rng: np.random.Generator) -> Any:
        """A regime by how often it happens."""
        return chosen(stationary(self.law.moves), rng), self.responses.usual(rng)

    def after(self, row: int) -> Any:
        """The likeliest regime of a session of history."""
        return int(self.probabilities[row].argmax()), self.responses.after(row)

    def draw(self, state: Any, sessions: int, rng: np.random.Generator) -> tuple[Drawn, Any]:
        """Regimes, then returns, then volumes and spreads. Arrays are (sessions, N)."""
        drawn, state, _ = self.told(state, sessions, rng)
        return drawn, state

    def told(self, state: Any, sessions: int, rng: np.random.Generator) -> tuple[Drawn, Any, IntArray]:
        """What is drawn, the state it ends in, and the regime (L,) of each session."""
        regime, rest = state
        path = walked(self.law.moves, regime, sessions, rng)
        rows = standard_t((sessions, self.law.means.shape[1]), self.law.dof[path], rng)
        returns = self.law.means[path]
        for number, root in enumerate(np.linalg.cholesky(self.law.covs)):
            here = path == number
            returns[here] += mixed(rows[here], root)
        shocks = (returns - self.law.means[path]) / self.law.sizes[path]
        x = drivers(np.eye(len(self.law.moves))[path], shocks)
        volume, spread, rest = self.responses.draw(x, rest, rng)
        return Drawn(returns, volume, spread, np.full(sessions, NONE)), (int(path[-1]), rest), path

    def notes(self) -> list[str]:
        """What the regimes are."""
        share, stay = stationary(self.law.moves), np.diag(self.law.moves)
        told = "; ".join(
            f"{name} {share[k]:.0%} of sessions, {1.0 / max(1.0 - stay[k], 1e-9):.0f} at a time"
            for k, name in enumerate(self.names)
        )
        return [
            "Paths: Markov regime switching (Hamilton 1989) with multivariate t returns, fitted on "
            f"{self.history.span}: {told}. Returns of two sessions of one regime are independent; volumes and spreads "
            "follow the regime and the size of returns, with residuals that last.",
            *([] if self.settled else [_UNSETTLED]),
        ]

    def figures(self) -> Mapping[str, Any]:
        """Regimes, in annual terms."""
        year, assets = sessions_a_year(self.history.market), self.history.market.assets
        share = stationary(self.law.moves)
        regimes = []
        for k, name in enumerate(self.names):
            sizes = self.law.sizes[k]
            weight = self.probabilities[:, k]
            regimes.append(
                {
                    "name": name,
                    "share": float(share[k]),
                    "sessions_at_a_time": float(1.0 / max(1.0 - self.law.moves[k, k], 1e-12)),
                    "dof": float(self.law.dof[k]),
                    "mean_a_year": dict(zip(assets, (self.law.means[k] * year).tolist(), strict=True)),
                    "volatility_a_year": dict(zip(assets, (sizes * np.sqrt(year)).tolist(), strict=True)),
                    "correlation": (self.law.covs[k] / np.outer(sizes, sizes)).tolist(),
                    "volume_over_usual": _level(self.history.volume, weight, assets),
                    "half_spread_bps": _level(self.history.spread, weight, assets, 1e4),
                    "range_bps": _level(_ranges(self.history), weight, assets, 1e4),
                }
            )
        return {"regimes": regimes, "transition": self.law.moves.tolist()}


def _ranges(history: History) -> FloatArray | None:
    """(S, N) log of what the high is above the low, as a fraction; NaN where there is no range."""
    high, low = history.market.high, history.market.low
    if high is None or low is None:
        return None
    above = high[history.rows] / low[history.rows] - 1.0
    return np.log(np.where(above > 0.0, above, np.nan))


def _level(
    panel: FloatArray | None, weight: FloatArray, assets: Sequence[str], unit: float = 1.0
) -> dict[str, float] | None:
    """By asset, the mean level within a regime of a panel of logs."""
    if panel is None:
        return None
    known = np.isfinite(panel)
    total = np.where(known, weight[:, None], 0.0).sum(axis=0)
    mean = np.divide((weight[:, None] * np.nan_to_num(panel)).sum(axis=0), total, where=total > 0.0, out=0.0 * total)
    return dict(zip(assets, (np.exp(mean) * unit).tolist(), strict=True))


def _found(x: FloatArray, count: int) -> tuple[RegimeLaw, Smoothed, bool]:
    """Regimes of (S, N) returns in units of their standard deviations, by expectation maximisation.

    And whether the search had settled before it was ended.
    """
    label = np.searchsorted(np.quantile(_storms(x), _FIRST[count]), _storms(x))
    prior = np.cov(x, rowvar=False).reshape(x.shape[1], x.shape[1])
    parts = [x[label == k] for k in range(count)]
    law = RegimeLaw(
        np.where(np.eye(count) == 1.0, _STAYS, (1.0 - _STAYS) / (count - 1)),
        np.array([part.mean(axis=0) for part in parts]),
        np.array([_shrunk(part.T @ part, len(part), prior) for part in parts]),
        np.full(count, 8.0),
    )
    first, before = np.full(count, 1.0 / count), -np.inf
    for _ in range(_ROUNDS):
        density, squares = _densities(x, law)
        found = smoothed(density, law.moves, first)
        weight = found.probabilities.sum(axis=0)
        if weight.min() < x.shape[1] + 2:
            name = NAMES[count][int(weight.argmin())]
            raise DataError(
                f"regimes: only {weight.min():.0f} sessions would be of the {name} regime, too few to "
                "say how it moves; ask for fewer states, or give more history"
            )
        law = _maximised(x, law, found, squares, prior)
        first = found.probabilities[0]
        if abs(found.likelihood - before) <= _SAME:
            return law, found, True
        before = found.likelihood
    return law, found, False


def movers(x: FloatArray) -> FloatArray:
    """(S, M) what regimes are looked for in: returns in units of their standard deviations, or what moves many of them.

    Principal components are in units of their standard deviations too.
    """
    if x.shape[1] <= _MANY:
        return x
    vectors = np.linalg.eigh(np.cov(x, rowvar=False))[1][:, ::-1][:, :_COMPONENTS]
    moved = np.einsum("ti,ij->tj", x - x.mean(axis=0), vectors)
    return np.asarray(moved / np.maximum(moved.std(axis=0), 1e-12), dtype=np.float64)


def _storms(x: FloatArray) -> FloatArray:
    """(S,) the usual size of returns around each session."""
    size = pd.Series(np.abs(x).mean(axis=1))
    return size.rolling(_SMOOTHED, center=True, min_periods=1).mean().to_numpy()


def _densities(x: FloatArray, law: RegimeLaw) -> tuple[FloatArray, FloatArray]:
    """(S, K) log densities and squared distances; ``covs`` are scatters here."""
    pairs = [log_density(x, *own) for own in zip(law.means, law.covs, law.dof.tolist(), strict=True)]
    return np.stack([density for density, _ in pairs], axis=1), np.stack([square for _, square in pairs], axis=1)


def _maximised(x: FloatArray, law: RegimeLaw, found: Smoothed, squares: FloatArray, prior: FloatArray) -> RegimeLaw:
    """The M step: weights of a t are (v + N) / (v + squared distance) (Peel and McLachlan 2000)."""
    count, assets = len(law.moves), x.shape[1]
    means, scatters, dof = np.empty_like(law.means), np.empty_like(law.covs), np.empty(count)
    for k in range(count):
        p = found.probabilities[:, k]
        light = (law.dof[k] + assets) / (law.dof[k] + squares[:, k])
        means[k] = (p * light) @ x / (p @ light)
        rest = x - means[k]
        scatters[k] = _shrunk((rest * (p * light)[:, None]).T @ rest, p.sum(), prior)
        dof[k] = _dof(law.dof[k], assets, float(p @ (np.log(light) - light) / p.sum()))
    moves = found.moves + _NEVER  # a move that was never seen is not impossible
    return RegimeLaw(moves / moves.sum(axis=1, keepdims=True), means, scatters, dof)


def _shrunk(squares: FloatArray, weight: float, prior: FloatArray) -> FloatArray:
    """A sum of squares over its weight, with a little of the whole history's correlations at its own size.

    A trace of variance of its own is left to each asset, so that there is a root where assets are the same or still.
    """
    variance = np.maximum(np.diag(squares) / weight, _STILL)
    size = np.sqrt(variance / np.maximum(np.diag(prior), _STILL))
    some = _PRIOR * len(prior)
    shrunk = (squares + some * prior * np.outer(size, size)) / (weight + some)
    return np.asarray(shrunk + np.diag(_OWN * variance), dtype=np.float64)


def _dof(dof: float, assets: int, mean: float) -> float:
    constant = 1.0 + mean + digamma((dof + assets) / 2.0) - np.log((dof + assets) / 2.0)

    def slope(v: float) -> float:
        return float(np.log(v / 2.0) - digamma(v / 2.0) + constant)

    least = 2.1  # while regimes are looked for; what paths are drawn with has a fourth moment
    if slope(MOST_DOF) > 0.0:
        return MOST_DOF
    return least if slope(least) < 0.0 else float(brentq(slope, least, MOST_DOF))


def _moments(returns: FloatArray, found: Smoothed, moves: FloatArray) -> RegimeLaw:
    """Means, covariances and tails of regimes: moments of history weighted by their probabilities."""
    means, covs, dof = [], [], []
    whole = np.cov(returns, rowvar=False).reshape(returns.shape[1], returns.shape[1])
    for p in found.probabilities.T:
        share = p / p.sum()
        mean = share @ returns
        rest = returns - mean
        squares = share @ rest**2
        kurtosis = np.divide(share @ rest**4, squares**2, out=np.full(squares.size, 3.0), where=squares > 0.0) - 3.0
        means.append(mean)
        covs.append(_shrunk((rest * p[:, None]).T @ rest, float(p.sum()), whole))
        dof.append(max(dof_of_kurtosis(float(np.median(kurtosis))), LEAST_DOF))
    return RegimeLaw(moves, np.array(means), np.array(covs), np.array(dof))


def _shocks(returns: FloatArray, probabilities: FloatArray, law: RegimeLaw) -> FloatArray:
    """(S, N) returns over what their likely regimes expect of them."""
    size = np.sqrt(probabilities @ law.sizes**2)
    return (returns - probabilities @ law.means) / np.where(size > 0.0, size, 1.0)
