"""How long a book takes to turn into cash."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from simulator.core.types import FloatArray

from .amounts import ROUNDED, amount, divided, listed, positions, share, together

#: Shares of the book whose days to sell are asked for.
SHARES: Final = (0.25, 0.50, 0.75, 0.90, 1.00)
#: Last session of each bucket of a liquidity profile; the last bucket is open.
BUCKET_ENDS: Final = (1, 7, 15, 30, 60, 180)
BUCKETS: Final = ("1", "2-7", "8-15", "16-30", "31-60", "61-180", ">180")
PARTICIPATIONS: Final = (0.10, 0.20, 0.30)


def _both(own: FloatArray, other: FloatArray, name: str) -> tuple[FloatArray, ...]:
    """Positions and another array by position, of one shape."""
    together({"values": own.shape, name: other.shape})
    return tuple(np.broadcast_arrays(own, other))


def days_by_position(values: npt.ArrayLike, capacity: npt.ArrayLike) -> FloatArray:
    """(..., N) sessions that each position takes, fractions included.

    0 for nothing held, inf where nothing of it can be sold, NaN where that is not known.
    """
    own, most = _both(amount("values", values), amount("capacity", capacity), "capacity")
    return np.where(own == 0.0, 0.0, divided(own, most, np.inf))


def days_to_sell(
    values: npt.ArrayLike,
    capacity: npt.ArrayLike,
    *,
    shares: npt.ArrayLike = SHARES,
    cash: npt.ArrayLike = 0.0,
    settlement_days: npt.ArrayLike = 0.0,
) -> FloatArray:
    """(..., S) sessions until a share of the book is cash, fractions included, every position selling at its pace.

    Parameters
    ----------
    values, capacity
        (..., N) positions, and what of each can be sold in a day, in currency.
    shares
        (S,) shares of the whole book, cash included, above 0 and at most 1.
    cash
        (...) cash held: there from the start.
    settlement_days
        (..., N) sessions from a sale to its cash.

    Returns
    -------
    ndarray
        0 where cash is enough, inf where the share is never reached, NaN where a value, or the capacity of something
        held, is not known. The share 1 is the slowest position's time.
    """
    wanted = listed("shares", share("shares", shares))
    own, most = _both(positions("values", values), amount("capacity", capacity), "capacity")
    lead = together({"values": own.shape[:-1], "cash": np.shape(cash)})
    own, most = np.broadcast_to(own, (*lead, own.shape[-1])), np.broadcast_to(most, (*lead, own.shape[-1]))
    held = np.broadcast_to(amount("cash", cash), lead)
    wait = amount("settlement_days", settlement_days)
    if wait.any():
        together({"values": own.shape, "settlement_days": wait.shape})
        return _reached(wanted, own, most, np.broadcast_to(wait, own.shape), held)
    days = days_by_position(own, most)
    order = np.argsort(days, axis=-1)
    days, own, most = (np.take_along_axis(array, order, axis=-1) for array in (days, own, most))
    out = np.stack([_crossed(part, days, own, most, held) for part in wanted], axis=-1)
    unknown = np.isnan(days).any(axis=-1) | np.isnan(held)
    return np.where(unknown[..., None], np.nan, out)


def _crossed(part: float, days: FloatArray, own: FloatArray, most: FloatArray, cash: FloatArray) -> FloatArray:
    """When cash and sales reach the share; ``days`` ascends. Sales are a straight line between two ends of sales."""
    if part == 1.0:
        return np.max(days, axis=-1, initial=0.0)
    target = (part * (cash + own.sum(axis=-1)) - cash)[..., None]
    done = np.cumsum(own, axis=-1)
    before = np.concatenate([np.zeros((*days.shape[:-1], 1)), days[..., :-1]], axis=-1)
    limited = np.where(np.isfinite(most), most, 0.0)
    pace = np.cumsum(limited[..., ::-1], axis=-1)[..., ::-1]  # of this position and those that end with it or later
    between = divided(np.maximum(target - (done - own), 0.0), pace, np.inf)
    between = np.where((before <= between) & (between <= days), between, np.inf)
    at_end = np.where(target <= done * (1.0 + ROUNDED), days, np.inf)
    earliest = np.min(np.minimum(between, at_end), axis=-1, initial=np.inf)
    return np.where(target[..., 0] <= 0.0, 0.0, earliest)


def _reached(shares: FloatArray, own: FloatArray, most: FloatArray, wait: FloatArray, cash: FloatArray) -> FloatArray:
    """(..., S) when cash and settled sales reach each share, where each position begins to bring cash after a wait.

    What has come is a broken line: it gets steeper where a position begins to bring cash, less steep where it is sold.
    """
    sold = days_by_position(own, most)
    some = (own > 0.0) & np.isfinite(sold)
    begin, end = np.where(some, wait, np.inf), np.where(some, wait + sold, np.inf)
    sudden = some & (begin == end)  # at once, or too fast for the clock
    slope = np.where(some & ~sudden, np.where(np.isfinite(most), most, 0.0), 0.0)
    at = np.concatenate([begin, end], axis=-1)
    order = np.argsort(at, axis=-1, kind="stable")
    turn = np.take_along_axis(np.concatenate([slope, -slope], axis=-1), order, axis=-1)
    jump = np.take_along_axis(np.concatenate([np.where(sudden, own, 0.0), 0.0 * own], axis=-1), order, axis=-1)
    at = np.take_along_axis(at, order, axis=-1)
    known = np.isfinite(at)
    time = np.where(known, at, 0.0)
    steep = np.maximum(np.cumsum(turn, axis=-1), 0.0)  # after each of them
    steep = np.where(known, steep, 0.0)
    passed = np.diff(time, axis=-1, prepend=0.0)
    before = np.concatenate([np.zeros((*steep.shape[:-1], 1)), steep[..., :-1]], axis=-1)
    come = np.cumsum(np.where(known, before * passed, 0.0) + jump, axis=-1) + cash[..., None]
    earlier = come - jump
    whole, last = cash + own.sum(axis=-1), np.max(time, axis=-1, initial=0.0)
    most_ever = cash + np.where(some, own, 0.0).sum(axis=-1)
    unknown = (np.isnan(sold) & (own != 0.0)).any(axis=-1) | np.isnan(own).any(axis=-1) | np.isnan(cash)
    out = []
    for part in shares:
        target = (part * whole)[..., None]
        near = known & (come >= target * (1.0 - ROUNDED))
        back = divided(np.maximum(earlier - target, 0.0), before, 0.0)  # from there, along the line that led to it
        first = near & (np.cumsum(near, axis=-1) == 1)
        never = np.where(most_ever >= target[..., 0] * (1.0 - ROUNDED), last, np.inf)  # but for roundings on the way
        reached = np.where(near.any(axis=-1), np.min(np.where(first, time - back, np.inf), axis=-1), never)
        if part == 1.0:
            reached = np.max(np.where(own > 0.0, np.where(some, end, np.inf), 0.0), axis=-1, initial=0.0)
        out.append(np.where(target[..., 0] <= cash, 0.0, reached))
    return np.where(unknown[..., None], np.nan, np.stack(out, axis=-1))


def liquidity_profile(
    values: npt.ArrayLike,
    volume: npt.ArrayLike,
    *,
    participation: npt.ArrayLike = PARTICIPATIONS,
    cash: npt.ArrayLike = 0.0,
    settlement_days: npt.ArrayLike = 0.0,
) -> FloatArray:
    """(..., P, 7) share of the book that turns into cash in each of :data:`BUCKETS`, at each participation.

    Parameters
    ----------
    values, volume
        (..., N) positions, and the daily volume that each may be sold into, in currency.
    participation
        (P,) shares of volume, above 0 and at most 1.
    cash
        (...) cash held, in the first bucket.
    settlement_days
        (..., N) sessions from a sale to its cash.

    Returns
    -------
    ndarray
        Each row sums to 1; NaN for an empty book, and where a value or a volume of something held is not known.
        Buckets count sessions.
    """
    rates = listed("participation", share("participation", participation))
    own, traded = _both(positions("values", values), amount("volume", volume), "volume")
    held = amount("cash", cash)
    together({"values": own.shape[:-1], "cash": held.shape})
    capacity = np.where(own > 0.0, traded, 0.0)[..., None, :] * rates[:, None]
    wait = amount("settlement_days", settlement_days)
    together({"values": own.shape, "settlement_days": wait.shape})
    with np.errstate(invalid="ignore"):
        spans = [np.maximum(end - np.atleast_1d(wait), 0.0)[..., None, :] for end in BUCKET_ENDS]
        sold_by = [np.where(span > 0.0, capacity * span, 0.0 * own[..., None, :]) for span in spans]
    by_end = [np.minimum(own[..., None, :], most).sum(axis=-1) for most in sold_by]
    whole = own.sum(axis=-1)[..., None]
    sold = np.stack([*by_end, np.broadcast_to(whole + 0.0 * by_end[0], by_end[0].shape)], axis=-1)
    cumulative = held[..., None, None] + sold
    return divided(np.diff(cumulative, axis=-1, prepend=0.0), (held[..., None] + whole)[..., None], np.nan)
