"""Markov chains of regimes: smoothing by the forward and backward recursions, the stationary distribution, draws."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.types import FloatArray, IntArray


class Smoothed(NamedTuple):
    """What all of a history says about its regimes.

    Attributes
    ----------
    probabilities
        (S, K) of each regime on each session.
    moves
        (K, K) expected number of moves from one to another.
    likelihood
        Log likelihood of the history.
    """

    probabilities: FloatArray
    moves: FloatArray
    likelihood: float


def smoothed(density: FloatArray, moves: FloatArray, first: FloatArray) -> Smoothed:
    """What the forward and backward recursions of Baum and others (1970) find.

    Parameters
    ----------
    density
        (S, K) log density of each session in each regime.
    moves
        (K, K) probability of regime j after regime i; rows sum to one.
    first
        (K,) probability of each on the first session.
    """
    most = density.max(axis=1)
    steps = moves * np.exp(density - most[:, None])[:, None, :]
    opening = np.broadcast_to(first * np.exp(density[0] - most[0]), moves.shape)
    ahead, scale = _products(np.concatenate([opening[None], steps[1:]]), from_left=True)
    behind, _ = _products(np.concatenate([steps[1:], np.ones_like(steps[:1])]), from_left=False)
    before, after = ahead[:, 0], behind[:, :, 0]
    both = before * after
    pairs = before[:-1, :, None] * steps[1:] * after[1:, None, :]
    pairs /= pairs.sum(axis=(1, 2))[:, None, None]
    likelihood = float(scale + np.log(before[-1].sum()) + most.sum())
    return Smoothed(both / both.sum(axis=1)[:, None], pairs.sum(axis=0), likelihood)


def _products(matrices: FloatArray, *, from_left: bool) -> tuple[FloatArray, float]:
    """(S, K, K) products of all matrices up to each (or from each on), each up to a factor; log of that of the last.

    In doubling steps (Hillis and Steele 1986), so that a history takes a dozen of them; divided by their largest
    entry on the way, as the product of thousands of probabilities is no number.
    """
    found, scale = matrices, np.zeros(len(matrices))
    step = 1
    while step < len(matrices):
        pair = np.einsum("tij,tjk->tik", found[:-step], found[step:])
        size = pair.max(axis=(1, 2))
        pair /= size[:, None, None]
        moved = np.log(size) + scale[:-step] + scale[step:]
        if from_left:
            found, scale = np.concatenate([found[:step], pair]), np.concatenate([scale[:step], moved])
        else:
            found, scale = np.concatenate([pair, found[-step:]]), np.concatenate([moved, scale[-step:]])
        step *= 2
    return found, float(scale[-1] if from_left else scale[0])


def stationary(moves: FloatArray) -> FloatArray:
    """(K,) how often each regime happens in the long run."""
    count = len(moves)
    system = np.vstack([moves.T - np.eye(count), np.ones(count)])
    share = np.linalg.lstsq(system, np.append(np.zeros(count), 1.0), rcond=None)[0]
    share = np.maximum(share, 0.0)
    return np.asarray(share / share.sum(), dtype=np.float64)


def walked(moves: FloatArray, state: int, sessions: int, rng: np.random.Generator) -> IntArray:
    """(L,) regimes of the sessions that follow a regime: stays of geometric length, then the next regime."""
    parts: list[IntArray] = []
    length, stays = 0, np.diag(moves)
    new = chosen(moves[state], rng)
    while length < sessions:
        stay = sessions if stays[new] >= 1.0 else int(rng.geometric(1.0 - stays[new]))
        parts.append(np.full(min(stay, sessions - length), new, np.int64))
        length += parts[-1].size
        leave = moves[new].copy()
        leave[new] = 0.0
        new = chosen(leave / leave.sum(), rng) if leave.sum() > 0.0 else new
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def chosen(share: FloatArray, rng: np.random.Generator) -> int:
    """One of several, by their probabilities. ``share`` is (K,), fractions that sum to one; its place is returned."""
    place = int(np.searchsorted(np.cumsum(share), rng.random(), side="right"))
    return min(place, share.size - 1)
