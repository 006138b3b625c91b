"""The event record and its kinds."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulator.core import abi
from simulator.core.types import DateArray, IntArray


class Kind(IntEnum):
    """What an event records. ``amount`` is the cash it moves, or the value it states."""

    INTEREST = 0  # amount: cash earned (or paid) since the previous close
    FLOW = 1  # amount: cash brought in (the initial cash, a subscription) or paid out
    DECISION = 2  # amount: nav when deciding; quantity: planned turnover, max(buys, sells) / nav
    ORDER = 3  # quantity: shares; price: mark when sizing; amount: notional
    CANCEL = 4  # quantity: shares no longer to be traded; price: their mark
    LIMIT = 5  # component: which bound bit; quantity: share of the trade that was left; amount: notional cut
    FILL = 6  # quantity: shares; price: the fill's; amount: -quantity x price
    COST = 7  # component: which; amount: minus the cost
    MARK = 8  # quantity: shares held; price: mark; amount: their product
    DIVIDEND = 9  # quantity: shares entitled; price: cash per share; amount: cash
    SPLIT = 10  # quantity: shares added; price: new shares per old
    DELISTING = 11  # quantity: minus the shares held; price: what each paid; amount: cash
    SHORTFALL = 12  # amount: redemptions due and not paid by the end of the day; component: NOTHING_LEFT if for good
    BREACH = 13  # component: which holding bound is exceeded by drift; quantity: weight; amount: excess of nav
    FEE = 14  # component: management or performance; amount: minus what is charged


KIND_NAMES: Final = tuple(kind.name.lower() for kind in Kind)

#: Kinds whose amount moves cash, and kinds whose quantity moves shares.
CASH_KINDS: Final = (Kind.INTEREST, Kind.FLOW, Kind.FILL, Kind.COST, Kind.DIVIDEND, Kind.DELISTING, Kind.FEE)
SHARE_KINDS: Final = (Kind.FILL, Kind.SPLIT, Kind.DELISTING)

# Components of LIMIT and BREACH events, after the cost components.
LIMIT_TURNOVER: Final = 16
LIMIT_COST: Final = 17
LIMIT_PARTICIPATION: Final = 18
LIMIT_CASH: Final = 19
LIMIT_UNTRADABLE: Final = 20
LIMIT_FORBIDDEN: Final = 21
LIMIT_ANNUAL_TURNOVER: Final = 22
LIMIT_ANNUAL_COST: Final = 23
LIMIT_MIN_TRADE: Final = 24
LIMIT_LOT: Final = 25
LIMIT_LIQUID: Final = 26
LIMIT_UNPROFITABLE: Final = 27
LIMIT_HELD: Final = 28
LIMIT_COVERAGE: Final = 29
LIMIT_DAYS_TO_CASH: Final = 30
LIMIT_ILLIQUID: Final = 31
LIMIT_HIGHLY_LIQUID: Final = 40
LIMIT_LCR: Final = 41
LIMIT_CUT: Final = 32  # plus the position of the bound in PlanArrays.cut
#: Component of a SHORTFALL that ends a claim: the book has nothing left to pay it with.
NOTHING_LEFT: Final = 48
#: Component of the BREACH that ends a run: the book is worth nothing, or less.
RUIN: Final = 49
#: Components of a FEE.
MANAGEMENT: Final = 50
PERFORMANCE: Final = 51
NO_COMPONENT: Final = 255

LIMIT_NAMES: Final[dict[int, str]] = {
    LIMIT_TURNOVER: "max_turnover",
    LIMIT_COST: "max_cost_bps",
    LIMIT_PARTICIPATION: "max_participation",
    LIMIT_CASH: "cash",
    LIMIT_UNTRADABLE: "untradable",
    LIMIT_FORBIDDEN: "no_trade",
    LIMIT_ANNUAL_TURNOVER: "annual_turnover",
    LIMIT_ANNUAL_COST: "annual_cost_bps",
    LIMIT_MIN_TRADE: "min_trade",
    LIMIT_LOT: "lot",
    LIMIT_LIQUID: "min_liquid_share",
    LIMIT_UNPROFITABLE: "cost above proceeds",
    LIMIT_HELD: "held",
    LIMIT_COVERAGE: "min_coverage",
    LIMIT_DAYS_TO_CASH: "max_days_to_cash",
    LIMIT_ILLIQUID: "max_illiquid",
    LIMIT_HIGHLY_LIQUID: "min_highly_liquid",
    LIMIT_LCR: "min_lcr",
    LIMIT_CUT + abi.CUT_POSITION: "max_weight",
    LIMIT_CUT + abi.CUT_GROUP: "groups",
    LIMIT_CUT + abi.CUT_LEVERAGE: "max_leverage",
    LIMIT_CUT + abi.CUT_CASH: "min_cash",
}

COMPONENT_NAMES: Final[dict[int, str]] = {
    **dict(enumerate(abi.COMPONENTS)),
    **LIMIT_NAMES,
    NOTHING_LEFT: "nothing left",
    RUIN: "ruin",
    MANAGEMENT: "management",
    PERFORMANCE: "performance",
    NO_COMPONENT: "",
}

EVENT: Final = np.dtype(
    [
        ("session", np.int32),  # index t
        ("kind", np.uint8),
        ("component", np.uint8),
        ("asset", np.int32),  # index i, -1 for the whole book
        ("decision", np.int32),  # its number, -1 for none
        ("quantity", np.float64),
        ("price", np.float64),
        ("amount", np.float64),
    ],
    align=True,
)


def to_frame(events: npt.NDArray[Any], sessions: DateArray, assets: tuple[str, ...]) -> pd.DataFrame:
    """The stream as a pandas frame with dates and names instead of codes.

    A row an event, (n,); quantities in shares, amounts in currency.
    """
    place = np.where(events["asset"] < 0, len(assets), events["asset"])
    kinds, components = np.asarray(events["kind"], np.int64), np.asarray(events["component"], np.int64)
    return pd.DataFrame(
        {
            "date": pd.DatetimeIndex(sessions[events["session"]]),
            "kind": pd.Categorical.from_codes(kinds, categories=pd.Index(_kinds(kinds))),
            "component": _components(components),
            "asset": pd.Categorical.from_codes(place.astype(np.int64), categories=pd.Index([*assets, ""])),
            "decision": events["decision"],
            "quantity": events["quantity"],
            "price": events["price"],
            "amount": events["amount"],
        }
    )


def _kinds(codes: IntArray) -> tuple[str, ...]:
    """The names of kinds; that of fees where there are any, as it has come later than the others."""
    return KIND_NAMES if (codes == Kind.FEE).any() else KIND_NAMES[: Kind.FEE]


def _components(codes: IntArray) -> pd.Categorical:
    """The names of components, in the order of the alphabet; those that do not occur are left out."""
    names = [COMPONENT_NAMES.get(code, "") for code in range(256)]
    used = sorted({names[code] for code in np.unique(codes)})
    place = np.array([used.index(name) if name in used else -1 for name in names], np.int64)
    return pd.Categorical.from_codes(place[codes], categories=pd.Index(used))
