"""On what terms policies are replayed: one concept, made once and passed whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypedDict, Unpack, get_args

import numpy as np

from simulator.core.bounds import Bounds
from simulator.core.clients import Clients
from simulator.core.committee import Committee
from simulator.core.errors import ParameterError
from simulator.core.execution import Execution
from simulator.core.fees import Fees
from simulator.core.flows import Flow, Waterfall
from simulator.core.protocols import CostModel
from simulator.costs import AlmgrenChriss
from simulator.liquidity import LiquidityStress

Date = np.datetime64 | str


class Stated(TypedDict, total=False):
    """Terms as keywords of :func:`simulator.simulate`; what is left out, or ``None``, has its default.

    Cash is in currency of the market.
    """

    costs: CostModel | None
    execution: Execution | None
    bounds: Bounds | None
    liquidity: LiquidityStress | Literal[False] | None
    initial_cash: float
    flows: Sequence[Flow]
    waterfall: Waterfall
    start: Date | None
    end: Date | None
    opening: Mapping[str, float] | None
    committee: Committee | None
    fees: Fees | None
    clients: Clients | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Terms:
    """Costs, execution, bounds, liquidity, cash, flows, waterfall, dates and fees.

    Attributes
    ----------
    costs
        What trading costs.
    execution
        When and how orders fill.
    bounds
        What the book may hold.
    liquidity
        The stress under which coverage is measured; ``False`` measures none.
    initial_cash
        In currency, above zero; nothing will do where there are opening positions.
    flows
        Subscriptions and redemptions, in their order.
    waterfall
        How redemptions are paid when cash does not reach.
    start, end
        First and last day, or ``None`` for those of the market.
    opening
        Shares as traded that are held at the close of the first session; ``None`` where a run begins in cash.
    committee
        Who rules on what policies propose; ``None`` where all of it is traded.
    fees
        What the manager charges.
    clients
        Whose redemptions answer to the book, close by close, besides the flows; ``None`` for nobody's.

    Raises
    ------
    ParameterError
        If one of them is not what it must be, whatever the market.
    """

    costs: CostModel = field(default_factory=AlmgrenChriss)
    execution: Execution = field(default_factory=Execution)
    bounds: Bounds = field(default_factory=Bounds)
    liquidity: LiquidityStress | Literal[False] = field(default_factory=LiquidityStress)
    initial_cash: float = 1e6
    flows: tuple[Flow, ...] = ()
    waterfall: Waterfall = "most-liquid"
    start: np.datetime64 | None = None
    end: np.datetime64 | None = None
    opening: Mapping[str, float] | None = None
    committee: Committee | None = None
    fees: Fees = field(default_factory=Fees)
    clients: Clients | None = None

    def __post_init__(self) -> None:
        for name, kind in (("execution", Execution), ("bounds", Bounds), ("fees", Fees)):
            if not isinstance(getattr(self, name), kind):
                raise ParameterError(f"{name} must be {kind.__name__}(...), not {type(getattr(self, name)).__name__}")
        for name, model in (("costs", self.costs), ("liquidity", self.liquidity)):
            if model is not False and not callable(getattr(model, "panels", None)):
                raise ParameterError(f"{name} must have a method panels, which {type(model).__name__} has not")
        least_cash = np.nextafter(0.0, 1.0) if self.opening is None else 0.0
        if not (np.isfinite(self.initial_cash) and self.initial_cash >= least_cash):
            raise ParameterError(f"initial_cash must be positive, not {self.initial_cash}")
        if self.waterfall not in get_args(Waterfall):
            raise ParameterError(f"waterfall must be one of {', '.join(get_args(Waterfall))}, not {self.waterfall!r}")
        for name in ("start", "end"):
            object.__setattr__(self, name, _day(name, getattr(self, name)))
        object.__setattr__(self, "initial_cash", float(self.initial_cash))
        object.__setattr__(self, "flows", tuple(self.flows))

    @classmethod
    def of(cls, **stated: Unpack[Stated]) -> Terms:
        """Terms from keywords; those left out, or ``None``, have their defaults."""
        return cls(**{name: value for name, value in stated.items() if value is not None})  # type: ignore[arg-type]

    @property
    def stress(self) -> LiquidityStress | None:
        """The stress under which liquidity is measured; ``None`` where none is."""
        return self.liquidity or None

    @property
    def redemption_stress(self) -> float:
        """Share of nav that investors are assumed to withdraw; NaN where no liquidity is measured."""
        return self.liquidity.redemption_stress if self.liquidity else float("nan")


def given(terms: Terms | None, stated: Stated) -> Terms:
    """The terms that are passed whole, or made of keywords; both at once are refused."""
    if terms is None:
        return Terms.of(**stated)
    if stated:
        raise ParameterError(f"terms are passed whole, so {', '.join(stated)} cannot be stated beside them")
    return terms


def _day(which: str, value: Date | None) -> np.datetime64 | None:
    if value is None:
        return None
    try:
        return np.datetime64(str(value)[:10], "D")
    except ValueError:
        raise ParameterError(f"{which}: {value!r} is no date; write YYYY-MM-DD") from None
