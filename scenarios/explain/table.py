"""An explanation as text, for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reports.text import percent

_TOP: Final = 12
_WIDTH: Final = 110


def summary(told: Mapping[str, Any]) -> str:
    """The day in words, its largest reasons, and how far rules and importances can be relied on."""
    return "\n".join(_lines(told))


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    if told["foreknown"]:
        yield f"! {told['foreknown']}"
    yield from textwrap.wrap(told["text"], _WIDTH)
    yield ""
    yield from _reasons(told)
    imitated = told["surrogate"]
    if imitated["rules"]:
        yield f"\nin {imitated['depth']} questions (> marks the rule that held that day)"
        yield from (f"{'>' if rule['holds'] else ' '} {rule['text']}" for rule in imitated["rules"])
    yield from textwrap.wrap(f"fidelity: {imitated['text']}", _WIDTH)
    yield ""
    yield from _importance(told["importance"])
    if told["stability"] is not None:
        yield ""
        yield from textwrap.wrap(f"stability: {told['stability']['text']}", _WIDTH)


def _reasons(told: Mapping[str, Any]) -> Iterator[str]:
    reasons = told["reasons"]
    if not reasons:
        yield "no contributions by column: the model's log-odds are no sum over columns"
        return
    shown, rest = reasons[:_TOP], reasons[_TOP:]
    width = max(24, *(len(reason["column"]) for reason in shown))
    yield f"{'column':<{width}}  {'value':>10}  {'in its own past':<27}  log-odds    odds"
    yield f"{'no day in particular':<{width}}  {'':>10}  {'':<27}  {told['base']['log_odds']:+8.3f}"
    for reason in shown:
        value = "–" if reason["value"] is None else f"{reason['value']:.4g}"
        sum_ = f"{reason['contribution']:+8.3f}  × {reason['odds']:5.2f}"
        yield f"{reason['column']:<{width}}  {value:>10}  {reason['standing']:<27}  {sum_}"
    if rest:
        total = sum(reason["contribution"] for reason in rest)
        yield f"{f'{len(rest)} other columns':<{width}}  {'':>10}  {'':<27}  {total:+8.3f}"
    if told["calibration"]:
        yield f"{'calibration':<{width}}  {'':>10}  {'':<27}  {told['calibration']:+8.3f}"
    yield f"{'forecast':<{width}}  {percent(told['probability']):>10}  {'':<27}  {told['log_odds']:+8.3f}"


def _importance(told: Mapping[str, Any]) -> Iterator[str]:
    if "absent" in told:
        yield told["absent"]
        return
    yield f"Brier score {told['score']:.4f} on {told['test_days']} test days; it is worse without knowing"
    for family in told["families"]:
        interval = f"{family['low']:+.4f} to {family['high']:+.4f} in 90% of draws"
        yield f"  {family['name']:<14} {family['columns']:>4} columns  {family['mean']:+.4f}  ({interval})"
