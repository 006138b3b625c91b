"""One small market written in every layout that :mod:`simulator.data.layouts` reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

BARS = ["Open", "High", "Low", "Close", "Adj Close", "Volume"]
TICKERS = ("SPY", "TLT", "GLD")


def bars(seed: int, sessions: int = 70) -> pd.DataFrame:
    """Bars of one asset to four digits, with an adjusted close of six."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(rng.normal(0.0, 0.01, sessions).cumsum())
    opened = np.concatenate([close[:1], close[:-1]])
    frame = pd.DataFrame({"Open": opened, "High": np.maximum(opened, close) * 1.002})
    frame = frame.assign(Low=np.minimum(opened, close) * 0.998, Close=close).round(4)
    frame["Adj Close"] = (frame["Close"] * 0.93).round(6)
    frame["Volume"] = rng.integers(1_000_000, 9_000_000, sessions)
    index = pd.bdate_range("2023-01-02", periods=sessions, name="Date")
    return frame.set_axis(index)[BARS]


def market() -> dict[str, pd.DataFrame]:
    """Three assets; the last has a hole of five days and lists ten days late."""
    frames = {ticker: bars(number) for number, ticker in enumerate(TICKERS)}
    late = frames["GLD"]
    frames["GLD"] = late.drop(late.index[[*range(10), *range(30, 35)]])
    return frames


def plain(folder: Path, frames: dict[str, pd.DataFrame]) -> None:
    """The layout that everything else must equal."""
    folder.mkdir(exist_ok=True)
    for ticker, frame in frames.items():
        frame.to_csv(folder / f"{ticker}.csv")


def _each(write: Callable[[Path, str, pd.DataFrame], object]) -> Callable[[Path, dict[str, pd.DataFrame]], None]:
    def layout(folder: Path, frames: dict[str, pd.DataFrame]) -> None:
        for ticker, frame in frames.items():
            write(folder, ticker, frame)

    return layout


def _paired(frames: dict[str, pd.DataFrame], order: tuple[int, int] = (1, 0)) -> pd.DataFrame:
    return pd.concat(frames, axis=1).sort_index().swaplevel(*order, axis=1)


def _long(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    whole = pd.concat(frames, names=["Ticker"]).reset_index()
    return whole.sort_values(["Date", "Ticker"])[["Date", "Ticker", *BARS]]


def _yfinance(folder: Path, frames: dict[str, pd.DataFrame]) -> None:
    for ticker, frame in frames.items():
        head = f"Price,{','.join(BARS)}\nTicker,{','.join([ticker] * 6)}\nDate,,,,,,\n"
        (folder / f"{ticker}.csv").write_text(head + frame.to_csv(header=False))


def _yfinance_together(folder: Path, frames: dict[str, pd.DataFrame]) -> None:
    _paired(frames).rename_axis(columns=["Price", "Ticker"]).to_csv(folder / "download.csv")


def _yfinance_zoned(folder: Path, ticker: str, frame: pd.DataFrame) -> None:
    frame.set_axis(frame.index.tz_localize("America/New_York")).rename_axis("Date").to_csv(folder / f"{ticker}.csv")


def _stooq(folder: Path, ticker: str, frame: pd.DataFrame) -> None:
    rows = [
        f"{ticker}.US,D,{day:%Y%m%d},000000,{row.Open},{row.High},{row.Low},{row.Close},{int(row.Volume)},0"
        for day, row in frame.iterrows()
    ]
    head = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>"
    (folder / f"{ticker.lower()}.us.txt").write_text("\n".join([head, *rows]) + "\n")


def _german(folder: Path, ticker: str, frame: pd.DataFrame) -> None:
    names = {"Open": "Erster", "High": "Hoch", "Low": "Tief", "Close": "Schlusskurs", "Volume": "Volumen"}
    german = frame.rename(columns=names).set_axis(frame.index.strftime("%d.%m.%Y")).rename_axis("Datum")
    german.to_csv(folder / f"{ticker}.csv", sep=";", decimal=",")


def _nasdaq(folder: Path, ticker: str, frame: pd.DataFrame) -> None:
    table = (
        frame.drop(columns="Adj Close").map(lambda value: f"${value}").assign(Volume=frame["Volume"].map("{:,}".format))
    )
    table = table.rename(columns={"Close": "Close/Last"}).set_axis(frame.index.strftime("%m/%d/%Y")).rename_axis("Date")
    table.iloc[::-1].to_csv(folder / f"{ticker}.csv")


def _bloomberg(folder: Path, frames: dict[str, pd.DataFrame]) -> None:
    names = {"Open": "PX_OPEN", "High": "PX_HIGH", "Low": "PX_LOW", "Close": "PX_LAST", "Volume": "PX_VOLUME"}
    wide = pd.concat({ticker: frame[list(names)].rename(columns=names) for ticker, frame in frames.items()}, axis=1)
    tickers = [part for ticker in frames for part in (f"{ticker} US Equity", *[""] * 4)]
    fields = list(names.values()) * len(frames)
    rows = [["Start Date", "2023-01-02"], ["Period", "D"], [], ["", *tickers], ["Dates", *fields]]
    text = "\n".join(",".join(row) for row in rows) + "\n" + wide.sort_index().to_csv(header=False)
    (folder / "bdh.csv").write_text(text)


def _fields(folder: Path, frames: dict[str, pd.DataFrame]) -> None:
    for name in BARS:
        wide = pd.DataFrame({ticker: frame[name] for ticker, frame in frames.items()})
        wide.to_csv(folder / f"{name.lower().replace(' ', '_')}.csv")


def _workbook(folder: Path, frames: dict[str, pd.DataFrame]) -> None:
    with pd.ExcelWriter(folder / "book.xlsx") as book:
        for ticker, frame in frames.items():
            frame.to_excel(book, sheet_name=ticker)


#: Each layout and how it is written; all of them hold the six columns of the plain one.
WHOLE: dict[str, Callable[[Path, dict[str, pd.DataFrame]], object]] = {
    "one file a ticker": plain,
    "tabs": _each(lambda folder, ticker, frame: frame.to_csv(folder / f"{ticker}.tsv", sep="\t")),
    "Trade Date": _each(lambda folder, ticker, frame: frame.rename_axis("Trade Date").to_csv(folder / f"{ticker}.csv")),
    "time": _each(lambda folder, ticker, frame: frame.rename_axis("time").to_csv(folder / f"{ticker}.csv")),
    "Datetime": _each(
        lambda folder, ticker, frame: frame.rename_axis("Datetime").to_csv(
            folder / f"{ticker}.csv", date_format="%Y-%m-%d 00:00:00"
        )
    ),
    "wide CSV, two header rows": lambda folder, frames: _paired(frames).to_csv(folder / "prices.csv"),
    "wide CSV, SPY_Close": lambda folder, frames: (
        _paired(frames, (0, 0))
        .pipe(lambda wide: wide.set_axis(wide.columns.map("_".join), axis=1))
        .to_csv(folder / "w.csv")
    ),
    "a field a file": _fields,
    "long CSV": lambda folder, frames: _long(frames).to_csv(folder / "long.csv", index=False),
    "long Parquet": lambda folder, frames: _long(frames).to_parquet(folder / "long.parquet"),
    "Parquet by date and ticker": lambda folder, frames: (
        _long(frames).set_index(["Date", "Ticker"]).to_parquet(folder / "long.parquet")
    ),
    "wide Parquet": lambda folder, frames: _paired(frames).to_parquet(folder / "wide.parquet"),
    "Parquet a ticker": _each(lambda folder, ticker, frame: frame.to_parquet(folder / f"{ticker}.parquet")),
    "Excel, a sheet a ticker": _workbook,
    "Excel, long": lambda folder, frames: _long(frames).to_excel(folder / "long.xlsx", index=False),
    "Excel, two header rows": lambda folder, frames: _paired(frames).to_excel(folder / "wide.xlsx"),
    "yfinance, a ticker": _yfinance,
    "yfinance, together": _yfinance_together,
    "yfinance, zoned": _each(_yfinance_zoned),
    "decimal commas, day first": _each(_german),
}
#: Those that hold no adjusted close.
UNADJUSTED: dict[str, Callable[[Path, dict[str, pd.DataFrame]], object]] = {
    "Stooq": _each(_stooq),
    "Bloomberg-like": _bloomberg,
    "month first, newest first, dollars": _each(_nasdaq),
}


def _closes(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.DataFrame({ticker: frame["Close"] for ticker, frame in frames.items()}).sort_index()


#: Those that hold closes alone.
CLOSES: dict[str, Callable[[Path, dict[str, pd.DataFrame]], object]] = {
    "wide CSV": lambda folder, frames: _closes(frames).to_csv(folder / "prices.csv"),
    "wide CSV, semicolons and commas": lambda folder, frames: _closes(frames).to_csv(
        folder / "prices.csv", sep=";", decimal=",", date_format="%d/%m/%Y"
    ),
    "wide Parquet": lambda folder, frames: _closes(frames).to_parquet(folder / "prices.parquet"),
    "wide Excel": lambda folder, frames: _closes(frames).to_excel(folder / "prices.xlsx"),
    "FRED": lambda folder, frames: [
        frame[["Close"]]
        .set_axis([ticker], axis=1)
        .reindex(pd.bdate_range(frame.index[0], frame.index[-1]))
        .rename_axis("observation_date")
        .to_csv(folder / f"{ticker}.csv", na_rep=".")
        for ticker, frame in frames.items()
    ],
}
