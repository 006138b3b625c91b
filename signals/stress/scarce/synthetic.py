"""Episodes of stress that no market ever had: between two real ones, or from a model of stressed rows.

Both take what they know from the training rows they are given, and from nothing else.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from simulator.core.types import BoolArray, FloatArray, IntArray

from .drawn import Drawn, made_up
from .resampling import drawn_until
from .stretches import EpisodeRows, stretches

#: How far a lone episode is scaled about calm, where there is no second one to go towards.
SCALES: Final = (0.75, 1.25)
#: Largest eigenvalue in absolute value that the fitted dynamics may have.
_STABLE: Final = 0.98


def interpolated(x: FloatArray, y: FloatArray, share: float, rng: np.random.Generator) -> Drawn:
    """All rows, and episodes between two real ones, until stress has its share.

    Two episodes with their run-up are stretched to a length between theirs, and mixed with one weight drawn for the
    whole of it; classes and gaps are those of the nearer one. Where there is one episode only, its distance from the
    calm mean is scaled by a factor drawn between :data:`SCALES`.

    What it biases: a mixture of two episodes is nearer to their mean than either, so that made-up stress varies less.
    """
    spells = stretches(y)
    calm = _mean(x[y == 0.0])
    parts = [_mixed(x, y, spell, spells, calm, rng) for spell in drawn_until(y, spells, share, rng)]
    return _made(x, y, parts)


def autoregressive(x: FloatArray, y: FloatArray, share: float, rng: np.random.Generator) -> Drawn:
    """All rows, and episodes from a Gaussian vector autoregression of order 1 fitted on stressed rows.

    Each takes the length, the classes and the gaps of a real one drawn for it. The transition is a ridge regression,
    innovations have a Ledoit–Wolf covariance, so that it can be fitted on fewer rows than columns.

    What it biases: every column becomes Gaussian and every relation linear; ranks, floors and fat tails are lost.
    """
    spells = [stretch._replace(rows=stretch.stressed) for stretch in stretches(y)]
    fitted = _fit([x[spell.rows] for spell in spells])
    if fitted is None:
        return _made(x, y, [])
    parts = [
        (fitted.path(spell.rows.size, np.isnan(x[spell.rows]), rng), y[spell.rows])
        for spell in drawn_until(y, spells, share, rng)
    ]
    return _made(x, y, parts)


def _made(x: FloatArray, y: FloatArray, parts: list[tuple[FloatArray, FloatArray]]) -> Drawn:
    new_x = np.concatenate([np.zeros((0, x.shape[1])), *(rows_made for rows_made, _ in parts)])
    new_y = np.concatenate([np.zeros(0), *(classes for _, classes in parts)])
    return made_up(x, y, new_x, new_y)


def _mixed(
    x: FloatArray,
    y: FloatArray,
    first: EpisodeRows,
    spells: list[EpisodeRows],
    calm: FloatArray,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    others = [spell for spell in spells if spell is not first]
    if not others:
        factor = rng.uniform(*SCALES)
        return calm + factor * (x[first.rows] - calm), y[first.rows]
    second = others[int(rng.integers(len(others)))]
    near = rng.uniform(0.5, 1.0)
    length = max(2, round(near * first.rows.size + (1.0 - near) * second.rows.size))
    one, two = _resampled(first.rows, length), _resampled(second.rows, length)
    a, b = x[one], x[two]
    return np.where(np.isnan(b), a, near * a + (1.0 - near) * b), y[one]


def _resampled(rows: IntArray, length: int) -> IntArray:
    """As many rows as wanted, evenly from first to last."""
    return rows[np.round(np.linspace(0, rows.size - 1, length)).astype(np.int64)]


def _mean(x: FloatArray) -> FloatArray:
    """(K,) means of the known values; 0 where there are none."""
    known = ~np.isnan(x)
    return np.asarray(np.where(known, x, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))


class _Dynamics(NamedTuple):
    """x' = mean + scale (A z + e), with z the deviation of x in standard deviations."""

    mean: FloatArray  # (K,)
    scale: FloatArray  # (K,)
    transition: FloatArray  # (K, K)
    start: FloatArray  # (K, K) a square root of the covariance of z
    noise: FloatArray  # (K, K) a square root of that of e

    def path(self, length: int, gaps: BoolArray, rng: np.random.Generator) -> FloatArray:
        """(length, K) consecutive rows, with these gaps."""
        z = np.empty((length, self.mean.size))
        state = self.start @ rng.standard_normal(self.mean.size)
        for k in range(length):
            z[k] = state
            state = self.transition @ state + self.noise @ rng.standard_normal(self.mean.size)
        return np.where(gaps, np.nan, self.mean + self.scale * z)


def _fit(parts: list[FloatArray]) -> _Dynamics | None:
    """Dynamics of stressed rows; ``None`` where there are too few."""
    from sklearn.covariance import ledoit_wolf

    pooled = np.concatenate([np.zeros((0, 0)) if not parts else parts[0], *parts[1:]])
    if sum(max(len(part) - 1, 0) for part in parts) < 2:
        return None
    mean = _mean(pooled)
    filled = [np.where(np.isnan(part), 0.0, part - mean) for part in parts]
    scale = np.concatenate(filled).std(axis=0)
    z = [values / np.where(scale > 0.0, scale, np.inf) for values in filled]
    before, after = np.concatenate([values[:-1] for values in z]), np.concatenate([values[1:] for values in z])
    gram = before.T @ before + before.shape[1] * np.eye(before.shape[1])
    transition = _stable(np.linalg.solve(gram, before.T @ after).T)
    return _Dynamics(
        mean,
        scale,
        transition,
        _root(ledoit_wolf(np.concatenate(z))[0]),
        _root(ledoit_wolf(after - before @ transition.T)[0]),
    )


def _stable(transition: FloatArray) -> FloatArray:
    largest = float(np.abs(np.linalg.eigvals(transition)).max())
    return np.asarray(transition * min(1.0, _STABLE / max(largest, 1e-300)))


def _root(covariance: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
