"""What a saved model may consist of: kinds that are known to hold figures, and trees that lead somewhere."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator, Mapping
from importlib import import_module
from typing import Any, Final

import numpy as np

from simulator.core.errors import DataError

_OURS: Final = "signals.stress.models."
_KNOWN: Final = frozenset(
    (
        "sklearn.tree._tree.Tree",  # checked below: its indices are followed without looking
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.calibration._CalibratedClassifier",  # curves through figures
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.calibration._TemperatureScaling",
        "xgboost.sklearn.XGBClassifier",  # its trees lie beside it, in XGBoost's own format
        "xgboost.sklearn.XGBRegressor",
    )
)


def untrusted(names: Collection[str], trust: Collection[str] = ()) -> list[str]:
    """Of the kinds named (``module.Name``), those that are neither known nor in ``trust``."""
    return sorted(name for name in names if name not in _KNOWN and name not in trust and not _ours(name))


def _ours(name: str) -> bool:
    """Whether it is a class or function defined in a module of our models: what they import is not meant."""
    module, _, attribute = name.rpartition(".")
    if not module.startswith(_OURS):
        return False
    try:
        thing = getattr(import_module(module), attribute)
    except (ImportError, AttributeError):
        return False
    return (inspect.isclass(thing) or inspect.isfunction(thing)) and thing.__module__ == module


def inside(root: Any) -> Iterator[Any]:
    """Every object that a model is made of, itself included, each once."""
    seen: dict[int, Any] = {}
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(part, str | bytes | int | float | type):
            continue
        seen[id(part)] = part
        yield part
        if isinstance(part, Mapping):
            waiting += list(part.values())
        elif isinstance(part, list | tuple | set):
            waiting += list(part)
        elif isinstance(part, np.ndarray):
            waiting += list(part.flat) if part.dtype == object else []
        else:
            waiting += list(getattr(part, "__dict__", {}).values())


def check_trees(model: Any) -> None:
    """Raise :class:`DataError` unless every node of every sklearn tree leads to later nodes and asks for a column."""
    from sklearn.tree._tree import Tree

    for tree in (part for part in inside(model) if isinstance(part, Tree)):
        left, right, column = tree.children_left, tree.children_right, tree.feature
        inner = np.flatnonzero(left != -1)
        count = tree.node_count
        leads = np.column_stack([left[inner], right[inner]])
        sound = (
            count > 0
            and np.all(right[left == -1] == -1)
            and np.all((leads > inner[:, None]) & (leads < count))
            and np.all((column[inner] >= 0) & (column[inner] < tree.n_features))
        )
        if not sound:
            raise DataError("a tree of it leads nowhere")
