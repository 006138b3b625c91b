"""Jump diffusion (Merton 1976) of several assets: normal returns, and jumps that all have at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import gammaln, logsumexp
from threadpoolctl import threadpool_limits

from simulator.core.types import FloatArray, IntArray

from .drawn import NONE, Drawn
from .history import History, sessions_a_year
from .response import Responses, drivers
from .student import mixed

_ROUNDS: Final = 2000
_SAME: Final = 1e-3
#: Jumps a session that are thought of while fitting; at one every other session, more are rarer than one in a million.
_MOST: Final = 6
#: Share of sessions with a jump that the search begins from.
_FIRST: Final = 0.1


class JumpLaw(NamedTuple):
    """Of a session: mean (N,) and covariance (N, N) without jumps; jumps expected; mean and covariance of a jump."""

    mean: FloatArray
    cov: FloatArray
    rate: float
    jump_mean: FloatArray
    jump_cov: FloatArray

    @property
    def moments(self) -> tuple[FloatArray, FloatArray]:
        """(N,) mean and (N, N) covariance of a session, jumps included."""
        spread = self.jump_cov + np.outer(self.jump_mean, self.jump_mean)
        return self.mean + self.rate * self.jump_mean, self.cov + self.rate * spread


@dataclass(frozen=True, kw_only=True)
class Jumps:
    """Merton's jump diffusion, by expectation maximisation: a Poisson number of jumps a session, all assets at once."""

    def fit(self, history: History) -> FittedJumps:
        """Fit it on a history."""
        with threadpool_limits(limits=1):  # one order of summation on every machine
            law = _found(history.returns / history.scale)
            size = history.scale
            pair = np.outer(size, size)
            law = JumpLaw(law.mean * size, law.cov * pair, law.rate, law.jump_mean * size, law.jump_cov * pair)
            responses = Responses.fit(history, _drivers(history.returns, law))
        return FittedJumps(history, law, responses)


@dataclass(frozen=True, eq=False)
class FittedJumps:
    """The parameters. A state is the residuals of volumes and spreads alone: sessions are independent."""

    history: History
    law: JumpLaw
    responses: Responses

    def start(self, rng: np.random.Generator) -> Any:
        """Residuals as usual as any."""
        return self.responses.usual(rng)

    def after(self, row: int) -> Any:
        """Residuals of a session of history."""
        return self.responses.after(row)

    def draw(self, state: Any, sessions: int, rng: np.random.Generator) -> tuple[Drawn, Any]:
        """Returns, then volumes and spreads. Arrays are (sessions, N)."""
        returns, _ = self.told(sessions, rng)
        volume, spread, rest = self.responses.draw(_drivers(returns, self.law), state, rng)
        return Drawn(returns, volume, spread, np.full(sessions, NONE)), rest

    def told(self, sessions: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
        """(L, N) returns, and how many jumps are in each session (L,)."""
        count = rng.poisson(self.law.rate, sessions)
        shape = (sessions, self.law.mean.size)
        steady = mixed(rng.standard_normal(shape), _root(self.law.cov))
        rough = mixed(rng.standard_normal(shape), _root(self.law.jump_cov))
        jumps = count[:, None] * self.law.jump_mean + np.sqrt(count)[:, None] * rough
        return self.law.mean + steady + jumps, count

    def notes(self) -> list[str]:
        """What it is, and what it lacks."""
        return [
            f"Paths: jump diffusion (Merton 1976) fitted on {self.history.span}: a jump of all assets every "
            f"{1.0 / max(self.law.rate, 1e-9):,.1f} sessions. Sessions are independent: volatility does not come in "
            "storms, as it does in history. Volumes and spreads follow the size of returns, with residuals that last.",
        ]

    def figures(self) -> Mapping[str, Any]:
        """Parameters by asset, in annual terms where that is how people read them."""
        year, assets = sessions_a_year(self.history.market), self.history.market.assets
        steady, rough = np.sqrt(np.diag(self.law.cov)), np.sqrt(np.diag(self.law.jump_cov))
        return {
            "jumps_a_year": self.law.rate * year,
            "assets": {
                name: {
                    "mean_a_year": float(self.law.mean[n] * year),
                    "volatility_a_year": float(steady[n] * np.sqrt(year)),
                    "jump_mean": float(self.law.jump_mean[n]),
                    "jump_volatility": float(rough[n]),
                }
                for n, name in enumerate(assets)
            },
            "correlation": (self.law.cov / np.outer(steady, steady)).tolist(),
            "jump_correlation": (self.law.jump_cov / np.maximum(np.outer(rough, rough), 1e-300)).tolist(),
        }


def _drivers(returns: FloatArray, law: JumpLaw) -> FloatArray:
    mean, cov = law.moments
    return drivers(np.ones((len(returns), 1)), (returns - mean) / np.sqrt(np.diag(cov)))


def _root(cov: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(cov)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)), dtype=np.float64)


def _found(x: FloatArray) -> JumpLaw:
    """The law of (S, N) returns in units of their standard deviations."""
    own = 1e-6 * np.eye(x.shape[1])
    size = np.abs(x).mean(axis=1)
    wild = size > np.quantile(size, 1.0 - _FIRST)
    calm = x[~wild]
    law = JumpLaw(
        calm.mean(axis=0),
        np.cov(calm, rowvar=False).reshape(own.shape) + own,
        _FIRST,
        x[wild].mean(axis=0) - calm.mean(axis=0),
        np.cov(x[wild], rowvar=False).reshape(own.shape) + own,
    )
    before = -np.inf
    for _ in range(_ROUNDS):
        law, likelihood = _step(x, law, own)
        if abs(likelihood - before) <= _SAME:
            break
        before = likelihood
    return law


def _step(x: FloatArray, law: JumpLaw, own: FloatArray) -> tuple[JumpLaw, float]:
    """One round: what is expected of the number and the sum of jumps of each session, then the law that fits that.

    Given n jumps a session is normal with mean m + n j and covariance C + n G, and their sum is n j + K d with
    covariance n G - K n G, where d is the rest of the session and K = n G (C + n G)^-1.
    """
    numbers = np.arange(_MOST + 1)
    density = np.stack([_log_normal(x - law.mean - n * law.jump_mean, law.cov + n * law.jump_cov) for n in numbers], 1)
    density += numbers * np.log(max(law.rate, 1e-300)) - law.rate - gammaln(numbers + 1.0)
    total = logsumexp(density, axis=1)
    weight = np.exp(density - total[:, None])
    expected = float((weight @ numbers).sum())
    sums, squares = np.zeros_like(x), np.zeros_like(law.cov)
    spread = np.zeros_like(law.cov)
    means = []
    for n in numbers[1:]:
        gain = np.linalg.solve(law.cov + n * law.jump_cov, n * law.jump_cov).T
        mean = n * law.jump_mean + (x - law.mean - n * law.jump_mean) @ gain.T
        left = n * law.jump_cov - gain @ (n * law.jump_cov)
        p = weight[:, n]
        sums += p[:, None] * mean
        means.append((n, p, mean, left))
    jump_mean = sums.sum(axis=0) / max(expected, 1e-300)
    level = (x - sums).mean(axis=0)
    rest = x - level
    squares += (rest * weight[:, :1]).T @ rest
    for n, p, mean, left in means:
        steady = rest - mean
        squares += (steady * p[:, None]).T @ steady + p.sum() * left
        away = mean - n * jump_mean
        within = ((away * p[:, None]).T @ away + p.sum() * left) / n
        spread += within + p.sum() * (n - 1) * law.jump_cov
    law = JumpLaw(
        level,
        squares / len(x) + own,
        expected / len(x),
        jump_mean,
        spread / max(expected, 1e-300) + own,
    )
    return law, float(total.sum())


def _log_normal(rest: FloatArray, cov: FloatArray) -> FloatArray:
    root = np.linalg.cholesky(cov)
    z = solve_triangular(root, rest.T, lower=True)
    constant = 0.5 * rest.shape[1] * np.log(2.0 * np.pi) + np.log(np.diag(root)).sum()
    return np.asarray(-0.5 * (z * z).sum(axis=0) - constant, dtype=np.float64)
