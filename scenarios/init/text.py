"""The text of a new scenario: every choice with its reason beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from simulator.core.instruments import CLASS_DEFAULTS, KNOWN_CLASSES
from simulator.core.market import Prices
from simulator.core.names import CASH, printable, toml_key, toml_text
from simulator.data.currencies import unit_of
from simulator.data.layouts import Spelling

from .book import Book
from .money import TABLE, Money

#: Classes that a book flees into, the safest first.
_SAFE: Final = ("treasury", "inflation-linked", "aggregate-bond")
#: Assumed where a file of holdings has weights alone, and where files have no volumes.
VALUE: Final = 1_000_000.0
ADV: Final = 50_000_000.0
RATE: Final = 0.02


@dataclass(frozen=True)
class Choices:
    """What was asked or stated besides the holdings.

    Attributes
    ----------
    name, command
        Of the scenario, and the command that runs it.
    value
        Of the book in currency at the start.
    rate
        Annual rate that cash earns.
    start
        First session.
    prices, spelling
        As stated for the price files.
    begins
        The session on which a run begins, where it is known: after what signals look back.
    moved
        Why ``start`` is not the first day on which every asset has had a price; empty where it is.
    """

    name: str
    command: str
    value: float
    rate: float
    start: str
    prices: Prices | None
    spelling: Spelling
    begins: str = ""
    moved: str = ""


def scenario_text(book: Book, choices: Choices) -> str:
    """The TOML of a scenario with four policies that suit the book."""
    return "\n".join([*_head(book, choices), *_market(book, choices), *_portfolio(book), *_rest(book)]) + "\n"


def assumed(book: Book, choices: Choices) -> list[str]:
    """What the scenario rests on that no file says, a sentence each."""
    named = {CASH, *KNOWN_CLASSES, *book.money.tabled}
    unknown = [asset for asset in book.weights if asset not in named]
    said = [*book.said]
    if book.value is None and choices.value == VALUE:
        said.append(f"the book is worth {VALUE:,.0f} at the start")
    begins = choices.begins or choices.start
    if begins != choices.start:
        said.append(
            f"a run begins on {begins}: the first session after {choices.start} for which its signals have a past"
        )
    if choices.moved:
        said.append(f"a run begins on {begins}, the first session after that on which all have: {choices.moved}")
    said.append(f"it holds these weights from {begins} on: nobody pays for buying them")
    said.append(f"cash earns {choices.rate:.2%} a year")
    if unknown:
        said.append(f"of class equity, as their tickers are not known: {', '.join(unknown)}")
    if not book.volumes:
        said.append(f"{ADV:,.0f} of currency trade in each asset every day: the files hold no volumes")
    if book.unstated:
        said.append(f"closes carry dividends and splits: the files have no adjusted close ({', '.join(book.unstated)})")
    said.append("half-spreads of 3 basis points, and Almgren-Chriss impact as fitted in 2005")
    return said


def _head(book: Book, choices: Choices) -> Iterator[str]:
    yield f"# Written by undertow init. Run it: {printable(choices.command)}"
    yield "# What it assumes, and you may know better:"
    yield from (f"# - {printable(sentence)}" for sentence in assumed(book, choices))
    yield ""
    yield "[scenario]"
    yield f"name = {toml_text(choices.name)}"
    yield f"start = {choices.start}              # the first day on which every asset has a price is {book.first}"
    yield f"end = {book.last}                # the last day of the prices"
    yield f"initial_cash = {choices.value:.2f}       # the worth of the book at the start, in currency"
    yield 'benchmark = "as-held"           # the policy that the others are compared with'


def _market(book: Book, choices: Choices) -> Iterator[str]:
    yield from ("", "[market]", 'source = "csv"')
    yield f"path = {toml_text(book.path):<25}# under --data"
    yield 'layout = "auto"                 # any usual layout: wide, long, a file an asset; CSV, Excel, Parquet'
    stated: dict[str, str | None] = {
        "prices": choices.prices,
        "dates": choices.spelling.dates,
        "decimal": choices.spelling.decimal,
    }
    stated["zone"] = choices.spelling.zone
    yield from (f"{name} = {toml_text(value)}" for name, value in stated.items() if value)
    if book.money.book:
        yield f"currency = {toml_text(book.money.book):<21}# of the book"
    yield f"cash_rate = {choices.rate!r}                # a year; or a CSV file of percents under --data"
    if not book.volumes:
        yield f"assumed_adv = {ADV:_.0f}       # currency a day in each asset: assumed"
    yield from _tables(book.money)


def _tables(money: Money) -> Iterator[str]:
    """The files that say more of the market: a table of instruments, and rates by currency."""
    if money.tabled:
        yield from ("", "[market.instruments]            # [instruments] below counts before it")
        yield f"from = {toml_text(TABLE)}"
    used = {unit_of(code)[0] for asset, code in money.quoted.items() if asset != CASH}
    files = {code: file for code, file in money.files.items() if code in used}
    if files:
        yield from ("", "[market.fx]                     # what one unit is worth in the book's currency, under --data")
    for code, file in files.items():
        path = toml_text(file.path)
        yield f"{code} = {{ path = {path}, inverse = true }}" if file.inverse else f"{code} = {path}"


def _portfolio(book: Book) -> Iterator[str]:
    yield from ("", "[portfolio]")
    yield 'opening = "targets"             # held from the first close on; or shares: { SPY = 100, CASH = 5000 }'
    yield from ("", "[portfolio.weights]             # sum to one, CASH included")
    yield from (f"{toml_key(asset)} = {weight:.6f}" for asset, weight in book.weights.items())
    yield from ("", "[instruments]                   # liquidity level and stressed haircut follow the class")
    for asset in book.weights:
        yield from _instrument(asset, book.money)


def _instrument(asset: str, money: Money) -> Iterator[str]:
    """What is known of an asset, or that it is taken as equity."""
    own = {} if asset not in KNOWN_CLASSES or asset in money.tabled else {"class": KNOWN_CLASSES[asset]}
    own |= {"currency": money.quoted[asset]} if asset in money.quoted else {}
    if asset == CASH:
        return
    if own:
        yield f"{toml_key(asset)} = {{ {', '.join(f'{name} = {toml_text(text)}' for name, text in own.items())} }}"
    if "class" not in own and asset not in money.tabled:
        known = ", ".join(CLASS_DEFAULTS)
        yield f'# {toml_key(asset)} = {{ class = "equity" }}   # taken as equity; one of {known}'


def _rest(book: Book) -> Iterator[str]:
    yield """
[execution]
lag = 1                         # decided at one close, filled at the next
fill = "close"
size_at = "decision"
max_participation = 0.10        # of a day's volume
unfilled = "carry"

[costs]
kind = "almgren-chriss"
half_spread_bps = 3.0

[signals.quarter]
kind = "calendar"
every = "quarter"
[signals.turbulence]            # the book's own volatility, annual
kind = "volatility"
lookback = 21
enter = 0.20
exit = 0.16
min_hold = 5

[policies.as-held]              # left alone: weights drift
kind = "hold"
[policies.quarterly]            # back to the weights each quarter
kind = "periodic"
trigger = "quarter"
[policies.band-5pct]            # back when a weight is 5 points away
kind = "threshold-band"
band = 0.05
[policies.turbulence]           # quarterly, and half of the risk away while the book is turbulent
kind = "de-risk"
signal = "turbulence"
base = "quarterly"
share = 0.5"""
    yield f"into = {{ {_refuge(book)} }}"


def _refuge(book: Book) -> str:
    """Where a turbulent book goes: into the safest class it holds, or cash."""
    for kind in _SAFE:
        safe = [asset for asset in book.weights if KNOWN_CLASSES.get(asset) == kind]
        if safe:
            return ", ".join(f"{toml_key(asset)} = {1.0 / len(safe)!r}" for asset in safe)
    return f"{CASH} = 1.0"
