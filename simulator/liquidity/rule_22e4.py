"""The four buckets of SEC rule 22e-4, from stated conventions."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from simulator.core.types import FloatArray

from .amounts import amount, choice, divided, positions, share, together, whole_days

HIGHLY: Final = "highly liquid"
MODERATELY: Final = "moderately liquid"
LESS: Final = "less liquid"
ILLIQUID: Final = "illiquid"
#: From the most to the least liquid.
BUCKETS_22E4: Final = (HIGHLY, MODERATELY, LESS, ILLIQUID)
#: No purchase may take illiquid investments above this share of net assets (22e-4(b)(1)(iv)).
ILLIQUID_LIMIT: Final = 0.15

#: Share of volume above which a sale is taken to change the market value significantly.
PARTICIPATION: Final = 0.2

_HIGHLY_DAYS = 3.0  # business days, until it is cash
_CALENDAR_DAYS = 7.0  # until it is cash (moderately liquid), or sold (less liquid)
_WEEK = 5.0  # business days


def classify_22e4(
    trade_size: npt.ArrayLike,
    adv: npt.ArrayLike,
    *,
    participation: npt.ArrayLike = PARTICIPATION,
    settlement_days: npt.ArrayLike = 1,
) -> npt.NDArray[np.str_]:
    """The bucket of each position: highly, moderately or less liquid, or illiquid.

    Parameters
    ----------
    trade_size
        The size reasonably anticipated to be traded, in currency.
    adv
        Average daily volume, in currency; all arguments broadcast.
    participation
        Share of volume above which a sale is taken to change the market value significantly.
    settlement_days
        Business days from the sale to its cash.

    Returns
    -------
    ndarray of str
        ``"highly liquid"``: cash within 3 business days; ``"moderately liquid"``: cash within 7 calendar days;
        ``"less liquid"``: sold within 7 calendar days, but settled later; ``"illiquid"``: the rest. No volume, and
        volume, size or settlement that is not known (NaN), is illiquid; nothing to sell is highly liquid once settled.

    Notes
    -----
    Days of selling are whole; the first is the business day after the decision. Calendar days are those of the worst
    weekday to start on, so that n business days take n + 2 ceil(n / 5); holidays are not counted. Source: 17 CFR
    270.22e-4(a)(6), (8), (10), (12) and (b)(1)(ii).
    """
    size, volume = amount("trade_size", trade_size), amount("adv", adv)
    rate, wait = share("participation", participation), amount("settlement_days", settlement_days)
    together(
        {"trade_size": size.shape, "adv": volume.shape, "participation": rate.shape, "settlement_days": wait.shape}
    )
    pace = rate * volume
    days = np.maximum(whole_days(np.where(size == 0.0, 0.0, divided(size, pace, np.inf))), 1.0)
    cash = days + whole_days(wait)
    conditions = [
        cash <= _HIGHLY_DAYS,
        _calendar(cash) <= _CALENDAR_DAYS,
        (_calendar(days) <= _CALENDAR_DAYS) & ~np.isnan(cash),
    ]
    return np.select(conditions, list(BUCKETS_22E4[:3]), default=ILLIQUID)


def _calendar(business_days: FloatArray) -> FloatArray:
    """Calendar days that business days take from the worst weekday."""
    return business_days + 2.0 * np.ceil(business_days / _WEEK)


def bucket_shares(
    buckets: npt.ArrayLike, values: npt.ArrayLike, cash: npt.ArrayLike = 0.0, *, debt: npt.ArrayLike = 0.0
) -> FloatArray:
    """(..., 4) share of net assets in each of :data:`BUCKETS_22E4`; cash is highly liquid; NaN without net assets.

    Parameters
    ----------
    buckets, values
        (..., N) of each position, and what it is worth, in currency.
    cash
        (...) in currency.
    debt
        (...) what has to be paid back, in currency: net assets are without it, and so is what is highly liquid, so
        that the shares sum to one. That bucket is below zero where debt is more than all of it.

    Raises
    ------
    ParameterError
        For a bucket that is none of them, and for shapes that do not go together.
    """
    own, held, owed = positions("values", values), amount("cash", cash), amount("debt", debt)
    names = np.asarray(buckets)
    unknown = names[~np.isin(names, BUCKETS_22E4)]
    if unknown.size:
        choice("buckets", str(unknown[0]), BUCKETS_22E4)
    both = together({"buckets": names.shape, "values": own.shape})
    together({"values": both[:-1], "cash": held.shape, "debt": owed.shape})
    sums = [np.where(names == name, own, 0.0).sum(axis=-1) for name in BUCKETS_22E4]
    sums[0] = sums[0] + held - owed
    net = np.maximum(held + own.sum(axis=-1) - owed, 0.0)
    return divided(np.stack(np.broadcast_arrays(*sums), axis=-1), net[..., None], np.nan)
