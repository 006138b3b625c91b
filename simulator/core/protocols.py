"""What a signal, a policy, a cost model and a shock must offer. Anything that does is welcome."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy.typing as npt
import pandas as pd

from .abi import CostPanels
from .day import Day, Hold
from .evidence import Evidence
from .market import MarketData
from .panels import SignalPanel
from .plan import Plan, PlanContext
from .types import BoolArray, DateArray, FloatArray

Targets: TypeAlias = Mapping[str, float] | pd.Series | Sequence[float] | npt.NDArray[Any]


class FeatureSource(Protocol):
    """What a signal computes from: the observed market, and its series as published (``simulator.Features``)."""

    @property
    def market(self) -> MarketData:
        """The market as observed."""
        ...

    @property
    def sessions(self) -> DateArray:
        """(T,) sessions."""
        ...

    def prices(self) -> pd.DataFrame:
        """Closes by session and asset, the last one carried over gaps."""
        ...

    def returns(self) -> pd.DataFrame:
        """Simple returns by session and asset."""
        ...

    def series(self, name: str, max_age_days: int | None = None) -> pd.Series:
        """The last value of an exogenous series published by each session's close."""
        ...

    def known_at(self, names: tuple[str, ...] = ()) -> DateArray:
        """The latest publication among the named series as used on each session, and the session itself."""
        ...


@runtime_checkable
class Signal(Protocol):
    """Turns what is known into a panel of signal values.

    ``warmup`` is the number of sessions before its first meaningful value; policies start after it.
    """

    @property
    def name(self) -> str:
        """The name policies know it by."""
        ...

    @property
    def warmup(self) -> int:
        """Sessions before its first meaningful value."""
        ...

    def compute(self, features: FeatureSource) -> SignalPanel:
        """(T, K) values, row t using only what was known at the close of session t."""
        ...


@runtime_checkable
class Freezable(Protocol):
    """A signal that learns, and can keep what it has learnt: sweeps then apply it to other paths without refitting."""

    def frozen(self, features: FeatureSource) -> Signal:
        """A signal that applies the models fitted on these features, each from its own refit session on.

        Computed on the same features it says what the signal itself says, to the bit; on others it learns nothing.
        """
        ...


@runtime_checkable
class WarmedUp(Freezable, Protocol):
    """A signal that, once it has learnt, needs less of another market than it learnt from."""

    def frozen_warmup(self, features: FeatureSource) -> int:
        """Sessions of such a market before what is frozen has all that it looks at."""
        ...


@runtime_checkable
class Inputs(Protocol):
    """A signal that forecasts a ``probability`` and shows what its models read."""

    def inputs(self, features: FeatureSource) -> tuple[Sequence[str], FloatArray]:
        """K names, and (T, K) values; NaN where one is not known."""
        ...


@runtime_checkable
class Together(Protocol):
    """A signal that computes many markets at once for less than one after the other."""

    def compute_together(self, markets: Sequence[FeatureSource]) -> Sequence[SignalPanel]:
        """What ``compute`` says of each market, to the bit. One panel of (T, K) values a market."""
        ...


@runtime_checkable
class Sparing(Protocol):
    """A signal with columns that take long and that hardly anybody reads."""

    def reading(self, columns: Collection[str]) -> Signal:
        """The same signal; of its columns those named are there, and others where they cost nothing."""
        ...


@runtime_checkable
class Stored(Protocol):
    """A signal whose models were fitted before and are read from files: they belong to one market."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything that was read."""
        ...

    def check_data(self, features: FeatureSource) -> None:
        """Raise :class:`~.errors.DataError` unless its models were fitted on this market, or the beginning of it."""
        ...

    def provenance(self, features: FeatureSource) -> Evidence:
        """A row a model, called ``models``: when what it learned from was known, and when it was first used.

        For the look-ahead audit, which replays other futures in vain where nothing is fitted: the signal shows on its
        own market that each model is what the past of its first use gives.
        """
        ...


@runtime_checkable
class Evidencing(Protocol):
    """A signal that lays open what it rests on, for the look-ahead audit."""

    def evidence(self, features: FeatureSource) -> Sequence[Evidence]:
        """Its features, thresholds, labels, scalers and models, each row with the dates it was known and used."""
        ...


@runtime_checkable
class Strategy(Protocol):
    """Decides target weights. Optional: ``name``, ``signals`` and ``review(context)``; see the helpers below."""

    def decide(self, day: Day) -> Targets | Hold:
        """Target weights by asset (what is left to one is cash), or ``HOLD``."""
        ...


@runtime_checkable
class Planned(Protocol):
    """A strategy whose decisions need only the market: it can lay them all out before the replay."""

    def plan(self, context: PlanContext) -> Plan | None:
        """The plan, or ``None`` when this configuration must be asked after all."""
        ...


@runtime_checkable
class Reviewing(Protocol):
    """A strategy that wants to be asked on some sessions only."""

    def review(self, context: PlanContext) -> BoolArray:
        """(T,) True on the sessions on which ``decide`` is to be called."""
        ...


class Estimates(Protocol):
    """What costs are computed from, each when it is first read. Volumes are ``None`` where none is known or assumed."""

    @property
    def adv(self) -> FloatArray | None:
        """(T, N) forecast daily notional, from the past up to t."""
        ...

    @property
    def sigma(self) -> FloatArray:
        """(T, N) forecast daily volatility, from the past up to t."""
        ...

    @property
    def volume(self) -> FloatArray | None:
        """(T, N) the day's own notional."""
        ...

    @property
    def sigma_day(self) -> FloatArray:
        """(T, N) the day's own volatility."""
        ...

    def spreads(self, kind: str) -> tuple[FloatArray, FloatArray]:
        """(T, N) spread of the day as an estimator of that name has it, and its usual level."""
        ...


@runtime_checkable
class CostModel(Protocol):
    """Prices execution: a planned estimate from what is known, and the realised cost from the day itself."""

    def panels(self, market: MarketData, estimates: Estimates) -> CostPanels:
        """Coefficients of the cost law by session and asset; the planned ones may use only the past up to t."""
        ...
