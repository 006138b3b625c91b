"""Tables that code writes into a document of Markdown, between marks."""

from __future__ import annotations

from collections.abc import Iterable

from .errors import DataError


def put_between(text: str, name: str, body: str) -> str:
    """A document with ``body`` between its marks ``<!-- NAME: begin -->`` and ``<!-- NAME: end -->``.

    Raises
    ------
    DataError
        Unless each mark stands in ``text`` once.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise DataError(f"the document must hold the lines {begin!r} and {end!r} once each")
    return f"{text.partition(begin)[0]}{begin}\n\n{body}\n\n{end}{text.partition(end)[2]}"


def table_row(cells: Iterable[str]) -> str:
    """A row of a table; a bar within a cell is escaped."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
