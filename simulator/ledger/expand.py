"""The marks of each position, which the stream holds as one event a session: they follow from shares and prices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.core.types import FloatArray

from .events import EVENT, Kind


def expand(stream: npt.NDArray[Any], shares: FloatArray, marks: FloatArray) -> npt.NDArray[Any]:
    """The stream with a MARK event for each position in the place of the one that stands for a session's.

    Parameters
    ----------
    stream
        Records of :data:`simulator.ledger.EVENT`, in order of session.
    shares, marks
        (T, N) shares held and prices at each close; positions of zero have no mark.
    """
    at = np.flatnonzero((stream["kind"] == Kind.MARK) & (stream["asset"] < 0))
    days = stream["session"][at]
    rows, assets = np.nonzero(shares[days])
    counts = np.ones(len(stream), np.int64)
    counts[at] = np.bincount(rows, minlength=at.size)
    whole = np.repeat(stream, counts)
    place = (np.cumsum(counts) - counts)[at]  # where the marks of each session begin
    within = np.arange(rows.size) - np.repeat(np.cumsum(counts[at]) - counts[at], counts[at])
    target = place[rows] + within
    held, price = shares[days[rows], assets], marks[days[rows], assets]
    whole["asset"][target], whole["quantity"][target] = assets, held
    whole["price"][target], whole["amount"][target] = price, held * price
    return whole


def expanded_size(stream: npt.NDArray[Any], shares: FloatArray) -> int:
    """How many events the expanded stream has. ``shares`` is (T, N)."""
    return len(stream) - int((stream["kind"] == Kind.MARK).sum()) + int(np.count_nonzero(shares))


def parts(stream: npt.NDArray[Any], shares: FloatArray, marks: FloatArray, most: int) -> Iterator[npt.NDArray[Any]]:
    """The expanded stream in whole sessions, of about ``most`` events at a time, so that it is never held whole."""
    sessions = len(shares)
    ends = np.searchsorted(stream["session"], np.arange(sessions), side="right")
    sizes = np.diff(ends, prepend=0) + np.count_nonzero(shares, axis=1)
    number = (np.cumsum(sizes) - sizes) // most
    for first, stop in zip(*_runs(number), strict=True):
        begin = int(ends[first - 1]) if first else 0
        chosen = stream[begin : int(ends[stop - 1])]
        yield expand(chosen, shares, marks) if chosen.size else np.zeros(0, EVENT)


def _runs(number: npt.NDArray[Any]) -> tuple[list[int], list[int]]:
    """Where runs of equal numbers begin and end."""
    edges = np.flatnonzero(np.diff(number)) + 1
    return [0, *edges.tolist()], [*edges.tolist(), len(number)]
