"""``undertow check``: what is odd about the data of a scenario or a folder, before anything is run on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from simulator.core.columns import titled
from simulator.core.errors import DataError, ScenarioError, UndertowError
from simulator.core.market import MarketData, Prices
from simulator.core.release import KNOWN_RULES
from simulator.data import Suspect, inspect, read_market, read_series, suspects
from simulator.data.csv_table import read_table

from .build import load_market, named_assets, series_of
from .load import catalogued, load
from .schema import ScenarioFile
from .schema_market import SeriesSpec

#: Exit status where a run would be refused.
REFUSED = 2
_PRICES: Final = {"Open", "High", "Low", "Close"}


class CheckRow(NamedTuple):
    """One line of the table: the first cell is empty, ``grave`` or ``refused``."""

    weight: str
    subject: str
    day: str
    what: str
    size: str = ""
    effect: str = ""
    advice: str = ""


def looked_at(
    given: str, data: Path | None, overrides: Iterable[str], prices: Prices | None, plugins: Iterable[Path] = ()
) -> list[CheckRow]:
    """What is odd about a scenario's data, or about every CSV file of a folder.

    Raises
    ------
    UndertowError
        If there is neither such a scenario nor such a folder.
    """
    if given not in catalogued() and Path(given).is_dir():
        return list(_folder(Path(given), prices))
    file = load(given, overrides, plugins=plugins)
    if prices is not None:
        raise ScenarioError("--prices is for a folder; for a scenario, --set market.prices=...")
    return list(_scenario(file, data))


def status(rows: Iterable[CheckRow]) -> int:
    """0, or 2 where a run would be refused."""
    return REFUSED if any(row.weight == "refused" for row in rows) else 0


def table(rows: list[CheckRow]) -> str:
    """The rows as text, a block each where there is more to say than fits one line."""
    if not rows:
        return "nothing odd found"
    lines = []
    for row in rows:
        head = "  ".join(part for part in (row.subject, row.day, row.what) if part)
        lines.append(f"{row.weight or '-':<8} {head}{row.size and f': {row.size}'}")
        lines += [f"{'':<8}   {text}" for text in (row.effect and f"effect: {row.effect}", row.advice) if text]
    refused, grave = (sum(row.weight == weight for row in rows) for weight in ("refused", "grave"))
    return "\n".join([*lines, "", f"{refused} refused, {grave} grave, {len(rows) - refused - grave} other notes"])


def _scenario(file: ScenarioFile, data: Path | None) -> Iterator[CheckRow]:
    refused = list(_refused_files(file, data))
    if refused:
        yield from refused
        return
    try:
        market = load_market(file, data)
    except UndertowError as error:
        yield refusal("market", error)
        return
    yield from _of_market(market)


def _refused_files(file: ScenarioFile, data: Path | None) -> Iterator[CheckRow]:
    """Every price file and series that cannot be used, where a run would name the first alone."""
    section = file.market
    if section.source != "csv" or section.path is None or data is None or not data.is_dir():
        return
    folder = data / section.path
    plain = section.layout == "plain" and folder.is_dir()  # of another layout the market itself is tried
    for asset in (section.assets or named_assets(file)) if plain else ():
        yield from tried(asset, partial(read_market, folder, [asset], prices=section.prices, zone=section.zone))
    specs: dict[str, str | SeriesSpec] = dict(section.series)
    if isinstance(section.cash_rate, str | SeriesSpec):
        specs["cash_rate"] = section.cash_rate
    for name, spec in specs.items():
        yield from tried(name, partial(series_of, name, spec, data, section.zone))


def _folder(folder: Path, prices: Prices | None) -> Iterator[CheckRow]:
    """Every file under a folder, those with open, high, low and close as prices, the others as series."""
    paths = [path for path in sorted(folder.rglob("*.csv")) if not path.stem.endswith("-vintages")]
    if not paths:
        raise DataError(f"{folder}: it holds no CSV file")
    for path in paths:
        subject = path.relative_to(folder).with_suffix("").as_posix()
        try:
            yield from _file(path, subject, prices)
        except UndertowError as error:
            yield refusal(subject, error)


def _file(path: Path, subject: str, prices: Prices | None) -> Iterator[CheckRow]:
    columns = read_table(path).columns
    titles = set(titled(str(path), columns).values())
    if path.parent.name != "markets" and titles >= _PRICES:
        yield from _of_market(read_market(path.parent, [path.stem], prices=prices), subject)
        return
    yield from of_series(path, subject)


def of_series(path: Path, subject: str | None = None) -> Iterator[CheckRow]:
    """What is odd about a file that holds a series; raise :class:`UndertowError` if it cannot be read."""
    columns = read_table(path).columns
    titles = set(titled(str(path), columns).values())
    ruled = path.stem in KNOWN_RULES or "Close" in titles
    column = None if "Close" in titles or path.stem in columns else str(columns[0])
    read_series(path, path.stem, column=column, release=None if ruled else "close", allow_revised=True)
    if not ruled:
        yield CheckRow(
            "",
            subject or path.stem,
            "",
            "no release rule is known",
            advice="a scenario must state when it is published",
        )


def _of_market(market: MarketData, subject: str | None = None) -> Iterator[CheckRow]:
    looked = suspects(market)
    for suspect in looked:
        yield suspect_row(suspect, subject)
    for note in inspect(market)[len(looked) :]:
        yield CheckRow("grave" if note.grave else "", subject or note.subject, "", note.text)


def suspect_row(suspect: Suspect, subject: str | None = None) -> CheckRow:
    """The row of something odd about an asset's prices."""
    more = f" (the worst of {suspect.days} days)" if suspect.days > 1 else ""
    weight, day = "grave" if suspect.grave else "", str(suspect.day)
    return CheckRow(
        weight, subject or suspect.asset, day, suspect.what + more, suspect.size, suspect.effect, suspect.advice
    )


def tried(subject: str, read: Callable[[], object]) -> Iterator[CheckRow]:
    """A refusal, if reading is refused; else the rows that reading gives, if any."""
    try:
        given = read()
        yield from given if isinstance(given, Iterator) else ()
    except UndertowError as error:
        yield refusal(subject, error)


def refusal(subject: str, error: UndertowError | str) -> CheckRow:
    """The row of what a run would refuse."""
    return CheckRow("refused", subject, "", " ".join(str(error).split()))
