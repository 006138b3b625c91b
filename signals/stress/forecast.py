"""The stress forecast as a signal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Annotated, Any, Final, Literal, NamedTuple

import numpy as np

from signals.hysteresis import check_levels, hysteresis
from simulator.core.errors import ParameterError, PluginError
from simulator.core.evidence import Evidence
from simulator.core.panels import FeaturePanel, SignalPanel
from simulator.core.protocols import FeatureSource
from simulator.core.types import SESSIONS_PER_YEAR, BoolArray, DateArray, FloatArray
from simulator.core.within import PROBABILITY, SESSIONS, WAIT, Within, bounded
from simulator.features import Workspace, past_percentile
from simulator.features.rows import Rows

from .evidence import laid_open
from .features import features_of, stress_features, stress_rows, stress_rows_abreast
from .foresight import PerfectForecast
from .given import NOTHING, Given
from .labels import Label, within
from .models import maker, model_spec
from .models.combine import Averaged
from .targets import LEGS, as_known, check_event, check_needs, event_label, given_to, rule_thresholds, waits
from .walk_forward import Fitted, Fold, Keeper, fit, folds, predict_together

#: A model learns from a year at least.
_TRAINING: Final = Within(SESSIONS_PER_YEAR, 10_000, unit="sessions")


class Lessons(NamedTuple):
    """What a market offers to learn from: features, whether an event came within the horizon, and the refits.

    A row a session.

    ``given`` is what the model is given besides the features.
    """

    features: FeaturePanel
    events: Label
    target: Label
    plan: list[Fold]
    given: Given = NOTHING


class StressForecast:
    """Probability of a stress event within the next ``horizon`` sessions, from a model refitted walk-forward.

    At each refit the model learns from labels already known then (a label needs ``horizon`` sessions to become
    known, and ``embargo`` more are left out), from features whose every value had been published; between refits
    it forecasts. Thresholds of the event rule come from the past alone.

    Parameters
    ----------
    model
        Any model by name, but for rules and the control. One that forecasts the level of an index (``"var"``,
        ``"ridge-nowcast"``) needs an event of ``"tier"`` or ``"regime"``.
    event
        What is forecast: ``"stress"``, a day of stress by the rule; ``"onset"``, the first of them; ``"regime"``, a
        regime above normal; ``"tier"``, a week in which ``index`` is amber or red.
    legs
        Legs of the stress rule: some of impact, spread and funding.
    index
        The index behind ``"tier"``: an exogenous series of the market, or its role.
    columns
        Features to learn from: names or families of the registry, or ``"series"`` for z-scores of every exogenous
        series; prices, volumes, spreads and series by default.
    horizon
        Sessions ahead in which an event counts.
    refit_every
        Sessions between refits.
    embargo
        Sessions left out between the last label used and the refit.
    window
        ``"expanding"``, or the number of sessions to learn from (rolling).
    min_train
        Sessions of history before the first refit.
    scale
        What ``enter`` and ``exit`` are measured on: ``"probability"``, or ``"percentile"`` of the forecast among
        all earlier ones (for rare events, whose probabilities are low throughout).
    enter, exit, min_hold
        Level above which the state switches on, below which it switches off, and the least stay.
    seed
        Of the model's own randomness.
    seeds
        How many fits, of seeds from ``seed`` on, the forecast is the mean of: what one seed alone decides is luck.
    options
        Passed to the model.
    name
        Default: ``stress-10`` and the like.
    progress
        Told how many refits of how many are done.
    refit_cache
        Where fitted models are kept, so that the same refit is not computed twice; nowhere by default.
    """

    @bounded
    def __init__(
        self,
        model: str = "xgboost",
        event: Literal["stress", "onset", "regime", "tier"] = "stress",
        legs: Sequence[str] = LEGS,
        index: str = "STLFSI4",
        columns: Sequence[str] | None = None,
        horizon: Annotated[int, SESSIONS] = 10,
        refit_every: Annotated[int, SESSIONS] = 63,
        embargo: Annotated[int, WAIT] = 5,
        window: Annotated[int | Literal["expanding"], _TRAINING] = "expanding",
        min_train: Annotated[int, _TRAINING] = 3 * SESSIONS_PER_YEAR,
        scale: Literal["probability", "percentile"] = "probability",
        enter: Annotated[float, PROBABILITY] = 0.5,
        exit: Annotated[float, PROBABILITY] = 0.25,  # noqa: A002 - the field's own name
        min_hold: Annotated[int, WAIT] = 5,
        seed: Annotated[int, Within(0, 2**32 - 1)] = 0,
        seeds: Annotated[int, Within(1, 100)] = 1,
        options: dict[str, Any] | None = None,
        name: str | None = None,
        progress: Callable[[int, int], None] | None = None,
        refit_cache: Keeper | None = None,
    ) -> None:
        if window != "expanding" and not isinstance(window, int):
            raise ParameterError("stress-forecast: window must be 'expanding' or at least 252 sessions")
        if scale not in ("probability", "percentile"):
            raise ParameterError(f"stress-forecast: scale must be 'probability' or 'percentile', not {scale!r}")
        check_levels("stress-forecast", enter, exit)
        check_event("stress-forecast", event, legs)
        self.event, self.legs, self.index, self.columns = event, legs, index, columns
        self.model, self.horizon, self.refit_every, self.embargo = model, horizon, refit_every, embargo
        self.window, self.min_train = window, min_train
        self.scale = scale
        self.enter, self.exit, self.min_hold = enter, exit, min_hold
        self.seed, self.seeds, self.options = seed, seeds, dict(options or {})
        self.spec = model_spec(model)
        check_needs("stress-forecast", self.spec, event)
        self.make = _maker(model, seed, seeds, self.options)
        self.name = name or f"stress-{horizon}"
        self.progress = progress
        self.refit_cache = refit_cache
        self.events: Label | None = None

    @property
    def warmup(self) -> int:
        """Sessions before the first forecast."""
        return self.min_train

    def compute(self, features: FeatureSource) -> SignalPanel:
        """Columns ``probability``, ``event`` (as far as it is known that day) and ``state``.

        The probability is NaN during warm-up and until a first label is known, the event while the thresholds of
        its rule are not.
        """
        return self.frozen(features).compute(features)

    def frozen(self, features: FeatureSource) -> FrozenStress:
        """The forecast with the models fitted on these features, each used from its own refit session on."""
        lessons = self.lessons(features)
        self.events = lessons.events
        kept = None if self.refit_cache is None else self.refit_cache.of(self.model, self._kept_options(), self.seed)
        panel, target = lessons.features, lessons.target
        fitted = fit(self.make, panel.values, target.values, lessons.plan, self.progress, kept, lessons.given)
        return FrozenStress(self, fitted, panel.columns, sessions=features.sessions)

    def _kept_options(self) -> dict[str, Any]:
        """What sets a fitted model apart in the cache, besides its name and its first seed."""
        return self.options if self.seeds == 1 else {**self.options, "seeds": self.seeds}

    def frozen_warmup(self, features: FeatureSource) -> int:
        """Sessions of a market that begins anew before every feature is known, and percentiles have a past."""
        return self.features_warmup(Workspace(features)) + (SESSIONS_PER_YEAR if self.scale == "percentile" else 0)

    def features_warmup(self, workspace: Workspace) -> int:
        """Sessions of a market before every feature is known."""
        return max((feature.warmup for feature in features_of(workspace, self.columns)), default=0)

    def foresight(self) -> PerfectForecast:
        """HINDSIGHT: the signal of one who knows in advance what this one forecasts."""
        return PerfectForecast(self.event, self.legs, self.index, self.horizon)

    def lessons(self, features: FeatureSource) -> Lessons:
        """What there is to learn from these features, and when."""
        workspace = Workspace(features)
        events = event_label(workspace, self.event, self.legs, self.index)
        target = within(events, self.horizon)
        panel = stress_features(workspace, self.columns)
        return Lessons(panel, events, target, self._folds(target), self.given(features))

    def inputs(self, features: FeatureSource) -> tuple[tuple[str, ...], FloatArray]:
        """The columns that its models read: names, and (T, K) values; NaN where one is not known."""
        rows = stress_rows(Workspace(features), self.columns)
        return rows.columns, rows.values

    def given(self, features: FeatureSource) -> Given:
        """What the model is given besides the features."""
        return given_to(self.spec, features, self.event, self.index, self.horizon)

    def state(self, probability: FloatArray) -> BoolArray:
        """(T,) whether the signal is on, given (T,) forecasts, NaN where there are none."""
        level = probability if self.scale == "probability" else past_percentile(probability)
        return hysteresis(level, self.enter, self.exit, self.min_hold)

    def _folds(self, target: Label) -> list[Fold]:
        window = None if self.window == "expanding" else int(self.window)
        return list(
            folds(
                target.values,
                start=self.min_train,
                refit_every=self.refit_every,
                horizon=waits(target),
                embargo=self.embargo,
                window=window,
            )
        )

    def evidence(self, features: FeatureSource) -> list[Evidence]:
        """The features, thresholds, labels and training sets behind :meth:`compute`, with their dates."""
        lessons = self.lessons(features)
        thresholds = rule_thresholds(features, self.event, self.legs)
        return laid_open(lessons.features, thresholds, lessons.target, lessons.plan, lessons.given)

    def notes(self) -> list[str]:
        """What the report must say of it, once computed."""
        if self.events is None:
            return []
        return [
            f"an event is {self.events.text}.",
            f"{self.model}, refitted every {self.refit_every} sessions on labels known {self.horizon} sessions late, "
            f"with an embargo of {self.embargo}.",
            *([f"its forecast is the mean of {self.seeds} fits that differ in their seed alone."] * (self.seeds > 1)),
        ]


def _maker(model: str, seed: int, seeds: int, options: dict[str, Any]) -> Callable[[], Any]:
    """A function that makes a fresh model, or as many as there are seeds, whose mean probability is the forecast."""
    if seeds == 1:
        return maker(model, seed, options, ("window", "level", "bounds"))
    if model_spec(model).needs or model_spec(model).window:
        raise ParameterError(f"stress-forecast: seeds = {seeds} is for models that need columns alone, not {model!r}")
    each = [maker(model, seed + k, options) for k in range(seeds)]
    return lambda: Averaged([make() for make in each])


class FrozenStress:
    """A stress forecast that learns nothing more: its models were fitted on another market, at their refit sessions.

    Features, events, percentiles and the state still come from the market it is computed on. One that begins later, on
    a session of the market that the models were fitted on, meets each of them on that model's own sessions, once its
    features are known.
    """

    def __init__(
        self,
        rule: StressForecast,
        fitted: list[Fitted],
        columns: tuple[str, ...],
        with_event: bool = True,
        sessions: DateArray | None = None,
    ) -> None:
        self.rule, self.fitted, self.columns, self.with_event = rule, fitted, columns, with_event
        self.sessions = sessions
        self.name, self.warmup = rule.name, rule.warmup

    def reading(self, columns: Collection[str]) -> FrozenStress:
        """The same, without ``event`` unless that is among the columns that are read."""
        return FrozenStress(self.rule, self.fitted, self.columns, "event" in columns, self.sessions)

    def compute(self, features: FeatureSource) -> SignalPanel:
        """As :meth:`StressForecast.compute`; raises :class:`PluginError` where the market offers other features.

        A row a session of that market; NaN before the first forecast.
        """
        return self.compute_together([features])[0]

    def compute_together(self, markets: Sequence[FeatureSource]) -> list[SignalPanel]:
        """:meth:`compute` on several markets, the same bits: each model forecasts for all of them at once.

        One panel a market, (T, columns) of its own sessions.
        """
        each = [Workspace(features) for features in markets]
        looked = stress_rows_abreast(each, self.rule.columns)
        for rows in looked:
            self._check(rows)
        told = self._told(each, [rows.values for rows in looked], [self.rule.given(own.source) for own in each])
        return [self._panel(own, rows.known_at, said) for own, rows, said in zip(each, looked, told, strict=True)]

    def inputs(self, features: FeatureSource) -> tuple[tuple[str, ...], FloatArray]:
        """As :meth:`StressForecast.inputs`: K names, and (T, K) values; NaN where one is not known."""
        return self.rule.inputs(features)

    def _told(
        self, each: Sequence[Workspace], values: Sequence[FloatArray], given: Sequence[Given]
    ) -> Sequence[FloatArray]:
        """(T,) probabilities for each market; those that begin on one session are asked for together."""
        begins = [self._begins(own) for own in each]
        told: dict[int, FloatArray] = {}
        for begin in dict.fromkeys(begins):
            those = [place for place, own in enumerate(begins) if own == begin]
            fitted = self._from(begin, self.rule.features_warmup(each[those[0]])) if begin else self.fitted
            found = predict_together(fitted, [values[place] for place in those], [given[place] for place in those])
            told |= dict(zip(those, found, strict=True))
        return [told[place] for place in range(len(each))]

    def _begins(self, workspace: Workspace) -> int:
        """The session of the models' own market on which another begins; 0 where its calendar is no part of that."""
        if self.sessions is None:
            return 0
        begin = int(np.searchsorted(self.sessions, workspace.sessions[0]))
        own = self.sessions[begin : begin + workspace.sessions.size]
        return begin if np.array_equal(own, workspace.sessions[: own.size]) and own.size else 0

    def _from(self, begin: int, warmup: int) -> list[Fitted]:
        """The models by sessions of a market that begins on one of their own, from its warm-up on."""
        moved = [fit._replace(test=fit.test - begin) for fit in self.fitted]
        return [fit._replace(test=fit.test[fit.test >= warmup]) for fit in moved if (fit.test >= warmup).any()]

    def _check(self, rows: Rows) -> None:
        """Raise unless a market offers the features that the models were fitted on."""
        if rows.columns != self.columns:
            other = sorted(set(rows.columns) ^ set(self.columns))
            raise PluginError(f"its models were fitted on other features than this market offers: {', '.join(other)}")

    def _panel(self, workspace: Workspace, known_at: DateArray, probability: FloatArray) -> SignalPanel:
        rule = self.rule
        said = {"probability": probability}
        if self.with_event:
            said["event"] = as_known(event_label(workspace, rule.event, rule.legs, rule.index))
        said["state"] = rule.state(probability).astype(float)
        return SignalPanel(workspace.sessions, tuple(said), np.column_stack(list(said.values())), known_at)
