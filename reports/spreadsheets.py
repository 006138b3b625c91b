"""A run for spreadsheets: ``returns.csv``, ``weights.csv`` and ``trades.csv``, and one Excel workbook.

Shares and prices are as traded: those of the market over its adjustment, where prices carry dividends. Where a vendor
restates its closes for later splits, so are these. The columns are documented in the package's README.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from simulator.core.abi import COMPONENTS
from simulator.core.errors import DataError
from simulator.core.files import write
from simulator.core.market import MarketData
from simulator.core.types import FloatArray
from simulator.ledger import RunRecord

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.workbook import Workbook

WORKBOOK: Final = "report.xlsx"
#: Cells up to which ``weights.csv`` has every session; beyond, the last of each month.
MOST_WEIGHTS: Final = 2_000_000
#: Rows of a sheet of Excel, its header among them.
MOST_ROWS: Final = 1_048_576
_DIGITS: Final = 10  # of weights and returns after the point: a hundredth of a millionth of a basis point
_TRADED: Final = ("policy", "date", "asset", "side", "shares", "price", "notional", *COMPONENTS, "cost", "decision")


def returns_table(records: Mapping[str, RunRecord]) -> pd.DataFrame:
    """A row a session: ``date``, each policy's time-weighted return, and its nav (``NAME nav``) in currency."""
    first = next(iter(records.values()))
    returns = {name: record.returns.to_numpy() for name, record in records.items()}
    navs = {f"{name} nav": record.nav.to_numpy() for name, record in records.items()}
    return pd.DataFrame({"date": _days(first.index), **returns, **navs})


def weights_table(records: Mapping[str, RunRecord], monthly: bool = False) -> pd.DataFrame:
    """A row a policy and session: shares of nav at the close by asset and ``CASH``, after the day's trades."""
    frames = []
    for name, record in records.items():
        rows = month_ends(record.index) if monthly else np.arange(record.index.size)
        held = record.weights.iloc[rows].round(_DIGITS) + 0.0
        held.insert(0, "date", _days(record.index[rows]))
        held.insert(0, "policy", name)
        frames.append(held.reset_index(drop=True))
    return pd.concat(frames, ignore_index=True)


def trades_table(records: Mapping[str, RunRecord], market: MarketData) -> pd.DataFrame:
    """A row a fill, in shares and prices as traded; ``market`` has at least the sessions replayed.

    Shares are positive, ``side`` says which way; costs by component are positive and in currency, as ``notional`` is.
    """
    frames = []
    for name, record in records.items():
        fills = record.trades
        ratio = _adjustment(fills, record, market)
        traded = fills["quantity"].to_numpy(np.float64)
        frame = pd.DataFrame(
            {
                "policy": name,
                "date": _days(fills["date"]),
                "asset": fills["asset"],
                "side": np.where(traded < 0.0, "sell", "buy"),
                "shares": np.abs(traded) * ratio,
                "price": fills["price"].to_numpy(np.float64) / ratio,
                "notional": fills["notional"].abs(),
                **{part: fills[part] for part in COMPONENTS},
                "cost": fills[list(COMPONENTS)].sum(axis=1),
                "decision": fills["decision"],
            }
        )
        frames.append(frame[list(_TRADED)])
    return pd.concat(frames, ignore_index=True)


def month_ends(index: pd.DatetimeIndex) -> Any:
    """Rows of the last session of each month, and of the last one of all."""
    month = index.year * 12 + index.month
    return np.flatnonzero(np.append(np.diff(month) != 0, True))


def write_tables(records: Mapping[str, RunRecord], market: MarketData, folder: Path) -> pd.DataFrame:
    """``returns.csv``, ``weights.csv`` and ``trades.csv``: UTF-8, a comma between columns, dates as YYYY-MM-DD.

    Quantities are in shares, costs in currency, returns fractions.

    Returns the table of trades.
    """
    trades = trades_table(records, market)
    write(folder / "returns.csv", as_csv(returns_table(records)))
    write(folder / "weights.csv", as_csv(weights_table(records, monthly=is_large(records))))
    write(folder / "trades.csv", as_csv(trades))
    return trades


def is_large(records: Mapping[str, RunRecord]) -> bool:
    """Whether weights of every session would be a file that no spreadsheet opens."""
    return sum(record.sessions.size * (len(record.assets) + 1) for record in records.values()) > MOST_WEIGHTS


def as_csv(table: pd.DataFrame) -> bytes:
    """The table as CSV; NaN is an empty cell."""
    import pyarrow as pa
    from pyarrow import csv

    text = io.BytesIO()
    csv.write_csv(pa.Table.from_pandas(table, preserve_index=False), text, csv.WriteOptions(quoting_style="needed"))
    return text.getvalue()


def check_excel() -> None:
    """Raise :class:`DataError` where workbooks cannot be written."""
    try:
        import openpyxl  # noqa: F401 - asked for, not used
    except ImportError:
        raise DataError("a workbook needs openpyxl: pip install 'undertow[excel]', or leave --excel out") from None


def write_workbook(
    records: Mapping[str, RunRecord],
    market: MarketData,
    figures: Sequence[Mapping[str, Any]],
    lines: Sequence[str],
    path: Path,
) -> None:
    """One workbook of the run: figures, returns, weights at the ends of months, trades, and what was assumed.

    Parameters
    ----------
    figures
        A row a policy: the figures of ``metrics.csv``.
    lines
        What must be read beside them, notices first.
    path
        Of the workbook; the same run gives the same bytes.

    Raises
    ------
    DataError
        If openpyxl is not installed.
    """
    check_excel()
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    trades = trades_table(records, market)
    cut = len(trades) + 1 - MOST_ROWS
    if cut > 0:
        lines = [f"The sheet Trades ends after {MOST_ROWS - 1:,} fills, {cut:,} more are in trades.csv.", *lines]
    _sheet(book, "Figures", pd.DataFrame(list(figures)))
    _sheet(book, "Returns", returns_table(records))
    _sheet(book, "Weights", weights_table(records, monthly=True))
    _sheet(book, "Trades", trades.head(MOST_ROWS - 1))
    _sheet(book, "Notes", pd.DataFrame({"note": list(lines)}))
    whole = io.BytesIO()
    book.save(whole)
    write(path, _undated(whole.getvalue()))


def _sheet(book: Workbook, title: str, table: pd.DataFrame) -> None:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    sheet.append([_text(sheet, str(name)) for name in table.columns])
    for row in table.itertuples(index=False, name=None):
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: Any, value: Any) -> Any:
    """A value as Excel takes it: no formula is made of a text, and what is no number is empty."""
    if isinstance(value, str):
        return _text(sheet, value)
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def _text(sheet: Any, value: str) -> WriteOnlyCell:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value)[:32_767])
    cell.data_type = "s"
    return cell


def _undated(book: bytes) -> bytes:
    """The workbook without the time at which it was written."""
    made, plain = zipfile.ZipFile(io.BytesIO(book)), io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as out:
        for name in sorted(made.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            content = made.read(name)
            if name == "docProps/core.xml":
                content = _without_times(content)
            out.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return plain.getvalue()


def _without_times(properties: bytes) -> bytes:
    import re

    return re.sub(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>", b"", properties)


def _adjustment(fills: pd.DataFrame, record: RunRecord, market: MarketData) -> FloatArray:
    """What a share of the market's prices is of one as traded, by fill."""
    if market.adjustment is None or fills.empty:
        return np.ones(len(fills))
    rows = np.searchsorted(market.sessions, fills["date"].to_numpy().astype("datetime64[D]"))
    place = {name: i for i, name in enumerate(record.assets)}
    columns = np.array([place[name] for name in fills["asset"]], np.int64)
    ratio: FloatArray = market.adjustment[rows, columns]
    return ratio


def _days(days: Iterable[Any]) -> Any:
    return pd.DatetimeIndex(pd.to_datetime(list(days))).date
