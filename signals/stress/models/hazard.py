"""The time to the next event, session by session: a discrete-time proportional hazard."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from sklearn.base import BaseEstimator, ClassifierMixin

from simulator.core.errors import ParameterError
from simulator.core.types import BoolArray, FloatArray, IntArray

from .prepare import Standardise

_TINY = 1e-12
_HIGHEST = 30.0  # of the linear predictor: a hazard of one, to the last bit


class _Parts(NamedTuple):
    """Parameters: coefficients (K,), and the log hazard of each session ahead (h,)."""

    coefficients: FloatArray
    baseline: FloatArray


class Hazard(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Chance of an event on the j-th session from now, if none came before: 1 - exp(-exp(a_j + x . b)).

    The complementary log-log link makes the sessions multiply: the chance of an event within h sessions is
    1 - (1 - p_1) ... (1 - p_h) = 1 - exp(-exp(x . b) (exp a_1 + ... + exp a_h)). Only events can be forecast: two
    classes, 1 meaning that one comes within the horizon.

    Trained with ``time_to_event``, it learns from how many sessions each event was away. Without, it knows whether one
    came, and takes the horizon as one long session. ``since_event`` joins the columns as the logarithm of one more
    than it; a session before the first event has the median of the training rows.

    Parameters
    ----------
    penalty
        On half the squared coefficients of standardised columns, in units of one row's log likelihood.
    smoothness
        The same on half the squared steps from each session's log hazard to the next.

    Notes
    -----
    Sources: Prentice & Gloeckler (1978), Regression analysis of grouped survival data; Jenkins (1995). Rows that look
    ahead over one another share events: the likelihood counts them as if they did not, which is what the penalty is
    for.
    """

    wants = ("time_to_event", "since_event")

    def __init__(self, penalty: float = 30.0, smoothness: float = 10.0) -> None:
        self.penalty = penalty
        self.smoothness = smoothness

    def fit(
        self,
        x: FloatArray,
        y: FloatArray,
        *,
        time_to_event: FloatArray | None = None,
        since_event: FloatArray | None = None,
    ) -> Hazard:
        """Learn from rows x (n, K), NaN where unknown, and y (n,), 1 where an event came within the horizon.

        ``time_to_event`` (n,) says after how many sessions, 1 for the next one; it is read where y is 1 only.

        Raises
        ------
        ParameterError
            If there are other classes than 0 and 1, or a time to an event is missing or below 1.
        """
        self.classes_ = np.array([0.0, 1.0])
        if not np.isin(y, self.classes_).all():
            raise ParameterError("a hazard model forecasts events: classes 0 and 1, no others")
        self.step_ = Standardise().fit(_joined(x, since_event))
        z = self.step_.transform(_joined(x, since_event))
        event = y == 1.0
        wait = _waits(event, time_to_event)
        sessions = int(wait.max(initial=1))
        start = np.zeros(z.shape[1] + sessions)
        start[z.shape[1] :] = np.log(max(event.sum(), 0.5) / max(wait.sum(), 1.0))
        found = minimize(
            self._loss, start, args=(z, event, wait), jac=True, method="L-BFGS-B", options={"maxiter": 500}
        )
        self.parts_ = _split(found.x, z.shape[1])
        return self

    def _loss(
        self, parameters: FloatArray, z: FloatArray, event: BoolArray, wait: IntArray
    ) -> tuple[float, FloatArray]:
        """Penalised negative log likelihood and its gradient.

        A row whose event comes at session j says log(1 - exp(-u_j)) - (u_1 + ... + u_{j-1}), with u = exp(a + x . b);
        a row without one, -(u_1 + ... + u_h).
        """
        parts = _split(parameters, z.shape[1])
        base = np.exp(np.minimum(parts.baseline, _HIGHEST))
        risk = np.exp(np.minimum(z @ parts.coefficients, _HIGHEST))
        survived = np.concatenate([[0.0], np.cumsum(base)])[np.where(event, wait - 1, wait)] * risk
        at = base[wait - 1] * risk
        chance = np.maximum(-np.expm1(-at), _TINY)
        loss = survived.sum() - np.log(chance[event]).sum()
        # d loss / d log u at the session of the event, and summed over the sessions survived
        struck = np.where(event, -at * np.exp(-at) / chance, 0.0)
        by_session = np.bincount(wait[event] - 1, struck[event], base.size)
        exposure = np.bincount(np.where(event, wait - 1, wait), risk, base.size + 1)
        by_session += base * np.cumsum(exposure[::-1])[::-1][1:]
        steps = np.diff(parts.baseline)
        loss += 0.5 * (self.penalty * parts.coefficients @ parts.coefficients + self.smoothness * steps @ steps)
        bend = self.smoothness * (np.concatenate([[0.0], steps]) - np.concatenate([steps, [0.0]]))
        gradient = np.concatenate([z.T @ (survived + struck) + self.penalty * parts.coefficients, by_session + bend])
        return float(loss), gradient

    def hazards(self, x: FloatArray, *, since_event: FloatArray | None = None) -> FloatArray:
        """(n, h) chance of an event on each session ahead if none came before it.

        h is the farthest event of the training rows, or 1, for the whole horizon, without ``time_to_event``.
        """
        z = self.step_.transform(_joined(x, since_event))
        # row by row: a matrix product rounds differently with the number of rows asked
        score = np.minimum((z * self.parts_.coefficients).sum(axis=1), _HIGHEST)
        u = np.exp(score)[:, None] * np.exp(np.minimum(self.parts_.baseline, _HIGHEST))[None, :]
        return np.asarray(-np.expm1(-u), dtype=np.float64)

    def within(self, x: FloatArray, sessions: int, *, since_event: FloatArray | None = None) -> FloatArray:
        """(n,) chance of an event within so many sessions, by the product of the hazards.

        Raises
        ------
        ParameterError
            If the training rows say nothing of events as far ahead.
        """
        if not 1 <= sessions <= self.parts_.baseline.size:
            far = self.parts_.baseline.size
            raise ParameterError(f"hazards are known for 1 to {far} sessions ahead, not for {sessions}")
        return 1.0 - np.prod(1.0 - self.hazards(x, since_event=since_event)[:, :sessions], axis=1)

    def predict_proba(
        self, x: FloatArray, *, since_event: FloatArray | None = None, time_to_event: FloatArray | None = None
    ) -> FloatArray:
        """(n, 2) chance of no event and of an event within the horizon of the training labels."""
        del time_to_event  # not known when one predicts
        chance = self.within(x, self.parts_.baseline.size, since_event=since_event)
        return np.column_stack([1.0 - chance, chance])

    def predict(self, x: FloatArray, *, since_event: FloatArray | None = None) -> FloatArray:
        """(n,) 1 where an event is more likely than not."""
        return np.asarray(self.classes_[self.predict_proba(x, since_event=since_event).argmax(axis=1)])


def _split(parameters: FloatArray, columns: int) -> _Parts:
    return _Parts(parameters[:columns], parameters[columns:])


def _joined(x: FloatArray, since_event: FloatArray | None) -> FloatArray:
    return x if since_event is None else np.column_stack([x, np.log1p(since_event)])


def _waits(event: BoolArray, time_to_event: FloatArray | None) -> IntArray:
    """(n,) sessions to the event, the farthest of them where none came."""
    if time_to_event is None:
        return np.ones(event.size, np.int64)
    known = time_to_event[event]
    if np.isnan(known).any() or (known < 1.0).any():
        raise ParameterError("time_to_event must be 1 session or more wherever an event came within the horizon")
    farthest = int(known.max(initial=1.0))
    return np.where(event, np.nan_to_num(time_to_event, nan=1.0, posinf=1.0), farthest).astype(np.int64)


def event_times(days: FloatArray, known: FloatArray) -> dict[str, FloatArray]:
    """The two arrays that a hazard model wants, by session, from the days of an event.

    Parameters
    ----------
    days
        (T,) 1 on a day of the event, 0 on others, NaN where unknown.
    known
        (T,) the same as far as it was known at each close; NaN where it came later.

    Returns
    -------
    dict
        ``time_to_event`` (T,): sessions to the next event after each, NaN where none is known to come: an outcome, for
        training rows alone. ``since_event`` (T,): sessions since the latest event known at each close, 0 on such a
        day itself, NaN before the first.
    """
    index = np.arange(days.size, dtype=np.float64)
    last = np.fmax.accumulate(np.where(known == 1.0, index, np.nan))
    ahead = np.where(days == 1.0, index, np.inf)
    after = np.append(np.minimum.accumulate(ahead[::-1])[::-1][1:], np.inf)
    return {"time_to_event": np.where(np.isinf(after), np.nan, after - index), "since_event": index - last}
