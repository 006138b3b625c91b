"""Volumes and spreads that go with returns: linear in what drives them, in logs, with residuals that last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy.signal import lfilter

from simulator.core.types import FloatArray

from .history import History

#: Residuals last at most so well: their half-life is then some seventy sessions.
_MOST_LASTING: Final = 0.99


def drivers(state: FloatArray, shocks: FloatArray) -> FloatArray:
    """(L, N, F) what volumes and spreads answer to: the state of the market, own and common size of the shock.

    L sessions, N assets.

    Parameters
    ----------
    state
        (L, K) or (L, N, K): probabilities of regimes, or a constant and log volatility.
    shocks
        (L, N) returns over the volatility that was expected of them.
    """
    size = np.abs(shocks)
    common = np.broadcast_to(size.mean(axis=1, keepdims=True), size.shape)
    by_asset = np.broadcast_to(state[:, None, :], (*size.shape, state.shape[-1])) if state.ndim == 2 else state
    return np.concatenate([by_asset, size[..., None], common[..., None]], axis=-1)


@dataclass(frozen=True, eq=False)
class Response:
    """One panel (log relative volume, log half-spread) given its drivers.

    Attributes
    ----------
    weights
        (N, F) of each driver.
    lasting
        (N,) share of a residual that is left a session later.
    root
        (N, N) root of the covariance of what is new in residuals.
    residuals
        (S, N) those of history; 0 where it has none.
    """

    weights: FloatArray
    lasting: FloatArray
    root: FloatArray
    residuals: FloatArray

    @classmethod
    def fit(cls, panel: FloatArray, x: FloatArray) -> Response:
        """Least squares by asset, then a first-order autoregression of the residuals (Cochrane and Orcutt 1949).

        Parameters
        ----------
        panel
            (S, N), NaN where there is none.
        x
            (S, N, F) drivers.
        """
        count = panel.shape[1]
        weights = np.zeros((count, x.shape[2]))
        lasting, residuals = np.zeros(count), np.full(panel.shape, np.nan)
        for asset in range(count):
            known = np.isfinite(panel[:, asset])
            if not known.any():
                continue
            weights[asset] = np.linalg.lstsq(x[known, asset], panel[known, asset], rcond=None)[0]
            residuals[known, asset] = panel[known, asset] - x[known, asset] @ weights[asset]
            lasting[asset] = _lasting(residuals[:, asset])
        new = residuals[1:] - lasting * residuals[:-1]
        whole = np.isfinite(new).all(axis=1)
        return cls(weights, lasting, _root(new[whole]), np.nan_to_num(residuals))

    def draw(self, x: FloatArray, before: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """(L, N) a panel for drivers (L, N, F) after residuals ``before`` (N,), and the residuals it ends with."""
        new = np.einsum("ij,lj->li", self.root, rng.standard_normal(x.shape[:2]))
        rest = np.empty_like(new)
        for asset, share in enumerate(self.lasting):
            rest[:, asset] = lfilter([1.0], [1.0, -share], new[:, asset], zi=[share * before[asset]])[0]
        return np.einsum("lif,if->li", x, self.weights) + rest, rest[-1]

    def usual(self, rng: np.random.Generator) -> FloatArray:
        """(N,) residuals as usual as any."""
        return np.einsum("ij,j->i", self.root, rng.standard_normal(len(self.root))) / np.sqrt(1.0 - self.lasting**2)


@dataclass(frozen=True, eq=False)
class Responses:
    """Volumes and spreads of a market; each is left out where history has none."""

    volume: Response | None
    spread: Response | None
    count: int = field(default=0)

    @classmethod
    def fit(cls, history: History, x: FloatArray) -> Responses:
        """Fit what history has on the same drivers.

        ``x`` is (L, N, F), as :func:`drivers` makes it, a row a session.
        """
        return cls(
            None if history.volume is None else Response.fit(history.volume, x),
            None if history.spread is None else Response.fit(history.spread, x),
            history.returns.shape[1],
        )

    @property
    def _each(self) -> Sequence[Response | None]:
        return (self.volume, self.spread)

    def usual(self, rng: np.random.Generator) -> tuple[FloatArray, ...]:
        """Residuals as usual as any. Of shape (N,), one for volumes and one for spreads, 0 where there are none."""
        return tuple(np.zeros(self.count) if response is None else response.usual(rng) for response in self._each)

    def after(self, row: int) -> tuple[FloatArray, ...]:
        """Residuals of a session of history."""
        return tuple(np.zeros(self.count) if response is None else response.residuals[row] for response in self._each)

    def draw(
        self, x: FloatArray, before: Sequence[FloatArray], rng: np.random.Generator
    ) -> tuple[FloatArray | None, FloatArray | None, tuple[FloatArray, ...]]:
        """Log volumes and log spreads (L, N) for drivers, and the residuals they end with.

        ``x`` is (L, N, F), a row a session; ``None`` for what history does not have.
        """
        drawn: list[FloatArray | None] = []
        last: list[FloatArray] = []
        for response, rest in zip(self._each, before, strict=True):
            values, end = (None, rest) if response is None else response.draw(x, rest, rng)
            drawn.append(values)
            last.append(end)
        return drawn[0], drawn[1], tuple(last)


def _lasting(residuals: FloatArray) -> float:
    pair = np.isfinite(residuals[1:]) & np.isfinite(residuals[:-1])
    now, before = residuals[1:][pair], residuals[:-1][pair]
    total = float(before @ before)
    return float(np.clip(now @ before / total, 0.0, _MOST_LASTING)) if total > 0.0 else 0.0


def _root(new: FloatArray) -> FloatArray:
    """(N, N) a root of the covariance of rows; that of the diagonal where there are too few rows."""
    count = new.shape[1]
    if len(new) <= count + 1:
        return np.diag(np.sqrt(np.nan_to_num(new.var(axis=0)))) if len(new) > 1 else np.zeros((count, count))
    values, vectors = np.linalg.eigh(np.cov(new, rowvar=False).reshape(count, count))
    return vectors * np.sqrt(np.maximum(values, 0.0))
