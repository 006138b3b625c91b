"""The stock of high-quality liquid assets: three levels, two caps, and secured funding unwound."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.core.errors import ParameterError
from simulator.core.types import FloatArray

from .amounts import amount, choice, together

Rule = Literal["basel", "us", "eu"]
RULES: Final[tuple[Rule, ...]] = ("basel", "us", "eu")

_FIELDS: Final = ("level_1", "level_1_covered", "level_2a", "level_2b")
#: Of the stock: level 2 at most 40%, level 2B at most 15% (BCBS 238, paragraphs 46 to 48).
_LEVEL_2 = 2.0 / 3.0  # 40/60 of level 1
_LEVEL_2B_ALONE = 15.0 / 60.0  # 15/60 of level 1
_LEVEL_2B = 15.0 / 85.0  # of levels 1 and 2A


class Unwinding(NamedTuple):
    """What closing secured funding and lending due within 30 days would add to each level, after haircut.

    Cash borrowed against an asset goes back (level 1 falls) and the asset comes home (its level rises); cash lent
    against one does the opposite. Amounts may be negative and broadcast.
    """

    level_1: npt.ArrayLike = 0.0
    level_2a: npt.ArrayLike = 0.0
    level_2b: npt.ArrayLike = 0.0
    level_1_covered: npt.ArrayLike = 0.0


def unwinding(*, borrowed: npt.ArrayLike = 0.0, against: str, worth: npt.ArrayLike) -> Unwinding:
    """The unwinding of cash borrowed for at most 30 days against collateral of one level.

    Parameters
    ----------
    borrowed
        Cash that goes back; negative for cash lent, which comes home.
    against
        Level of the collateral: ``"1"``, ``"2A"``, ``"2B"``, or ``"other"``, which adds to no level.
    worth
        Collateral that comes home, after haircut; negative where it goes back.

    Notes
    -----
    Cash is a level 1 asset. Several transactions add up field by field. Source: BCBS 238, Annex 1, paragraph 2.
    """
    choice("against", against, ("1", "2A", "2B", "other"))
    cash, home = -_signed("borrowed", borrowed), _signed("worth", worth)
    together({"borrowed": cash.shape, "worth": home.shape})
    return Unwinding(
        level_1=cash + home if against == "1" else cash,
        level_2a=home if against == "2A" else 0.0,
        level_2b=home if against == "2B" else 0.0,
    )


def high_quality_liquid_assets(
    level_1: npt.ArrayLike,
    level_2a: npt.ArrayLike,
    level_2b: npt.ArrayLike,
    *,
    rule: Rule = "basel",
    level_1_covered: npt.ArrayLike = 0.0,
    unwound: Unwinding | None = None,
) -> FloatArray:
    """The stock of high-quality liquid assets, in currency, of what is held at each level.

    Parameters
    ----------
    level_1, level_2a, level_2b
        Amounts after haircut (:func:`after_haircut`), in currency; any shapes that broadcast. If they are stated
        after unwinding already, leave ``unwound`` out.
    rule
        ``"basel"`` (BCBS 238, Annex 1), ``"us"`` (12 CFR 249.21) or ``"eu"`` (Delegated Regulation 2015/61, Annex I).
    level_1_covered
        EU alone: covered bonds of extremely high quality, after haircut: level 1, but no more than 70% of the stock
        is anything other than level 1 without them.
    unwound
        What closing the secured transactions that end within 30 days would add to each level. Caps are measured on
        the adjusted amounts; what they exceed is taken off what is held.

    Returns
    -------
    ndarray
        The stock, never below zero; NaN where an amount is.

    Raises
    ------
    ParameterError
        For an unknown rule, amounts below zero, or covered bonds of level 1 outside the EU.

    Notes
    -----
    The three rules agree where nothing is to be unwound. With it, the US takes the greater of the excess measured
    before and after unwinding (249.21(b) to (e)), and Basel and the EU the one after it. What a rule adds at a
    supervisor's discretion (a floor of reserves, national options) is not here.
    """
    choice("rule", rule, RULES)
    covered = amount("level_1_covered", level_1_covered)
    if covered.any() and rule != "eu":
        raise ParameterError(
            f"level_1_covered is a category of the EU alone; under {rule!r} covered bonds are level 2A"
        )
    held = (amount("level_1", level_1), covered, amount("level_2a", level_2a), amount("level_2b", level_2b))
    moved = _moved(Unwinding() if unwound is None else unwound)
    together(
        {
            **dict(zip(_FIELDS, (own.shape for own in held), strict=True)),
            **{f"unwound.{name}": more.shape for name, more in zip(_FIELDS, moved, strict=True)},
        }
    )
    adjusted = tuple(np.maximum(own + more, 0.0) for own, more in zip(held, moved, strict=True))
    excess = _excess_eu(*adjusted) if rule == "eu" else _excess(adjusted[0], *adjusted[2:])
    if rule == "us":
        excess = np.maximum(excess, _excess(held[0], *held[2:]))
    stock: FloatArray = np.maximum(sum(held) - excess, 0.0)
    return stock


def _moved(change: Unwinding) -> tuple[FloatArray, ...]:
    """What is added to each of :data:`_FIELDS`."""
    if not isinstance(change, Unwinding):
        raise ParameterError(f"unwound must be an Unwinding, as unwinding(...) makes it, not {change!r}")
    return tuple(_signed(f"unwound.{name}", getattr(change, name)) for name in _FIELDS)


def _signed(name: str, value: npt.ArrayLike) -> FloatArray:
    try:
        return np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"{name} must be numbers, not {value!r}") from None


def _excess(level_1: FloatArray, level_2a: FloatArray, level_2b: FloatArray) -> FloatArray:
    """What both caps take off: BCBS 238, Annex 1, paragraphs 4 and 5, in their order.

    It equals max(2A + 2B - 2/3 L1, 2B - 15/85 (L1 + 2A), 0).
    """
    over = level_2b - np.minimum(_LEVEL_2B * (level_1 + level_2a), _LEVEL_2B_ALONE * level_1)
    of_2b = np.maximum(over, 0.0)
    of_2 = np.maximum(level_2a + level_2b - of_2b - _LEVEL_2 * level_1, 0.0)
    return of_2b + of_2


def _excess_eu(level_1: FloatArray, covered: FloatArray, level_2a: FloatArray, level_2b: FloatArray) -> FloatArray:
    """Delegated Regulation 2015/61, Annex I, paragraph 4: all of it less what the three caps leave."""
    whole = level_1 + covered + level_2a + level_2b
    caps = (level_1 / 0.30, (level_1 + covered) / 0.60, (level_1 + covered + level_2a) / 0.85)
    left = whole
    for cap in caps:
        left = np.minimum(left, cap)
    return whole - left
