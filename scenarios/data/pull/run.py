"""One ticker after the other: what is there already is left, the rest is fetched at a polite pace and kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scenarios.progress import Progress
from scenarios.stopping import awaiting
from simulator.core.errors import DataError
from simulator.core.files import inside

from .record import RECORD, Pulled, is_fresh, is_whole, keep, read_record
from .source import BusyError, Days, Fetched, NotThereError, PullSource

#: Times that a source which asks to wait is asked again, the seconds before the first where it does not say, and the
#: most that is waited.
_TRIES: Final = 3
_WAIT: Final = 5.0
_LONGEST: Final = 120.0


@dataclass(frozen=True)
class PullAsked:
    """What a pull is to bring.

    Attributes
    ----------
    tickers
        As the source writes them; those asked for twice count once.
    folder
        Where files go.
    days
        What days, both ends included.
    fresh
        Whether to fetch what is there already, too.
    pause
        Seconds from one question to the next, at least.
    """

    tickers: Sequence[str]
    folder: Path
    days: Days
    fresh: bool = False
    pause: float = 1.0


@dataclass(frozen=True)
class Brought:
    """What a pull came to: what was written and what was there already, by ticker, and a sentence for what was not."""

    pulled: dict[str, Pulled]
    kept: dict[str, Pulled]
    absent: tuple[str, ...]


def pull(
    source: PullSource, asked: PullAsked, progress: Progress, sleep: Callable[[float], None] = time.sleep
) -> Brought:
    """Bring every ticker that the source has.

    Each file is whole or not there; a pull that is stopped, or is refused on the way, keeps what it has brought, and
    the same command goes on from there.

    Raises
    ------
    UndertowError
        If a name can be none of the source's, a file there is not from a pull, or the source cannot be reached.
    """
    files = {ticker: source.file_of(ticker) for ticker in asked.tickers}
    held = read_record(asked.folder)
    _refuse_strangers(asked.folder, files.values(), held)
    kept = {} if asked.fresh else dict(_kept(source, asked, files, held))
    wanted = [ticker for ticker in files if ticker not in kept]
    for ticker in wanted:
        _say_changed(asked, files[ticker], held, progress)
    pulled, absent = {}, []
    awaiting(asked.folder / RECORD)
    if wanted:
        progress("pull", 0, len(wanted))
    for number, ticker in enumerate(wanted):
        if number:
            sleep(asked.pause)
        try:
            fetched = _patiently(source, ticker, asked.days, progress, sleep)
            pulled[ticker] = keep(asked.folder, files[ticker], source.name, ticker, asked.days, fetched)
        except NotThereError as error:
            absent.append(str(error))
        except DataError as error:
            raise DataError(f"data pull {source.name}: {error}; {_so_far(pulled, asked.folder)}") from None
        progress("pull", number + 1, len(wanted))
    return Brought(pulled, kept, tuple(absent))


def _kept(
    source: PullSource, asked: PullAsked, files: dict[str, str], held: dict[str, Pulled]
) -> Iterator[tuple[str, Pulled]]:
    for ticker, file in files.items():
        if is_fresh(asked.folder, file, held, source.name, ticker, asked.days):
            yield ticker, held[file]


def _refuse_strangers(folder: Path, files: Iterable[str], held: dict[str, Pulled]) -> None:
    if folder.exists() and not folder.is_dir():
        raise DataError(f"--to {folder}: is no folder")
    for file in files:
        if file not in held and inside(folder, file).exists():
            raise DataError(
                f"{folder / file}: is there already, and no pull wrote it; put it away, or pull into another folder"
            )


def _say_changed(asked: PullAsked, file: str, held: dict[str, Pulled], progress: Progress) -> None:
    if file in held and (asked.folder / file).exists() and not is_whole(asked.folder, file, held[file]):
        progress.say(f"{asked.folder / file}: is not as it was pulled on {held[file].pulled}; it is fetched again")


def _patiently(
    source: PullSource, ticker: str, days: Days, progress: Progress, sleep: Callable[[float], None]
) -> Fetched:
    """What the source has, asked again after a while where it asks to wait."""
    for attempt in range(_TRIES):
        try:
            return source.fetch(ticker, days)
        except BusyError as error:
            seconds = min(_WAIT * 2.0**attempt if error.seconds is None else error.seconds, _LONGEST)
            if attempt + 1 == _TRIES:
                raise DataError(f"{error}, {_TRIES} times; come back later") from None
            progress.say(f"{error}: asked again in {seconds:g} s")
            sleep(seconds)
    raise AssertionError("the last attempt returns or raises")


def _so_far(pulled: dict[str, Pulled], folder: Path) -> str:
    if not pulled:
        return "nothing was written"
    return f"{len(pulled)} of them are in {folder}, and the same command goes on from there"
