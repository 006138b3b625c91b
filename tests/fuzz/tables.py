"""CSV files with one fault, or written as another vendor writes them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from .text import damaged

Rows = list[list[str]]
_CELLS: Final = (
    *("", "nan", "inf", "-1", "0", "1e308", "1e-308", "abc", "1,5", '"', "2024-13-01", "01/02/2024", "20240105"),
    *(
        "2024-01-07",
        "1700-01-01",
        "9999-12-31",
        "2024-01-05 09:30:00-05:00",
        "Close",
        "Date",
        "Adj_Close",
        "CASH",
        "n/a",
    ),
    *("12.5%", "$10", " 10 ", "1_0", "１０", "#N/A", ".", "\0", "\u202e9"),
)
_HEADINGS: Final = (
    "close",
    "CLOSE",
    "Adj_Close",
    "Price",
    "Last",
    "Dividends",
    "Splits",
    "Stock Splits",
    "",
    "Volume",
    "x",
)


def table(content: str, draw: random.Random) -> bytes:
    """The content of a file, with one thing about it changed."""
    rows = [line.split(",") for line in content.splitlines()]
    if draw.random() < 0.12:
        return damaged(content.encode(), draw)
    change = draw.choice(_CHANGES)
    return change(rows, draw)


def _written(rows: Rows, between: str = ",", end: str = "\n") -> bytes:
    return (end.join(between.join(row) for row in rows) + end).encode("utf-8", "surrogatepass")


def _scaled(rows: Rows, draw: random.Random) -> bytes:
    """A figure another by a factor: a decimal point lost, a spike, a tick."""
    row = draw.choice(rows[1:])
    column = draw.randrange(1, len(row))
    row[column] = _times(row[column], draw.choice((1.001, 0.999, 1.01, 0.9, 1.1, 2.0, 100.0, 0.01, -1.0, 0.0)))
    return _written(rows)


def _day_scaled(rows: Rows, draw: random.Random) -> bytes:
    """All prices of a day, or of all days from it on, by a factor: a crash, a forgotten split."""
    first = draw.randrange(1, len(rows))
    last = draw.choice((first + 1, len(rows)))
    factor = draw.choice((0.5, 0.9, 1.1, 2.0, 1e-3, 1e3, 1e6, 0.05))
    for row in rows[first:last]:
        row[1:6] = [_times(cell, factor) for cell in row[1:6]]
    return _written(rows)


def _times(cell: str, factor: float) -> str:
    """A figure by a factor; another cell as it is."""
    try:
        return repr(float(cell) * factor)
    except ValueError:
        return cell


def _cell(rows: Rows, draw: random.Random) -> bytes:
    row = draw.choice(rows)
    row[draw.randrange(len(row))] = draw.choice(_CELLS)
    return _written(rows)


def _emptied(rows: Rows, draw: random.Random) -> bytes:
    """A cell, a row, or a stretch without figures."""
    first = draw.randrange(1, len(rows))
    for row in rows[first : first + draw.choice((1, 1, 3, 20))]:
        columns = draw.choice((range(1, len(row)), [draw.randrange(1, len(row))]))
        for column in columns:
            row[column] = ""
    return _written(rows)


def _dropped(rows: Rows, draw: random.Random) -> bytes:
    first = draw.randrange(1, len(rows))
    return _written(rows[:first] + rows[first + draw.choice((1, 1, 2, 5, 30)) :])


def _few(rows: Rows, draw: random.Random) -> bytes:
    """Few sessions, or sessions far apart: the first or last rows, every 5th, every 21st."""
    count = draw.choice((0, 1, 2, 3, 5, 8, 20, 40, 55))
    kept = draw.choice((rows[1 : count + 1], rows[len(rows) - count :], rows[1 :: draw.choice((2, 5, 21))]))
    return _written([rows[0], *kept])


def _ordered(rows: Rows, draw: random.Random) -> bytes:
    """Rows in another order, or one of them twice."""
    at = draw.randrange(1, len(rows))
    kind = draw.randrange(4)
    if kind == 0:
        return _written([rows[0], *rows[:0:-1]])
    if kind == 1:
        rows.insert(at, list(rows[at]))
    elif kind == 2:
        rows[at], rows[1] = rows[1], rows[at]
    else:
        rows.insert(at, [rows[at][0], *rows[1][1:]])
    return _written(rows)


def _headed(rows: Rows, draw: random.Random) -> bytes:
    """A heading renamed, or a column more, or one less."""
    column = draw.randrange(len(rows[0]))
    kind = draw.randrange(3)
    if kind == 0:
        rows[0][column] = draw.choice(_HEADINGS)
    elif kind == 1:
        rows = [row[:column] + row[column + 1 :] for row in rows]
    else:
        rows = [
            [*row, draw.choice(("0", "0", "", "1")) if number else draw.choice(_HEADINGS)]
            for number, row in enumerate(rows)
        ]
    return _written(rows)


def _written_otherwise(rows: Rows, draw: random.Random) -> bytes:
    kind = draw.randrange(7)
    if kind == 0:
        return _written(rows, draw.choice((";", "\t", "|")))
    if kind == 1:
        return _written(rows, end="\r\n")
    if kind == 2:
        return b"\xef\xbb\xbf" + _written(rows)
    if kind == 3:
        return _written([[f'"{cell}"' for cell in row] for row in rows])
    if kind == 4:
        return _written([rows[0], *([_day(row[0], draw), *row[1:]] for row in rows[1:])])
    if kind == 5:
        return _written(rows).decode().encode(draw.choice(("utf-16", "latin-1", "utf-8-sig")))
    return _written([*rows, draw.choice(([], [""], ["Total"], ["", "", ""], ["# end"]))])


def _day(text: str, draw: random.Random) -> str:
    if text.count("-") != 2:
        return text
    year, month, day = text.split("-")
    return draw.choice(
        (
            f"{day}.{month}.{year}",
            f"{month}/{day}/{year}",
            f"{year}{month}{day}",
            f"{text}T00:00:00",
            f"{text} 16:00:00-05:00",
        )
    )


def _ragged(rows: Rows, draw: random.Random) -> bytes:
    row = draw.choice(rows)
    row[:] = draw.choice((row[:-1], [*row, "7"], row[:1], [*row, ""]))
    return _written(rows)


_CHANGES: Final[tuple[Callable[[Rows, random.Random], bytes], ...]] = (
    *(_scaled, _scaled, _day_scaled, _day_scaled, _emptied, _emptied, _dropped, _dropped, _cell, _cell),
    *(_few, _ordered, _headed, _written_otherwise, _ragged),
)
