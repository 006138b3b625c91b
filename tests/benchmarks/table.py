"""Plain text tables."""

from __future__ import annotations

from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left_columns: Sequence[int] = (0,)) -> str:
    """Columns as wide as they need to be, flush right but for ``left_columns``."""
    widths = [max(len(row[k]) for row in (header, *rows)) for k in range(len(header))]

    def lay(row: Sequence[str]) -> str:
        cells = [
            cell.ljust(width) if k in left_columns else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    return "\n".join([lay(header), "  ".join("-" * width for width in widths), *map(lay, rows)])


def milliseconds(seconds: float) -> str:
    """Seconds as milliseconds, three digits that matter."""
    return digits(seconds * 1e3)


def digits(value: float) -> str:
    """About three digits, with thousands separated."""
    if value >= 100.0:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10.0 else f"{value:.2f}" if value >= 1.0 else f"{value:.3f}"
