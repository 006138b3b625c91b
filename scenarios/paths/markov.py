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
    """The recursions of Baum and others (1970), scaled (Rabiner 1989, V.A).

    Parameters
    ----------
    density
        (S, K) log density of each session in each regime.
    moves
        (K, K) probability of regime j after regime i; rows sum to one.
    first
        (K,) probability of each on the first session.
    """
    sessions = len(density)
    most = density.max(axis=1)
    likely = np.exp(density - most[:, None])
    ahead, scale = np.empty_like(density), np.empty(sessions)
    expected = first
    for t in range(sessions):
        now = expected * likely[t]
        scale[t] = now.sum()
        ahead[t] = now / scale[t]
        expected = ahead[t] @ moves
    behind = np.ones_like(density)
    for t in range(sessions - 2, -1, -1):
        behind[t] = moves @ (likely[t + 1] * behind[t + 1]) / scale[t + 1]
    pairs = moves * np.einsum("ti,tj->ij", ahead[:-1], likely[1:] * behind[1:] / scale[1:, None])
    return Smoothed(ahead * behind, pairs, float(np.log(scale).sum() + most.sum()))


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
    """One of several, by their probabilities."""
    place = int(np.searchsorted(np.cumsum(share), rng.random(), side="right"))
    return min(place, share.size - 1)
