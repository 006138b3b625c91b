"""An exogenous series from a CSV file."""

from __future__ import annotations

from pathlib import Path

from simulator.core.errors import DataError
from simulator.core.release import KNOWN_RULES, ReleaseRule
from simulator.core.revisions import KNOWN_REVISIONS, Revised
from simulator.core.series import ExogenousSeries

from .csv_table import numeric, read_table
from .vintages import read_vintages

_PRICE_COLUMNS = ("Close", "Price")


def read_series(
    path: Path,
    name: str,
    *,
    column: str | None = None,
    release: str | None = None,
    zone: str | None = None,
    revised: Revised | None = None,
    vintages: Path | None = None,
    allow_revised: bool = False,
    max_age_days: int | None = None,
) -> ExogenousSeries:
    """Read a series and state when its values become known.

    Parameters
    ----------
    path
        A CSV file with a ``Date`` (or ``DATE``) column.
    name
        The series' name in the scenario.
    column
        Which column; by default ``Close``, ``Price``, or the only one.
    release
        Its release rule (``close``, ``days:N``, ``business-days:N``). By default a file with a ``Close`` is a
        market price, known at its close, and well-known series have their own rule; others must state it.
    zone
        The publisher's time zone; see :func:`simulator.data.csv_table.read_table`.
    revised
        What becomes of values later; by default what is known of a series of the file's name
        (:data:`simulator.core.revisions.KNOWN_REVISIONS`), else ``"none"``.
    vintages
        A file of every value with the date from which it was known (:func:`simulator.data.vintages.read_vintages`). The
        values are then its, from its first vintage on, and ``path`` only names the series.
    allow_revised
        Use a smoothed series without vintages all the same.
    max_age_days
        Calendar days after its publication past which a value is missing; see
        :class:`simulator.core.series.ExogenousSeries`.

    Raises
    ------
    DataError
        If the file or the column cannot be used, or no release rule is known.
    """
    known = revised or KNOWN_REVISIONS.get(path.stem) or KNOWN_REVISIONS.get(name, "none")
    if vintages is not None:
        held = read_vintages(vintages, path.stem)
        return ExogenousSeries.from_vintages(held, name, revised=known, max_age_days=max_age_days)
    table = read_table(path, zone)
    columns = [str(column) for column in table.columns]
    chosen = column or next((price_column for price_column in _PRICE_COLUMNS if price_column in columns), None)
    if chosen is None and len(columns) == 1:
        chosen = columns[0]
    if chosen is None:
        chosen = path.stem if path.stem in columns else columns[0] if path.stem in KNOWN_RULES else None
    if chosen is None:
        raise DataError(f"{path}: series {name}: which column? say column = one of {', '.join(columns)}")
    rule = release or KNOWN_RULES.get(path.stem) or ("close" if "Close" in columns else None)
    if rule is None:
        say = "release = 'close', 'days:N' or 'business-days:N' beside its path"
        raise DataError(f"{path}: series {name}: when is it published? say {say}")
    values = numeric(table, chosen, path)
    if values.isna().all():
        raise DataError(f"{path}: column {chosen!r} holds no value at all")
    parsed = ReleaseRule.parse(rule)
    return ExogenousSeries.from_pandas(
        values, parsed, name, zone=zone, revised=known, allow_revised=allow_revised, max_age_days=max_age_days
    )
