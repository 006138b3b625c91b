"""Kernels of the hidden Markov model: the forward filter and the smoothed counts, scaled row by row."""

from __future__ import annotations

import numpy as np

from simulator.core.jit import kernel
from simulator.core.types import FloatArray


@kernel
def filter_nb(likelihood: FloatArray, start: FloatArray, move: FloatArray, filtered: FloatArray) -> float:
    """Fill ``filtered`` (T, S) with state probabilities given the past and today; return the log likelihood.

    ``likelihood`` (T, S) is that of each row in each state, up to a factor by row that is left out of the result.
    """
    rows, states = likelihood.shape
    total = 0.0
    for t in range(rows):
        norm = 0.0
        for s in range(states):
            before = 0.0
            if t == 0:
                before = start[s]
            else:
                for r in range(states):
                    before += filtered[t - 1, r] * move[r, s]
            filtered[t, s] = before * likelihood[t, s]
            norm += filtered[t, s]
        for s in range(states):
            filtered[t, s] /= norm
        total += np.log(norm)
    return total


@kernel
def smooth_nb(move: FloatArray, filtered: FloatArray, smoothed: FloatArray, moves: FloatArray) -> None:
    """Fill ``smoothed`` (T, S) with state probabilities given all rows, and ``moves`` (S, S) with expected moves."""
    rows, states = filtered.shape
    for s in range(states):
        smoothed[rows - 1, s] = filtered[rows - 1, s]
        for after in range(states):
            moves[s, after] = 0.0
    for t in range(rows - 2, -1, -1):
        for s in range(states):
            smoothed[t, s] = 0.0
        for after in range(states):
            ahead = 0.0
            for s in range(states):
                ahead += filtered[t, s] * move[s, after]
            if ahead <= 0.0:
                continue
            for s in range(states):
                joint = filtered[t, s] * move[s, after] / ahead * smoothed[t + 1, after]
                smoothed[t, s] += joint
                moves[s, after] += joint
