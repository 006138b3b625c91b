"""Whether stored models are what their own past gives: the proof that none was trained on what came later."""

from __future__ import annotations

import numpy as np

from signals.stress.forecast import Lessons
from signals.stress.walk_forward import Classifier, Fitted, Fold, fit, predict
from simulator.core.errors import DataError
from simulator.core.evidence import Evidence

from .stored import SAME, Stored

_NEVER = np.datetime64("NaT", "D")
_COLUMNS = ("rows", "events", "largest difference")


def provenance(stored: Stored, models: list[Classifier | float], lessons: Lessons) -> Evidence:
    """One row a model, fitted once more on the rows that its refit session allows.

    A model that says the same as the one fitted again was known once the newest label it learned from was. One that
    says something else learned from other rows than a refit of its session may: all that is certain is that it was
    known on the last session of the data it was saved with.

    Parameters
    ----------
    stored, models
        The folder and its models.
    lessons
        What the market it was fitted on offers to learn from.

    Raises
    ------
    DataError
        If models differ and so do the versions of the packages they were fitted with: nothing can be proven then.
    """
    rule, (x, labels) = stored.rule(), (lessons.features.values, lessons.target.values)
    plan = lessons.plan[: len(models)]
    again = fit(rule.make, x, labels, plan, given=lessons.given)
    gaps = [
        _difference(Fitted(fold.test, model), new, lessons, fold)
        for fold, model, new in zip(plan, models, again, strict=True)
    ]
    apart = [number for number, gap in enumerate(gaps) if not gap <= SAME]
    changed = stored.changed_packages()
    if apart and changed:
        raise DataError(
            f"the model of {stored.refits[apart[0]]} cannot be fitted again to prove what it learned from, since "
            f"packages have changed ({'; '.join(changed)}); save the forecast anew"
        )
    saved = np.datetime64(stored.facts["sessions"][1], "D")
    known = [
        saved if number in apart else lessons.target.known_at[fold.train].max() if fold.train.size else _NEVER
        for number, fold in enumerate(plan)
    ]
    known_at = np.array(known, "datetime64[D]")
    values = [[fold.train.size, labels[fold.train].sum(), gap] for fold, gap in zip(plan, gaps, strict=True)]
    used = np.where(np.isnat(known_at), _NEVER, stored.refits)
    return Evidence("models", _COLUMNS, stored.refits, np.array(values, np.float64), known_at, used)


def _difference(one: Fitted, other: Fitted, lessons: Lessons, fold: Fold) -> float:
    """The largest difference of two models' forecasts on the rows one was to learn from and to forecast."""
    rows = np.concatenate([fold.train, fold.test])
    told = [
        predict([model._replace(test=rows)], lessons.features.values, lessons.given)[rows] for model in (one, other)
    ]
    both_nan = np.isnan(told[0]) & np.isnan(told[1])
    return float(np.max(np.where(both_nan, 0.0, np.abs(told[0] - told[1])), initial=0.0))
