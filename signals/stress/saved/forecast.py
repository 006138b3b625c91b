"""A fitted walk-forward in a folder, and back."""

from __future__ import annotations

import inspect
import io
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from signals.stress.caches import versions
from signals.stress.forecast import FrozenStress, StressForecast
from signals.stress.walk_forward import Fitted, predict
from simulator.core.errors import ParameterError
from simulator.core.protocols import FeatureSource
from simulator.core.types import FloatArray

from .fingerprint import fingerprint
from .folder import read, write
from .parts import parts
from .shape import SUPPLIED
from .stored import FORECASTS, Stored, naming_folder


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
    if lessons.features.columns != frozen.columns or [int(model.test[0]) for model in fitted] != starts:
        raise ParameterError("a forecast is saved with the features it was fitted on; these are others")
    files: dict[str, bytes] = {}
    refits = []
    for number, model in enumerate(fitted):
        refit: dict[str, Any] = {"session": str(lessons.features.sessions[starts[number]])}
        if isinstance(model.model, float):
            refit["constant"] = None if np.isnan(model.model) else model.model
        else:
            named = {f"refit-{number:03d}.{name}": content for name, content in parts(model.model, trust).items()}
            refit["files"] = list(named)
            files |= named
        refits.append(refit)
    files[FORECASTS] = _array(predict(fitted, lessons.features.values, lessons.given))
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
    stored = Stored(folder, *read(folder))
    with naming_folder(folder):
        rule = stored.rule()
        lessons = rule.lessons(features)
        stored.check_data(lessons)
        models = stored.models(trust)
        fitted = [Fitted(fold.test, model) for fold, model in zip(lessons.plan, models, strict=False)]
        stored.check_forecasts(predict(fitted, lessons.features.values, lessons.given))
    return FrozenStress(rule, fitted, lessons.features.columns)


def _settings(rule: StressForecast) -> dict[str, Any]:
    """The forecast's parameters, as plain data."""
    names = [name for name in inspect.signature(StressForecast).parameters if name not in SUPPLIED]
    held = {name: getattr(rule, name) for name in names}
    try:
        return dict(json.loads(json.dumps(held, allow_nan=False)))
    except (TypeError, ValueError) as error:
        raise ParameterError(f"the forecast's parameters cannot be written down: {error}") from error


def _array(values: FloatArray) -> bytes:
    held = io.BytesIO()
    np.save(held, values, allow_pickle=False)
    return held.getvalue()
