"""What a model is to the rest: a name, words about it, and a function that makes a fresh one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray

from .extras import need

#: Arrays that hold what came later: given for training rows, never for those to be forecast.
OUTCOMES: Final = ("level", "time_to_event")


class Model(Protocol):
    """sklearn's interface, as far as it is needed.

    A model whose class has ``needs`` (names such as ``"level"`` and ``"bounds"``) gets these arrays, row by row, as
    keywords in ``fit``, ``predict`` and ``predict_proba``; those of :data:`OUTCOMES` in ``fit`` alone. One whose class
    has a ``window`` gets the columns of so many sessions up to and with each row as the keyword ``window``
    (n, length, K).
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
    wants
        Arrays that it is given as well where there are any, and does without elsewhere.
    window
        Sessions up to each row that it is given, 0 for the row alone.
    classes
        The number of classes that it can tell apart; 0 for any.
    slow
        Whether studies run it only when it is named.
    extra
        The extra that brings the packages it needs, ``""`` for none.
    """

    name: str
    title: str
    family: str
    text: str
    make: Callable[..., Any]
    needs: tuple[str, ...] = ()
    preset: bool = False
    wants: tuple[str, ...] = ()
    window: int = 0
    classes: int = 0
    slow: bool = False
    extra: str = ""

    def check(self, classes: int) -> None:
        """Raise :class:`ParameterError` where it cannot run: an extra is absent, or classes are too many."""
        if self.extra:
            need(self.extra, f"model {self.name!r}")
        if self.classes and self.classes != classes:
            raise ParameterError(
                f"model {self.name!r} tells {self.classes} classes apart, not {classes}; choose another"
            )
