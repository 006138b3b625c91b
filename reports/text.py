"""Numbers as people read them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from simulator.metrics import Measure
from simulator.metrics.measure import Unit

_DASH = "–"
_INERT: Final = str.maketrans("<>&\"'`{}\\$", "‹›+”’’()/S")
_LONGEST: Final = 40


def percent(value: float | None, digits: int = 1) -> str:
    """A fraction as a percentage."""
    return _DASH if value is None else f"{_signed(f'{value * 100:.{digits}f}')}%"


def plain(value: float | None, digits: int = 2) -> str:
    """A number."""
    return _DASH if value is None else _signed(f"{value:.{digits}f}")


def bps(value: float | None) -> str:
    """Basis points; two digits where it is small."""
    return _DASH if value is None else _signed(f"{value:.1f}" if abs(value) >= 10.0 else f"{value:.2f}")


def integer(value: float | None) -> str:
    """A whole number with thousands separated."""
    return _DASH if value is None else _signed(f"{value:,.0f}")


def money(value: float | None) -> str:
    """Currency, in millions where it is large."""
    if value is None:
        return _DASH
    return f"{value / 1e6:,.1f}m" if abs(value) >= 1e6 else _signed(f"{value:,.0f}")


_WRITTEN: Final[Mapping[Unit, Callable[[float], str]]] = {
    "fraction": percent,
    "ratio": plain,
    "bps": bps,
    "currency": money,
    "sessions": integer,
    "count": integer,
}
_EXACT: Final[Mapping[Unit, Callable[[float, int], str]]] = {"fraction": percent}


def written(measure: Measure[Any], value: Any, parts: Sequence[str] | None = None) -> str:
    """A figure as people read it: the measure's unit says how; NaN is undefined too, and what is infinite never comes.

    Of a measure that has ``parts``, these are shown, or all of them.
    """
    if measure.parts:
        return " · ".join(bps(value.get(name)) for name in (measure.parts if parts is None else parts))
    if value is None or value != value:  # noqa: PLR0124 - NaN differs from itself
        return measure.undefined
    if value == float("inf"):
        return "never"
    if measure.unit == "date":
        return str(value)
    if measure.digits is not None:
        return _EXACT.get(measure.unit, plain)(float(value), measure.digits)
    return _WRITTEN[measure.unit](float(value))


#: How axes write a unit, in d3's language.
TICKS: Final[Mapping[Unit, str]] = {
    "fraction": ".0%",
    "ratio": ".2f",
    "bps": ".3~g",
    "sessions": ",.0f",
    "count": ",.0f",
    "currency": ".3s",
}


def heading(measure: Measure[Any]) -> list[str]:
    """The title in lines: broken at its comma, or else at its first space."""
    return measure.title.split(", " if ", " in measure.title else " ", 1)


def phrase(measure: Measure[Any]) -> str:
    """The measure within a sentence."""
    return measure.phrase or measure.title.lower()


def _signed(text: str) -> str:
    """A number without the sign of a zero."""
    return text.lstrip("-") if text.strip("-0.,") == "" else text


def short(title: str) -> str:
    """The title of a model, short enough to leave room for figures."""
    for long, brief in (
        ("Support Vector Machine", "SVM"),
        ("k-Nearest Neighbour", "kNN"),
        ("Ensemble – ", ""),
        ("Tree – ", ""),
        ("Multilayer perceptron", "MLP"),
        (" Discriminant", " Discr."),
        (" Gaussian", " Gauss."),
    ):
        title = title.replace(long, brief)
    return title


def inert(title: str) -> str:
    """A title that means nothing to HTML, to templates or to matplotlib, for a library that escapes none of it."""
    seen = "".join(
        character if unicodedata.category(character)[0] not in "CZ" else " " for character in title.translate(_INERT)
    )
    text = " ".join(seen.split()).lstrip("_") or "policy"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def listed(names: Sequence[str]) -> str:
    """``a, b and c``; empty of none."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
