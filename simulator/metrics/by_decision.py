"""What each decision did for a book: the profit of the shares it bought or sold, until a later one took them back."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.core import abi
from simulator.core.types import FloatArray, IntArray
from simulator.ledger import RunRecord
from simulator.ledger.events import Kind

_ASSETS_AT_ONCE: Final = 256


class Decided(NamedTuple):
    """What the decisions of a book came to, each profit a sum over sessions of its share of the nav before."""

    decision: IntArray  # (D,) numbers of the decisions that traded, in order; the first investment is not among them
    session: IntArray  # (D,) rows of the sessions at whose close they were made
    profit: FloatArray  # (D,) of the shares each of them bought or sold, after their costs
    held: float  # of what was held when the run began, or of the first decision where it began in cash
    others: (
        float  # of trades that no decision asked for (they paid or placed investors' money), and the cost of borrowing
    )


def by_decision(record: RunRecord, actions: abi.CorporateActions) -> Decided:
    """Profit of each decision: what the shares it bought or sold brought until a later one took them back.

    A share bought earns what the asset's mark and dividends do from its fill on, one sold forgoes it, both against the
    book as it would be without that trade. It does so until later decisions trade as many shares the other way, the
    latest trade being taken back first, or to the last close; each decision bears its own costs, and what its fills
    gained or lost from their price to the mark of their session. So a sale before a fall has avoided it by the time it
    is bought back, and the purchase that ends it adds nothing of its own. What the first decision bought is held to the
    end, and so are trades that no decision asked for. Interest on the cash that trades raise or spend is left out, as
    :func:`.contribution` leaves it out; ``held``, all of ``profit`` and ``others`` add up to the total of
    :func:`.contribution`. The first session is left out in both.

    Parameters
    ----------
    record
        A run with ``save="full"``.
    actions
        The splits, dividends and delistings that it met.
    """
    fills = record.stream[record.stream["kind"] == Kind.FILL]
    per_nav = _per_nav(record)
    brought = _brought(record, actions, fills, per_nav)
    costs = record.stream[(record.stream["kind"] == Kind.COST) & (record.stream["session"] > 0)]
    number = np.concatenate([fills["decision"], costs["decision"]]).astype(np.int64)
    profit = np.concatenate([brought, costs["amount"] * per_nav[costs["session"]]])
    opening = (fills["decision"] < 0) & (fills["session"] == 0)
    number[: fills.size][opening] = 0  # decision 0 would have been the first investment
    made, place = np.unique(number, return_inverse=True)
    sums = np.bincount(place, weights=profit, minlength=made.size).astype(np.float64)
    later = made > 0
    return Decided(
        made[later],
        _sessions(record, made[later]),
        sums[later],
        float(sums[made == 0].sum()),
        float(sums[made < 0].sum()),
    )


def _per_nav(record: RunRecord) -> FloatArray:
    """(T,) one over the nav before each session; 0 for the first, and where there was none."""
    opening = record.opening_nav
    found: FloatArray = np.divide(1.0, opening, out=np.zeros(opening.size), where=opening > 0.0)
    found[0] = 0.0
    return found


def _sessions(record: RunRecord, made: IntArray) -> IntArray:
    """(D,) rows of the sessions at whose close decisions were made."""
    told = record.stream[record.stream["kind"] == Kind.DECISION]
    rows = dict(zip(told["decision"].tolist(), told["session"].tolist(), strict=True))
    return np.array([rows[number] for number in made.tolist()], np.int64)


def _brought(
    record: RunRecord, actions: abi.CorporateActions, fills: npt.NDArray[Any], per_nav: FloatArray
) -> FloatArray:
    """(F,) what each fill brought, before costs: from its price to that session's mark, then until taken back."""
    session, asset = fills["session"], fills["asset"]
    found = fills["quantity"] * (record.marks[session, asset] - fills["price"]) * per_nav[session]
    traded = np.unique(asset)
    for first in range(0, traded.size, _ASSETS_AT_ONCE):
        columns = traded[first : first + _ASSETS_AT_ONCE]
        here = np.flatnonzero(np.isin(asset, columns))
        earned, split = _per_share(record, actions, columns, per_nav)
        k = np.searchsorted(columns, asset[here])
        held = fills["quantity"][here] / split[session[here], k]
        start, end = earned[session[here], k], earned[-1, k]
        found[here] += held * (end - start)
        decided = np.flatnonzero(fills["decision"][here] > 0)
        found[here[decided]] -= _after(k[decided], held[decided], end[decided] - start[decided])
    return np.asarray(found, np.float64)


def _after(k: IntArray, held: FloatArray, rest: FloatArray) -> FloatArray:
    """(F,) what each fill would have brought, held to the end, from where later fills of its asset took it back.

    ``held`` are shares bought (sold below zero), ``rest`` what a share earns from each fill to the last close. A fill
    that takes another back brings nothing of what it would have brought itself.
    """
    after, parts, rests = np.zeros(k.size), held.tolist(), rest.tolist()
    open_of: dict[int, list[tuple[int, float]]] = {}
    for i, asset in enumerate(k.tolist()):
        left, mine = parts[i], open_of.setdefault(asset, [])
        while mine and left * mine[-1][1] < 0.0:
            j, size = mine.pop()
            taken = -size if abs(size) <= abs(left) else left
            left -= taken
            after[j] -= taken * rests[i]
            after[i] += taken * rests[i]
            if size + taken != 0.0:
                mine.append((j, size + taken))
        if left != 0.0:
            mine.append((i, left))
    return after


def _per_share(
    record: RunRecord, actions: abi.CorporateActions, columns: IntArray, per_nav: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(T, K) what a share of the first session, split since, had earned by each close; and what it had become."""
    marks = record.marks[:, columns]
    table = actions.table[np.isin(actions.table[:, abi.ACTION_ASSET], columns)]
    session = table[:, abi.ACTION_SESSION].astype(np.int64)
    k = np.searchsorted(columns, table[:, abi.ACTION_ASSET].astype(np.int64))
    kind, value = table[:, abi.ACTION_KIND], table[:, abi.ACTION_VALUE]
    ratio = np.ones_like(marks)
    splits = kind == abi.SPLIT
    ratio[session[splits], k[splits]] = value[splits]
    split: FloatArray = np.cumprod(ratio, axis=0, dtype=np.float64)
    earned = np.diff(split * marks, axis=0, prepend=0.0)
    paid = kind == abi.DIVIDEND
    np.add.at(earned, (session[paid], k[paid]), value[paid] * split[session[paid], k[paid]])
    for t, i, recovery in zip(session, k, np.where(kind == abi.DELISTING, value, np.nan), strict=True):
        if not np.isnan(recovery):
            earned[t, i] = split[t - 1, i] * marks[t - 1, i] * (recovery - 1.0)
            earned[t + 1 :, i] = 0.0
    if record.ruined is not None:
        earned[record.ruined + 1 :] = 0.0
    return np.cumsum(earned * per_nav[:, None], axis=0), split
