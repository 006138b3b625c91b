"""The usual policies: compositions of holdings, triggers and overlays with a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from simulator.core.errors import ParameterError
from simulator.core.protocols import Strategy
from simulator.core.within import NOT_ALL, PART, SESSIONS, SOME, WINDOW, bounded

from .holdings import CVAR, MINIMUM_VARIANCE, RISK_PARITY, Equal, Fitted, Fixed, Unlisted
from .overlaid import Overlaid
from .overlays import RiskOff
from .policy import Policy
from .signals import SignalRef, SignalRefs
from .triggers import OF_TARGET, AnyOf, Band, Every, Listing, TradeTrigger, on_any
from .weights import Weights


class Hold(Policy):
    """Buy the targets once, on the first session, and never trade again but to buy an asset that lists later.

    Parameters
    ----------
    weights
        Target weights of nav by asset; what is left to one is cash.
    unlisted
        What becomes of the target of an asset that is not listed on a day: ``"share"``, the listed ones have it in
        proportion to their own, or ``"cash"``, where it stays for good.
    """

    name = "hold"

    def __init__(self, weights: Weights, unlisted: Unlisted = "share") -> None:
        super().__init__(Fixed(weights, unlisted), Listing(weights) if unlisted == "share" else None)


class Periodic(Policy):
    """Return to the targets on a schedule: every n of its own sessions, or whenever a signal fires.

    Parameters
    ----------
    weights
        Target weights of nav by asset; what is left to one is cash.
    every
        Sessions between rebalances: it trades on its sessions 0, every, 2 every...
    trigger
        A signal, or the name of one, or a list of them, instead: it trades on its first session and whenever any of
        them fires.
    unlisted
        What becomes of the target of an asset that is not listed on a day: ``"share"``, the listed ones have it in
        proportion to their own, or ``"cash"``.
    part
        Share of the way to the targets that a trade goes; the first one goes all of it.
    """

    name = "periodic"

    @bounded
    def __init__(
        self,
        weights: Weights,
        every: Annotated[int | None, SESSIONS] = None,
        trigger: SignalRefs | None = None,
        unlisted: Unlisted = "share",
        part: Annotated[float, SOME] = 1.0,
    ) -> None:
        super().__init__(Fixed(weights, unlisted), _schedule(every, trigger, self.name), part=part)


class EqualWeight(Policy):
    """Periodic, to equal weights of every asset listed that day (or of those named), with a share left in cash.

    An asset not yet born or already delisted has no weight; the others share what it would have had.

    Parameters
    ----------
    every, trigger
        As for :class:`Periodic`.
    assets
        The assets to hold; all of the market's by default.
    cash
        Share of nav left in cash.
    part
        Share of the way to the targets that a trade goes; the first one goes all of it.
    """

    name = "equal-weight"

    @bounded
    def __init__(
        self,
        every: Annotated[int | None, SESSIONS] = None,
        trigger: SignalRefs | None = None,
        assets: tuple[str, ...] | None = None,
        cash: Annotated[float, NOT_ALL] = 0.0,
        part: Annotated[float, SOME] = 1.0,
    ) -> None:
        super().__init__(Equal(assets, cash), _schedule(every, trigger, self.name), part=part)


class ThresholdBand(Policy):
    """Trade on the first session, and whenever the deviation of a weight exceeds its band.

    Weights are of nav, cash included. The band is tested at every close, or on every ``review``-th session.

    Parameters
    ----------
    weights
        Target weights of nav by asset; what is left to one is cash.
    band
        Largest deviation tolerated, in weight (0.05 is five percentage points).
    to
        ``"target"``, or ``"edge"``: trade strayed assets back only to the nearest edge of their band.
    trigger
        A signal, or the name of one, or a list of them: it also trades, to the targets, whenever any of them fires.
    review
        Sessions between tests of the band.
    unlisted
        What becomes of the target of an asset that is not listed on a day: ``"share"``, the listed ones have it in
        proportion to their own, or ``"cash"``.
    relative
        Largest deviation tolerated as a share of the target (0.25 is a quarter of it), besides or instead of ``band``;
        with both, 0.05 and 0.25 for the 5/25 rule, whichever is left first.
    part
        Share of the way to the targets that a trade goes; the first one goes all of it.
    """

    name = "threshold-band"

    @bounded
    def __init__(
        self,
        weights: Weights,
        band: Annotated[float | None, PART] = None,
        to: Literal["target", "edge"] = "target",
        trigger: SignalRefs | None = None,
        review: Annotated[int, SESSIONS] = 1,
        unlisted: Unlisted = "share",
        relative: Annotated[float | None, OF_TARGET] = None,
        part: Annotated[float, SOME] = 1.0,
    ) -> None:
        tested = Band(band, to, review, relative)
        when = tested if trigger is None else AnyOf(on_any(trigger), tested)
        super().__init__(Fixed(weights, unlisted), when, part=part)


class Skfolio(Policy):
    """Periodic, to weights that any estimator of skfolio gives, fitted on the past alone at each trade.

    Where a fit fails the policy keeps what it has, and the run says so.

    Parameters
    ----------
    estimator
        Of ``skfolio.optimization``, by name (``HierarchicalRiskParity``), or an object; never fitted itself.
    every, trigger
        As for :class:`Periodic`.
    window
        Sessions of returns that a fit looks back on.
    options
        Parameters of the estimator; ``risk_measure`` and ``objective_function`` may be named in words.
    assets
        The assets to choose among; all of the market's by default.
    cash
        Share of nav left in cash.
    part
        Share of the way to the targets that a trade goes; the first one goes all of it.
    """

    name = "skfolio"

    @bounded
    def __init__(
        self,
        estimator: Any,
        every: Annotated[int | None, SESSIONS] = None,
        trigger: SignalRefs | None = None,
        window: Annotated[int, WINDOW] = 252,
        options: Mapping[str, Any] | None = None,
        assets: tuple[str, ...] | None = None,
        cash: Annotated[float, NOT_ALL] = 0.0,
        part: Annotated[float, SOME] = 1.0,
    ) -> None:
        holdings = Fitted(estimator, window, options or {}, assets=assets, cash=cash)
        super().__init__(holdings, _schedule(every, trigger, self.name), part=part)


class _Shortcut(Skfolio):
    """One estimator of skfolio under a name of its own."""

    _estimator: tuple[str, Mapping[str, Any]]

    @bounded
    def __init__(
        self,
        every: Annotated[int | None, SESSIONS] = None,
        trigger: SignalRefs | None = None,
        window: Annotated[int, WINDOW] = 252,
        assets: tuple[str, ...] | None = None,
        cash: Annotated[float, NOT_ALL] = 0.0,
        part: Annotated[float, SOME] = 1.0,
    ) -> None:
        estimator, options = self._estimator
        super().__init__(estimator, every, trigger, window, options, assets, cash, part)


class RiskParity(_Shortcut):
    """Periodic, to weights whose assets contribute alike to variance: skfolio's ``RiskBudgeting``."""

    name = "risk-parity"
    _estimator = RISK_PARITY


class MinimumVariance(_Shortcut):
    """Periodic, to the weights of least variance: skfolio's ``MeanRisk``."""

    name = "minimum-variance"
    _estimator = MINIMUM_VARIANCE


class CVaR(_Shortcut):
    """Periodic, to the weights of least conditional value at risk (95%): skfolio's ``MeanRisk``."""

    name = "cvar"
    _estimator = CVAR


class DeRisk(Overlaid):
    """Follow a base policy while a signal is off; while it is on, hold a share of the risky weights in liquid ones.

    It trades when the signal's state changes, to the de-risked weights on entering and back to the base's
    targets on leaving; the base's own schedule and band apply only while the signal is off.

    Parameters
    ----------
    base
        The policy to follow.
    signal
        The signal, or its name; its ``state`` says when to be out.
    share
        Share of every risky weight that moves.
    into
        Where to, as fractions of what moves, summing to one; ``CASH`` allowed. Assets named here are the liquid
        ones and keep their own weight. ``None`` moves it all into cash.
    """

    name = "de-risk"

    @bounded
    def __init__(
        self, base: Strategy, signal: SignalRef, share: Annotated[float, SOME] = 0.75, into: Weights | None = None
    ) -> None:
        super().__init__(base, RiskOff(signal, share, into))


def _schedule(every: int | None, trigger: SignalRefs | None, name: str) -> TradeTrigger:
    if every is not None and trigger is None:
        return Every(every)
    if trigger is None or every is not None:
        raise ParameterError(f"{name}: give either every (sessions) or trigger (a signal)")
    return on_any(trigger)
