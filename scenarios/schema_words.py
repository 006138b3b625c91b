"""Words of a scenario file: names, texts, days and what every table of it is made from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from simulator.core.errors import ParameterError
from simulator.core.instruments import check_currency
from simulator.core.names import check_asset, check_holding, check_name, check_text, check_title
from simulator.core.within import Within


def _period(value: Any) -> tuple[date, date]:
    """Two dates from what a file writes: dates, or text that is one."""
    try:
        first, last = (day if isinstance(day, date) else date.fromisoformat(day) for day in value)
    except (TypeError, ValueError):
        raise ValueError(f"must be a period [first day, last day], dates written YYYY-MM-DD, not {value!r}") from None
    if last < first:
        raise ValueError(f"must not end ({last}) before it begins ({first})")
    return first, last


#: Of a year, as a fraction.
RATE: Final = Within(-1.0, 1.0, means="share")
#: A book may hold an asset short, or several times its nav where it borrows.
SIGNED_WEIGHT: Final = Within(-20.0, 20.0, means="share")
Day = date  # a field called date would hide the type
#: First and last day, both included.
Period = Annotated[tuple[date, date], BeforeValidator(_period)]


def _checked(check: Callable[[str], str]) -> AfterValidator:
    """A rule of names or texts as one of the file: its complaint is that of a value."""

    def validate(value: str) -> str:
        try:
            return check(value)
        except ParameterError as error:
            raise ValueError(str(error)) from None

    return AfterValidator(validate)


def _titled(table: dict[str, Any]) -> dict[str, Any]:
    """A table of a file, whose ``title`` is for people."""
    title = table.get("title")
    if title is None:
        return table
    if not isinstance(title, str):
        raise ValueError(f"title must be text, not {title!r}")
    try:
        check_title(title)
    except ParameterError as error:
        raise ValueError(f"title: {error}") from None
    return table


def _composed(table: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "composed", **table} if "holdings" in table and "kind" not in table else table


def _name_of(section: str) -> AfterValidator:
    return _checked(partial(check_name, instead=f"write [{section}.{{name}}] with title = {{title}}"))


Name = Annotated[str, _checked(check_name)]
ScenarioName = Annotated[str, _checked(partial(check_name, instead='write name = "{name}" with title = {title}'))]
PolicyName = Annotated[str, _name_of("policies")]
OverlayName = Annotated[str, _name_of("overlays")]
SignalName = Annotated[str, _name_of("signals")]
#: A ticker.
Asset = Annotated[str, _checked(check_asset)]
#: A ticker, or CASH.
Holding = Annotated[str, _checked(check_holding)]
Title = Annotated[str, _checked(check_title)]
#: Of ISO 4217, or GBp and ZAc.
Currency = Annotated[str, _checked(check_currency)]
Text = Annotated[str, _checked(check_text)]
#: A table with a kind, and perhaps a title.
Kinded = Annotated[dict[str, Any], AfterValidator(_titled)]
#: A policy: one that states its holdings is composed, and need not say so.
Composable = Annotated[dict[str, Any], AfterValidator(_titled), AfterValidator(_composed)]


class StrictSection(BaseModel):
    """A table of the file: strict about names, frozen once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=True)
