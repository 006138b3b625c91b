"""A fitted walk-forward in a folder, and back."""

from __future__ import annotations

import inspect
import io
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from signals.stress.caches import versions
from signals.stress.forecast import FrozenStress, Lessons, StressForecast
from signals.stress.walk_forward import Fitted, predict
from simulator.core.errors import DataError, ParameterError, UndertowError
from simulator.core.protocols import FeatureSource
from simulator.core.types import FloatArray

from .fingerprint import Fingerprint, fingerprint
from .folder import read, write
from .parts import assembled, parts

_FORECASTS: Final = "forecasts.npy"
_SUPPLIED: Final = ("progress", "refit_cache")
_SAME: Final = 1e-6


def save(frozen: FrozenStress, features: FeatureSource, folder: Path | str, *, trust: Collection[str] = ()) -> None:
    """Write every refit of a forecast, with what it was fitted on, to a folder that appears whole or not at all.

    Parameters
    ----------
    frozen
        The fitted forecast, from :meth:`StressForecast.frozen`.
    features
        The features it was fitted on.
    folder
        Where it goes; an earlier saved forecast there is replaced.
    trust
        Kinds (``module.Name``) of your own that a model may consist of.

    Raises
    ------
    DataError
        If the folder holds other things, or cannot be written.
    ParameterError
        If the features are others than the forecast was fitted on, or a model cannot be saved as figures alone.
    """
    rule, fitted = frozen.rule, frozen.fitted
    lessons = rule.lessons(features)
    starts = [int(fold.test[0]) for fold in lessons.plan[: len(fitted)]]
    if lessons.features.columns != frozen.columns or [int(one.test[0]) for one in fitted] != starts:
        raise ParameterError("a forecast is saved with the features it was fitted on; these are others")
    files: dict[str, bytes] = {}
    refits = []
    for number, one in enumerate(fitted):
        refit: dict[str, Any] = {"session": str(lessons.features.sessions[starts[number]])}
        if isinstance(one.model, float):
            refit["constant"] = None if np.isnan(one.model) else one.model
        else:
            named = {f"refit-{number:03d}.{name}": content for name, content in parts(one.model, trust).items()}
            refit["files"] = list(named)
            files |= named
        refits.append(refit)
    files[_FORECASTS] = _array(predict(fitted, lessons.features.values))
    count = lessons.features.sessions.size
    found = fingerprint(lessons, count, len(fitted))
    facts = {
        "forecast": _settings(rule),
        "columns": list(frozen.columns),
        "sessions": [str(lessons.features.sessions[0]), str(lessons.features.sessions[-1]), count],
        "refits": refits,
        "fingerprint": {"data": found.data, **found._asdict()},
        "packages": versions(),
    }
    write(Path(folder), facts, files)


def load(folder: Path | str, features: FeatureSource, *, trust: Collection[str] = ()) -> FrozenStress:
    """The forecast that was saved in a folder, on the market it was fitted on or a continuation of it.

    On a continuation its last model goes on until its next refit would have been due; then there is no forecast.

    Raises
    ------
    DataError
        If the folder is not as it was saved, the market is another one than the forecast was fitted on, a model
        holds kinds that are not trusted, or the models forecast something else here than they did when saved.
    """
    folder = Path(folder)
    facts, files = read(folder)
    try:
        rule = StressForecast(**facts["forecast"])
        lessons = rule.lessons(features)
        _check_data(facts, lessons)
        fitted = [
            Fitted(fold.test, _model(refit, files, trust))
            for fold, refit in zip(lessons.plan, facts["refits"], strict=False)
        ]
        _check_forecasts(predict(fitted, lessons.features.values), files[_FORECASTS], facts["packages"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DataError(f"{folder}: its manifest is of another version: {error}") from None
    except UndertowError as error:
        raise DataError(f"{folder}: {error}") from error
    return FrozenStress(rule, fitted, lessons.features.columns)


def _settings(rule: StressForecast) -> dict[str, Any]:
    """The forecast's parameters, as plain data."""
    names = [name for name in inspect.signature(StressForecast).parameters if name not in _SUPPLIED]
    held = {name: getattr(rule, name) for name in names}
    try:
        return dict(json.loads(json.dumps(held, allow_nan=False)))
    except (TypeError, ValueError) as error:
        raise ParameterError(f"the forecast's parameters cannot be written down: {error}") from error


def _check_data(facts: Mapping[str, Any], lessons: Lessons) -> None:
    """Raise unless the market was the same when the forecast was fitted, up to its last session then."""
    first, last, count = facts["sessions"]
    here = lessons.features.sessions
    if here.size < count:
        raise DataError(f"was fitted on sessions from {first} to {last}; this market has {here[0]} to {here[-1]}")
    found = fingerprint(lessons, count, len(facts["refits"]))
    held = facts["fingerprint"]
    if held["data"] != found.data:
        other = [name for name in Fingerprint._fields if held[name] != getattr(found, name)]
        raise DataError(
            f"was fitted on other data than this market's: other {', '.join(other)} (fingerprint {held['data'][:12]}, "
            f"here {found.data[:12]}); fit the forecast anew"
        )


def _model(refit: Mapping[str, Any], files: Mapping[str, bytes], trust: Collection[str]) -> Any:
    if "constant" in refit:
        return float("nan") if refit["constant"] is None else float(refit["constant"])
    try:
        return assembled({name.partition(".")[2]: files[name] for name in refit["files"]}, trust)
    except DataError as error:
        raise DataError(f"the model of {refit['session']} {error}") from error


def _check_forecasts(here: FloatArray, content: bytes, then: Mapping[str, str]) -> None:
    """Raise unless the models say what they said when saved; other packages may have changed what they do."""
    held = np.load(io.BytesIO(content), allow_pickle=False)
    if not np.allclose(here[: held.size], held, rtol=0.0, atol=_SAME, equal_nan=True):
        now = versions()
        changed = [
            f"{name} {then.get(name)}, now {now.get(name)}" for name in {*then, *now} if then.get(name) != now.get(name)
        ]
        raise DataError(f"its models forecast something else than when saved ({'; '.join(sorted(changed))})")


def _array(values: FloatArray) -> bytes:
    held = io.BytesIO()
    np.save(held, values, allow_pickle=False)
    return held.getvalue()
