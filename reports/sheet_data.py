"""What a tear-sheet needs, kept beside the ledger, so that a sheet can be written long after its run."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from simulator.core.errors import DataError, nearest
from simulator.core.files import inside, make_folder, write_frame, write_whole
from simulator.core.folders import MARKER, Mark, cut_short, drop, ended, read_mark, write_mark, writing
from simulator.core.names import quoted, slugs
from simulator.core.rhythm_nb import sessions_per_year
from simulator.core.types import DateArray
from simulator.ledger import RunRecord

from .tearsheet import TearSheet, render_tearsheet

RETURNS: Final = "returns.parquet"
_REWRITTEN: Final = ("index.html", "manifest.json")  # with every sheet
_CASH: Final = " cash"  # begins with a space, as no policy's name can


def write_returns(records: Mapping[str, RunRecord], folder: Path) -> None:
    """``returns.parquet``: each policy's return by session, and what a unit of cash earned (column ``" cash"``)."""
    first = next(iter(records.values()))
    frame = pd.DataFrame(
        {_CASH: first.accrual, **{name: record.returns for name, record in records.items()}}, first.index
    )
    write_frame(inside(folder, RETURNS), frame.reset_index())


def stored_sheet(folder: Path, policy: str) -> TearSheet:
    """The tear-sheet of a policy of a finished run.

    Raises
    ------
    DataError
        If the folder holds no run, or not that policy.
    """
    try:
        sheet, days, per_year = _stored(folder, policy)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:  # a stranger's, whose digests agree
        raise DataError(f"{folder}: its files are not those of a run of this version: {error!r}") from None
    return replace(sheet, sessions_per_year=sessions_per_year(days, per_year))


def _stored(folder: Path, policy: str) -> tuple[TearSheet, DateArray, float | None]:
    """What the files say and no more, so that no fault of a computation is put down to them; sessions; their number.

    The number is what the scenario states for a year, ``None`` where it states nothing.
    """
    metrics, scenario = _metrics(folder), _json(folder / "manifest.json")["scenario"]
    benchmark, market = str(scenario["scenario"]["benchmark"]), scenario["market"]
    tables, called = metrics["policies"], _titles(scenario["policies"])
    if policy not in tables:
        raise DataError(f"{folder}: no policy {quoted(policy)} in this run{nearest(policy, tuple(tables))}")
    returns = _read(folder / "ledger" / RETURNS).set_index("date")
    daily = _read(folder / "ledger" / f"{slugs(tables)[policy]}-daily.parquet").set_index("date")
    days = returns.index.to_numpy().astype("datetime64[D]")
    per_year = market["sessions_per_year"]
    sheet = TearSheet(
        title=called[policy],
        returns=returns[policy],
        benchmark=None if policy == benchmark else returns[benchmark],
        benchmark_title=called[benchmark],
        cash_rate=0.0,
        liquidity=daily[["liquid_share", "coverage"]],
        cash=returns[_CASH].to_numpy(),
        figures=tables[policy],
        benchmark_figures=tables[benchmark],
        scenario=str(scenario["scenario"].get("title") or metrics["scenario"]),
        foreknown=metrics.get("foreknown", ""),
    )
    return sheet, days, None if per_year is None else float(per_year)


def add_sheet(folder: Path, policy: str) -> Path:
    """Write the tear-sheet of a policy into the folder of its run, and link it on the page; return where it is.

    The marker of the folder goes on saying that the sheet is being written, for whoever completes the folder.

    Raises
    ------
    DataError
        If the folder is not that of a finished run, or cannot be written.
    """
    mark = read_mark(folder)
    if mark is None or mark.kind != "run" or mark.pid is not None:
        raise DataError(f"{folder}: is not the folder of a finished run; give the one that undertow run wrote")
    sheet = stored_sheet(folder, policy)
    slug = slugs(_metrics(folder)["policies"])[policy]
    name = f"tearsheets/{slug}.html"
    with writing(folder):
        make_folder(inside(folder, "tearsheets"))
        files = {*mark.files, name, *(f"{written}.part" for written in (name, *_REWRITTEN))} - {"tearsheets/"}
        write_mark(folder, Mark("run", tuple(sorted(files))))  # first: whatever is cut short is known as ours
        write_whole(inside(folder, name), render_tearsheet(sheet))
        page = inside(folder, "index.html")
        write_whole(page, linked(_page(page), slug))
    return folder / name


def take_back(folder: Path) -> None:
    """Make the folder of a run what it was before a sheet that was cut short; nothing where none was."""
    mark = read_mark(folder)
    if mark is None or mark.kind != "run" or mark.pid is not None:
        return
    with writing(folder):
        drop(folder, [f"{MARKER}.part"])
        if not cut_short(mark):
            return
        told = _json(folder / "manifest.json").get("files", ())
        new = [name for name in cut_short(mark) if name not in (*told, *_REWRITTEN)]
        _unlink(inside(folder, "index.html"), new)
        drop(folder, (*new, *(f"{name}.part" for name in cut_short(mark))))
        kept = set(ended(mark).files) - set(new)
        if not any(name.startswith("tearsheets/") for name in kept):
            kept.add("tearsheets/")
        write_mark(folder, Mark("run", tuple(sorted(kept))))  # last: until then it is taken back again


def _unlink(page: Path, sheets: list[str]) -> None:
    """The comparison page without links to sheets that are not there."""
    text = before = _page(page)
    for sheet in sheets:
        slug = sheet.removeprefix("tearsheets/").removesuffix(".html")
        span = rf'<span class="no-sheet" data-sheet="{slug}">\1</span>'
        text = re.sub(rf'<a href="{re.escape(sheet)}">(.*?)</a>', span, text, count=1)
    if text != before:
        write_whole(page, text)


def linked(page: str, slug: str) -> str:
    """The comparison page with the name of a policy opening its sheet."""
    return re.sub(
        rf'<span class="no-sheet" data-sheet="{re.escape(slug)}">(.*?)</span>',
        rf'<a href="tearsheets/{slug}.html">\1</a>',
        page,
        count=1,
    )


def _metrics(folder: Path) -> Any:
    return _json(folder / "metrics.json")


def _titles(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """By policy, what people read; with the name where two read alike."""
    said = {name: str(table.get("title", name)) for name, table in tables.items()}
    times = Counter(said.values())
    return {name: text if times[text] == 1 or text == name else f"{text} ({name})" for name, text in said.items()}


def _page(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}); run the scenario again") from None


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}); give the folder of a finished run") from None


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}); run the scenario again") from None
