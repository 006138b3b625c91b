"""What a model is to the rest: a name, words about it, and a function that makes a fresh one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from simulator.core.types import FloatArray


class Model(Protocol):
    """sklearn's interface, as far as it is needed.

    A model whose class has ``needs`` (names such as ``"level"`` and ``"bounds"``) gets these arrays, row by row, as
    keywords in ``fit``, ``predict`` and ``predict_proba``.
    """

    def fit(self, x: FloatArray, y: FloatArray, **side: FloatArray) -> Any:
        """Learn from rows x (n, K), NaN where unknown, and classes y (n,); set ``classes_``."""
        ...

    def predict_proba(self, x: FloatArray, **side: FloatArray) -> FloatArray:
        """(n, classes) probabilities, in the order of ``classes_``."""
        ...

    def predict(self, x: FloatArray, **side: FloatArray) -> Any:
        """(n,) the class each row is called."""
        ...


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One entry of the registry.

    Attributes
    ----------
    name
        Its key.
    title
        What tables call it.
    family
        The group it belongs to.
    text
        What it is and with which settings.
    make
        ``make(seed, **options)`` gives a fresh model; same seed and options, same model.
    needs
        Arrays besides the columns that it is given, see :class:`Model`.
    preset
        Whether it is one of the 24 classifiers compared by Tarkocin & Donduran.
    """

    name: str
    title: str
    family: str
    text: str
    make: Callable[..., Any]
    needs: tuple[str, ...] = ()
    preset: bool = False
