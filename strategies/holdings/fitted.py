"""Weights that an estimator fits: any of skfolio's, on the past alone."""

from __future__ import annotations

import hashlib
import importlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import numpy as np
from threadpoolctl import threadpool_limits

from simulator.core.errors import ParameterError, nearest
from simulator.core.plan import PlanContext
from simulator.core.types import BoolArray, FloatArray
from simulator.core.within import NOT_ALL, SESSIONS, WINDOW, check_fields
from strategies.weights import resolve, some_assets

from .base import Rows

#: Where estimators are looked for by name.
_ROOM: Final = "skfolio.optimization"
#: Options that are texts in a file and choices in skfolio.
_CHOICES: Final = ("risk_measure", "objective_function")

#: Shortcuts: an estimator by name, and its options.
RISK_PARITY: Final[tuple[str, Mapping[str, Any]]] = ("RiskBudgeting", {})
MINIMUM_VARIANCE: Final[tuple[str, Mapping[str, Any]]] = ("MeanRisk", {})
CVAR: Final[tuple[str, Mapping[str, Any]]] = ("MeanRisk", {"risk_measure": "cvar"})


@dataclass(frozen=True, eq=False)
class Fitted:
    """What an estimator of skfolio gives, fitted on the last ``window`` returns whenever the policy trades.

    Assets listed that day with a return on every session of the window take part; the others get nothing. An estimator
    that knows ``previous_weights`` is told those it gave last. Where a fit fails, the policy keeps what it has, the run
    says so, and the next fit is tried as if nothing had been.

    Parameters
    ----------
    estimator
        Of ``skfolio.optimization``, by name (``HierarchicalRiskParity``), or an object; never fitted itself.
    window
        Sessions of returns that a fit looks back on.
    options
        Parameters of the estimator; ``risk_measure`` and ``objective_function`` may be named in words.
    refit
        Sessions between fits besides: for policies that trade on a band alone, which return to the weights last fitted.
    assets
        The assets to choose among; all of the market's by default.
    cash
        Share of nav left in cash.
    """

    estimator: Any
    window: Annotated[int, WINDOW] = 252
    options: Mapping[str, Any] = field(default_factory=dict)
    refit: Annotated[int | None, SESSIONS] = None
    assets: tuple[str, ...] | None = None
    cash: Annotated[float, NOT_ALL] = 0.0
    _known: dict[bytes, FloatArray | str] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        check_fields(self)
        some_assets(self.assets)
        if isinstance(self.estimator, str):
            made(self.estimator, self.options)
        elif not hasattr(self.estimator, "fit") or self.options:
            raise ParameterError("estimator: a name with options, or an object with fit and none")

    def rows(self, context: PlanContext) -> Rows:
        """Fitted on the first session, and every ``refit`` sessions."""
        return self.rows_on(context, np.zeros(context.sessions.size, bool))

    def rows_on(self, context: PlanContext, trade: BoolArray) -> Rows:
        """Fitted on the first session, on those marked in ``trade`` (T,), and every ``refit`` sessions."""
        when = trade.copy()
        when[0] = True
        if self.refit is not None:
            when[:: self.refit] = True
        chosen = resolve(dict.fromkeys(self.assets or context.assets, 1.0), context.assets, "assets") > 0.0
        found: list[FloatArray] = [np.zeros(len(context.assets))]
        row, failed = np.zeros(context.sessions.size, np.int32), {}
        for t in np.flatnonzero(when):
            answer = self._weights(context, int(t), chosen, found[-1])
            if isinstance(answer, str):
                failed[int(t)] = answer
            else:
                found.append(answer)
            row[t:] = len(found) - 1
        return Rows(row, np.stack(found), failed)

    def _weights(self, context: PlanContext, t: int, chosen: BoolArray, previous: FloatArray) -> FloatArray | str:
        """(N,) weights fitted at the close of session t, or why there are none."""
        past = context.market.window(t, self.window)
        if len(past) < self.window:
            return f"{len(past)} sessions of history, and the fit looks back on {self.window}"
        whole = chosen & context.alive[t] & np.isfinite(past).all(axis=0)
        if not whole.any():
            return f"no asset with returns on all of the last {self.window} sessions"
        weights = np.zeros(len(context.assets))
        answer = self._fit(np.ascontiguousarray(past[:, whole]), previous[whole] / (1.0 - self.cash))
        if isinstance(answer, str):
            return answer
        weights[whole] = answer * (1.0 - self.cash)
        return weights

    def _fit(self, past: FloatArray, previous: FloatArray) -> FloatArray | str:
        """(n,) weights from returns (sessions, n): the same for the same, so that each is worked out once."""
        key = hashlib.sha256(past.tobytes() + previous.tobytes() + str(past.shape).encode()).digest()
        if key not in self._known:
            self._known[key] = np.ones(1) if past.shape[1] == 1 else self._solved(past, previous)
        return self._known[key]

    def _solved(self, past: FloatArray, previous: FloatArray) -> FloatArray | str:
        from sklearn.base import clone

        estimator = made(self.estimator, self.options) if isinstance(self.estimator, str) else clone(self.estimator)
        if "previous_weights" in estimator.get_params():
            estimator.set_params(previous_weights=previous)
        try:
            with warnings.catch_warnings(), threadpool_limits(1):
                warnings.simplefilter("ignore")
                weights = np.asarray(estimator.fit(past).weights_, np.float64)
        except Exception as error:  # noqa: BLE001 - an estimator may be anybody's, and a failed fit is an answer
            return f"{type(estimator).__name__}: {type(error).__name__}: {' '.join(str(error).split())[:120]}"
        if weights.shape != previous.shape or not np.isfinite(weights).all():
            return f"{type(estimator).__name__}: gave weights that are no numbers"
        return np.where(np.abs(weights) < _NOTHING, 0.0, weights)


#: A weight below this is what a solver leaves of none.
_NOTHING: Final = 1e-15


def made(name: str, options: Mapping[str, Any]) -> Any:
    """An estimator of skfolio by name.

    Raises
    ------
    ParameterError
        If there is none of that name, or it does not take an option.
    """
    room = importlib.import_module(_ROOM)
    cls = getattr(room, name, None)
    if cls is None or not hasattr(cls, "fit"):
        raise ParameterError(f"estimator: skfolio.optimization has no {name!r}{nearest(name, room.__all__)}")
    try:
        return cls(**{key: _choice(key, value) for key, value in options.items()})
    except TypeError as error:
        raise ParameterError(f"options of {name}: {error}") from None


def _choice(key: str, value: Any) -> Any:
    """An option as skfolio takes it: a measure or an objective by its name in words."""
    if key not in _CHOICES or not isinstance(value, str):
        return value
    import skfolio
    from skfolio.optimization import ObjectiveFunction

    kind = skfolio.RiskMeasure if key == "risk_measure" else ObjectiveFunction
    known = {member.name.lower().replace("_", "-"): member for member in kind}
    wanted = value.lower().replace("_", "-")
    if wanted not in known:
        raise ParameterError(f"options.{key}: no {value!r}{nearest(wanted, known)}")
    return known[wanted]


def _shortcut(estimator: tuple[str, Mapping[str, Any]], text: str) -> Any:
    name, options = estimator

    def holdings(
        window: Annotated[int, WINDOW] = 252,
        refit: Annotated[int | None, SESSIONS] = None,
        assets: tuple[str, ...] | None = None,
        cash: Annotated[float, NOT_ALL] = 0.0,
    ) -> Fitted:
        return Fitted(name, window, options, refit, assets, cash)

    parameters = (Fitted.__doc__ or "").partition("Parameters\n    ----------\n")[2]
    holdings.__doc__ = f"{text}\n\n    Parameters\n    ----------\n{parameters}"
    return holdings


risk_parity = _shortcut(RISK_PARITY, "Weights whose assets contribute alike to variance: skfolio's ``RiskBudgeting``.")
minimum_variance = _shortcut(MINIMUM_VARIANCE, "The weights of least variance: skfolio's ``MeanRisk``.")
cvar = _shortcut(CVAR, "The weights of least conditional value at risk (95%): skfolio's ``MeanRisk``.")
