"""``undertow data pull``: what the command line says and does."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simulator.core.errors import ScenarioError
from simulator.core.names import quoted

if TYPE_CHECKING:
    from .record import Pulled
    from .run import Brought
    from .source import PullSource

_MOST_PAUSE: Final = 3600.0


def add_pull(actions: Any) -> None:
    """Register the action; nothing heavy is imported."""
    about = (
        "Fetch daily prices from Yahoo (through yfinance: extra 'pull') or published series from FRED into a folder "
        "that `undertow data check` and market.layout = 'auto' read. pulled.json beside the files names source, day "
        "and checksum of each; what is there for the same days is not fetched again."
    )
    pull = actions.add_parser("pull", help="fetch prices or published series", description=about)
    pull.add_argument("source", choices=("yahoo", "fred"), help="prices of tickers, or series by FRED's names")
    pull.add_argument("tickers", nargs="+", metavar="TICKER", help="SPY, ^GSPC, BRK-B; of FRED: DGS10, NFCI")
    pull.add_argument("--to", type=Path, required=True, metavar="DIR", help="the folder to write to")
    pull.add_argument("--from", dest="first", metavar="YYYY-MM-DD", help="first day (default: all there are)")
    pull.add_argument(
        "--until", metavar="YYYY-MM-DD", help="last day (default: yesterday; a bar of today may not be finished)"
    )
    pull.add_argument("--fresh", action="store_true", help="fetch again what is there already")
    pull.add_argument("--pause", type=float, default=1.0, metavar="SECONDS", help="between two questions (1)")
    pull.add_argument("--quiet", action="store_true", help="no progress, only what came")


def run_pull(given: argparse.Namespace) -> int:
    """Fetch what was asked for; return 0, or raise once what there is was written."""
    from scenarios.progress import reporter
    from simulator.core.errors import DataError

    from .run import PullAsked, pull
    from .source import Days

    if not 0.0 <= given.pause <= _MOST_PAUSE:
        raise ScenarioError(f"--pause {given.pause:g}: give seconds from 0 to {_MOST_PAUSE:g}")
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    days = Days(_day("--from", given.first), _day("--until", given.until) or yesterday)
    if days.first is not None and days.first > days.last:
        raise ScenarioError(f"data pull: the first day, {days.first}, lies after the last, {days.last}")
    source, progress = _source(given.source), reporter(given.quiet)
    try:
        brought = pull(source, PullAsked(given.tickers, given.to, days, given.fresh, given.pause), progress)
    finally:
        progress.close()
    print("\n".join(_told(brought, given.source, given.to)))
    if brought.absent:
        raise DataError(f"data pull {given.source}: not written: {'; '.join(brought.absent)}")
    return 0


def _source(name: str) -> PullSource:
    if name == "fred":
        from .fred import Fred

        return Fred()
    from .yahoo import Yahoo

    return Yahoo()


def _day(option: str, written: str | None) -> date | None:
    try:
        return None if written is None else date.fromisoformat(written)
    except ValueError:
        raise ScenarioError(f"{option}: {quoted(written or '')} is no date; write YYYY-MM-DD") from None


def _told(brought: Brought, source: str, folder: Path) -> Iterator[str]:
    """What came, a line each, and what to do with it."""
    for ticker, entry in brought.pulled.items():
        yield f"{ticker}: {_spans(entry)}"
    for ticker, entry in brought.kept.items():
        yield f"{ticker}: {_spans(entry)}, there since {entry.pulled}"
    every = {**brought.pulled, **brought.kept}
    if not every:
        return
    yield ""
    yield from _of_series(every) if source == "fred" else _of_prices(every)
    yield f"next: undertow data check {folder}"


def _spans(entry: Pulled) -> str:
    money = f", in {entry.currency}" if entry.currency else ""
    return f"{entry.rows:,} days, {entry.first} to {entry.last}{money}"


def _of_prices(every: dict[str, Pulled]) -> Iterator[str]:
    currencies = sorted({entry.currency for entry in every.values() if entry.currency})
    if len(currencies) > 1:
        yield f"prices in several currencies: {', '.join(currencies)}; a book has one, so say which is whose"
    yield "Adj Close carries dividends and splits as of today: pull all again when you pull one, so that all are alike"


def _of_series(every: dict[str, Pulled]) -> Iterator[str]:
    """How a scenario names them, and what is not known of them."""
    from simulator.core.release import KNOWN_RULES

    yield "values are as they stand today, later revisions included; in a scenario, under [market]:"
    for ticker in every:
        path = f"macro/{ticker}.csv"
        stated = f'"{path}"' if ticker in KNOWN_RULES else f'{{ path = "{path}", release = "business-days:N" }}'
        yield f"  series.{ticker} = {stated}"
    if not set(every) <= set(KNOWN_RULES):
        yield "  N: the working days from the date of a value to its publication; its page at FRED says when that is"
