"""One fitted model as files that hold figures alone.

An XGBoost model is kept in its own format (UBJSON); whatever else a model is made of in that of skops: arrays, numbers
and names of kinds, of which only those of :mod:`.trust` are made again; in a cache, settings of boosted trees are JSON
(:mod:`.plain`). Nothing is pickled.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Any, Final

from signals.stress.walk_forward import Classifier
from simulator.core.errors import DataError, ParameterError, UndertowError

from . import plain
from .boosted import check_booster
from .trust import check_trees, inside, untrusted

_ESTIMATOR: Final = "estimator.skops"
_PLAIN: Final = "estimator.json"
_MARK: Final = "_kept_in"  # where a model without its trees says which file holds them
_INDICES: Final = {"kd_tree": "KDTree", "ball_tree": "BallTree"}


def parts(model: Any, trust: Collection[str] = (), *, check: bool = True, quick: bool = False) -> dict[str, bytes]:
    """Files that a fitted model can be made from again, by name.

    Parameters
    ----------
    model
        The model.
    trust
        Kinds besides ours that may be in it.
    check
        Whether to make sure that :func:`assembled` will find nothing wrong with its trees.
    quick
        Whether boosted trees of plain settings are written so that they are read without skops: what is kept of a run
        for the next one.

    Raises
    ------
    ParameterError
        If it holds something that cannot be written as figures, or of a kind that would not be made again.
    """
    kind = type(model).__name__
    try:
        bare, files = _without(model, check)
        settings = plain.written(bare) if quick else None
        if settings is not None:
            return {**files, _PLAIN: settings}
        import skops.io

        files[_ESTIMATOR] = skops.io.dumps(bare)
        strange = untrusted(skops.io.get_untrusted_types(data=files[_ESTIMATOR]), trust)
    except Exception as error:
        raise ParameterError(f"a model of kind {kind} cannot be saved as figures alone: {error}") from error
    if strange:
        raise ParameterError(f"a model of kind {kind} cannot be saved: it holds {', '.join(strange)}")
    return files


def assembled(files: Mapping[str, bytes], trust: Collection[str] = (), *, check: bool = True) -> Classifier:
    """The model that :func:`parts` took apart; it forecasts the same to the bit.

    Parameters
    ----------
    files
        Their content by name.
    trust
        Kinds besides ours that are made again.
    check
        Whether trees are looked through before XGBoost, which ends the process over damaged ones, has them: nothing
        else will do for files of unknown origin, and it takes five times what XGBoost takes to load them.

    Raises
    ------
    DataError
        If the files hold kinds that are not trusted, or cannot be read.
    """
    try:
        model = plain.made(files[_PLAIN]) if _PLAIN in files else _estimator(files[_ESTIMATOR], trust)
        _with(model, files, check)
    except UndertowError:
        raise
    except Exception as error:
        raise DataError(f"cannot be read: {type(error).__name__}: {error}") from error
    return model


def _estimator(content: bytes, trust: Collection[str]) -> Any:
    """A model without its trees, of kinds that are trusted."""
    import skops.io

    kinds = skops.io.get_untrusted_types(data=content)
    strange = untrusted(kinds, trust)
    if strange:
        raise DataError(f"holds kinds that are not trusted: {', '.join(strange)}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other versions: forecasts are compared instead
        model = skops.io.loads(content, trusted=list(kinds))
    check_trees(model)
    return model


def _without(model: Any, check: bool) -> tuple[Any, dict[str, bytes]]:
    """A copy whose XGBoost models have lost their trees, these as files, and whose neighbours have lost their index."""
    from xgboost.sklearn import XGBModel

    bare = deepcopy(model)
    files: dict[str, bytes] = {}
    for part in inside(bare):
        if isinstance(part, XGBModel) and "_Booster" in vars(part):
            name = f"booster-{len(files)}.ubj"
            files[name] = bytes(part.get_booster().save_raw("ubj"))
            if check:
                check_booster(files[name])
            del part._Booster
            vars(part)[_MARK] = name
        elif getattr(part, "_fit_method", None) in _INDICES:
            part._tree = None
    return bare, files


def _with(model: Any, files: Mapping[str, bytes], check: bool) -> None:
    """Give XGBoost models their trees back, and neighbours their index, which their rows decide."""
    for part in list(inside(model)):
        if _MARK in getattr(part, "__dict__", {}):
            trees = files[vars(part).pop(_MARK)]
            if check:
                check_booster(trees)
            part.load_model(bytearray(trees))
        elif getattr(part, "_fit_method", None) in _INDICES:
            import sklearn.neighbors

            index = getattr(sklearn.neighbors, _INDICES[part._fit_method])
            part._tree = index(
                part._fit_X, part.leaf_size, metric=part.effective_metric_, **part.effective_metric_params_
            )
