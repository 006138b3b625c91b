"""Fifty faults planted in copies of real files: what is done to them, and by which words each must be found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from simulator.data.bundled import _dated

PRICES = ["Open", "High", "Low", "Close", "Adj Close"]
AT = 700


def index_bars(sessions: int = 1100) -> pd.DataFrame:
    """The S&P 500 from 2007 on, through the crisis, as arch ships it."""
    frame = _dated("ohlcv", "%m/%d/%Y").sort_index().loc["2007":].iloc[:sessions]
    return frame[[*PRICES, "Volume"]].rename_axis("Date")


def closes(sessions: int = 900, assets: int = 6) -> pd.DataFrame:
    """Real closes of shares, as skfolio ships them."""
    return _dated("prices", "%Y-%m-%d").sort_index().loc["2007":].iloc[:sessions, :assets].rename_axis("Date")


def in_bars(change: Callable[[pd.DataFrame], object]) -> Callable[[Path], None]:
    """A fault of one file of bars; ``change`` alters the frame in place, or returns another or the text to write."""

    def plant(folder: Path) -> None:
        frame = index_bars().astype(float)
        made = change(frame)
        text = made if isinstance(made, str) else (frame if made is None else made).to_csv()
        (folder / "SPX.csv").write_text(text)

    return plant


def in_closes(change: Callable[[pd.DataFrame], pd.DataFrame | None]) -> Callable[[Path], None]:
    """A fault of a wide file of closes."""

    def plant(folder: Path) -> None:
        frame = closes()
        made = change(frame)
        (frame if made is None else made).to_csv(folder / "closes.csv")

    return plant


def scaled(rows: int | slice, factor: float, names: list[str] = PRICES) -> Callable[[Path], None]:
    def change(frame: pd.DataFrame) -> None:
        frame.loc[frame.index[rows], names] *= factor

    return in_bars(change)


def put(rows: int | slice, name: str, value: object) -> Callable[[Path], None]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        changed = frame.astype(object)
        changed.loc[frame.index[rows], name] = value
        return changed

    return in_bars(change)


def stale(days: int) -> Callable[[Path], None]:
    def change(frame: pd.DataFrame) -> None:
        frame.iloc[AT : AT + days, :5] = frame["Close"].iloc[AT - 1]

    return in_bars(change)


def redated(change: Callable[[pd.DatetimeIndex], list[object]]) -> Callable[[Path], None]:
    return in_bars(lambda frame: frame.set_axis(change(frame.index), axis=0).rename_axis("Date"))


def _moved(frame: pd.DataFrame, days: int) -> None:
    frame.iloc[:, 0] = frame.iloc[:, 0].shift(days)


def _paying(**columns: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        plain = frame.drop(columns="Adj Close").assign(Dividends=0.0, Splits=1.0)
        for name, value in columns.items():
            plain.loc[plain.index[AT], name] = value
        return plain

    return change


def _doubled(frame: pd.DataFrame) -> pd.DataFrame:
    """Adjusted prices beside a fat quarterly dividend."""
    plain = frame.drop(columns="Adj Close").assign(Dividends=0.0)
    plain.loc[plain.index[::63], "Dividends"] = 0.06 * plain["Close"][::63]
    return plain


def _swap(frame: pd.DataFrame) -> None:
    frame.iloc[AT : AT + 1, [3, 5]] = frame.iloc[AT : AT + 1, [5, 3]].to_numpy()


def _copy(frame: pd.DataFrame) -> None:
    moves = frame.iloc[200:231, :5].to_numpy() / frame["Close"].iloc[199]
    frame.iloc[AT : AT + 31, :5] = moves * frame["Close"].iloc[AT - 1]
    frame.iloc[AT + 31 :, :5] *= frame["Close"].iloc[AT + 30] / frame["Close"].iloc[AT + 31]


def _flatten(frame: pd.DataFrame) -> None:
    for name in ("Open", "High", "Low"):
        frame.iloc[AT : AT + 15, frame.columns.get_loc(name)] = frame["Close"].iloc[AT : AT + 15]


def _round(frame: pd.DataFrame) -> None:
    frame.iloc[AT : AT + 40, 1] = frame.iloc[AT : AT + 40, 1].round()


#: By name: how it is planted, the words that tell of it, and what prices are stated to carry.
PLANTS: dict[str, tuple[Callable[[Path], None], str, str | None]] = {
    "a close x100 for a day": (scaled(AT, 100.0), "jumps and goes back", None),
    "a close /10 for a day": (scaled(AT, 0.1), "jumps and goes back", None),
    "an adjusted close x1.3 for a day": (scaled(AT, 1.3, ["Adj Close"]), "adjustment that no dividend explains", None),
    "an adjusted close that drops": (
        scaled(slice(AT, None), 0.8, ["Adj Close"]),
        "adjustment that no dividend explains",
        None,
    ),
    "pence become pounds": (scaled(slice(AT, None), 0.01), "units of a currency", None),
    "thousands for a while": (scaled(slice(AT, AT + 30), 1000.0), "units of a currency", None),
    "a split 2:1 forgotten": (scaled(slice(AT, None), 0.5), "a split's ratio", None),
    "a split 1:8 forgotten": (scaled(slice(AT, None), 8.0), "a split's ratio", None),
    "wiped out": (scaled(slice(AT, None), 0.03), "beyond reason", None),
    "twelve-fold": (scaled(slice(AT, None), 12.3), "beyond reason", None),
    "a close above the high": (scaled(AT, 1.2, ["Close", "Adj Close"]), "outside the day's range", None),
    "a close below the low": (scaled(AT, 0.8, ["Close", "Adj Close"]), "outside the day's range", None),
    "an open below the low": (scaled(AT, 0.8, ["Open"]), "an open outside the day's range", None),
    "a high x10": (scaled(AT, 10.0, ["High"]), "a high far from open and close", None),
    "a low / 4": (scaled(AT, 0.25, ["Low"]), "a low far from open and close", None),
    "a close of zero": (put(AT, "Close", 0), "is not positive", None),
    "a negative low": (put(AT, "Low", -5.0), "is not positive", None),
    "a high below the low": (scaled(AT, 0.5, ["High"]), "is below 'Low'", None),
    "no adjusted close for a day": (put(AT, "Adj Close", ""), "no adjusted close", None),
    "a word for a price": (put(AT, "Close", "halted"), "'halted' is no number", None),
    "infinity": (put(AT, "Volume", "inf"), "'inf' is no number", None),
    "a negative volume": (put(AT, "Volume", -1.0), "is negative", None),
    "stale for a month": (stale(21), "the same close day after day", None),
    "no range for three weeks": (
        in_bars(_flatten),
        "days without a range",
        None,
    ),
    "no volume for a quarter of a year": (scaled(slice(AT, AT + 200), 0.0, ["Volume"]), "a price without volume", None),
    "volume in thousands from a day on": (
        scaled(slice(AT, None), 0.001, ["Volume"]),
        "volumes change their unit",
        None,
    ),
    "a volume x1000": (scaled(AT, 1000.0, ["Volume"]), "a volume beyond those around it", None),
    "close and volume exchanged": (in_bars(_swap), "outside the day's range", None),
    "a Saturday": (
        redated(lambda days: [day + pd.Timedelta(days=int(day == _friday(days))) for day in days]),
        "weekend",
        None,
    ),
    "a day early throughout": (
        redated(lambda days: list(days - pd.Timedelta(days=1))),
        "Sundays of a market that rests on Saturdays",
        None,
    ),
    "a date twice": (redated(lambda days: [*days[:AT], days[AT - 1], *days[AT + 1 :]]), "appears twice", None),
    "a date out of order": (redated(lambda days: [*days[:AT], days[0], *days[AT + 1 :]]), "appears twice", None),
    "30 February": (
        in_bars(lambda frame: frame.to_csv().replace(f"{frame.index[AT]:%Y-%m-%d}", "2009-02-30")),
        "is no date",
        None,
    ),
    "a year of 2207": (redated(lambda days: [*days[:-1], pd.Timestamp("2207-06-01")]), "a day to come", None),
    "a hole of two months": (
        in_bars(lambda frame: frame.drop(frame.index[AT : AT + 42])),
        "a hole in the prices",
        None,
    ),
    "a web page in a file": (in_bars(lambda frame: "<html><body>Too many requests</body></html>\n"), "no 'Date'", None),
    "a header alone": (in_bars(lambda frame: frame.to_csv().partition("\n")[0] + "\n"), "no rows", None),
    "decimal commas in a part": (
        in_bars(lambda frame: frame.to_csv(sep=";") + _comma_row(frame)),
        "with a decimal comma",
        None,
    ),
    "a dividend of half the price": (
        in_bars(_paying(Dividends=600.0)),
        "a dividend as large as",
        "split-adjusted",
    ),
    "a split that left no trace": (in_bars(_paying(Splits=4.0)), "left no trace", "raw"),
    "dividends that prices carry": (in_bars(_doubled), "left no trace in the prices", "split-adjusted"),
    "two assets of one history": (
        in_closes(lambda frame: frame.assign(COPY=frame.iloc[:, 0])),
        "the same returns as",
        None,
    ),
    "dates of one asset a day late": (in_closes(lambda frame: _moved(frame, 1)), "dates a day late", None),
    "dates of one asset a day early": (in_closes(lambda frame: _moved(frame, -1)), "dates a day early", None),
    "prices that end a year early": (
        in_closes(lambda frame: frame.mask(_cells(frame, slice(600, None)))),
        "prices end before the others'",
        None,
    ),
    "a tenth of the sessions lacking": (
        in_closes(lambda frame: frame.mask(_cells(frame, slice(5, None, 10)))),
        "sessions that the others have",
        None,
    ),
    "a holiday filled in": (
        in_closes(lambda frame: frame.mask(np.tile(np.arange(len(frame)) == AT, (frame.shape[1], 1)).T).ffill()),
        "a day on which no asset moved",
        None,
    ),
    "a stretch copied": (in_bars(_copy), "returns that it has had before", None),
    "closes without digits": (in_closes(_round), "closes rounded to whole numbers", None),
    "a column twice": (
        in_bars(lambda frame: frame.to_csv().replace("Adj Close", "Close", 1)),
        "column 'Close' appears twice",
        None,
    ),
}


def _friday(days: pd.DatetimeIndex) -> pd.Timestamp:
    late = days[AT:]
    return late[late.weekday == 4][0]


def _comma_row(frame: pd.DataFrame) -> str:
    return f"{frame.index[-1] + pd.Timedelta(days=5):%Y-%m-%d};1200,5;1201,5;1199,5;1200,5;1200,5;4000000000\n"


def _cells(frame: pd.DataFrame, rows: slice) -> np.ndarray:
    cells = np.zeros(frame.shape, bool)
    cells[rows, 0] = True
    return cells
