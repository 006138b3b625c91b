"""The page of the verdicts: pictures first, then words, then figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simulator.core.files import write
from simulator.metrics import PAIRED

from . import verdict_figures
from .chart_part import Chart, chart
from .template import render
from .verdict_text import answers, called, ceiling, figure, interval, short, summary
from .verdicts import Verdicts


def write_verdicts(name: str, verdicts: Verdicts, path: Path, notices: Sequence[str] = ()) -> None:
    """Write ``verdicts.html`` of the scenario ``name``: one self-contained file, that begins with the notices."""
    text = render(
        "verdicts.html.j2",
        name=name,
        notices=notices,
        one=verdicts,
        summary=summary(verdicts),
        charts=charts(verdicts),
        more=[_differences(verdicts, measure) for measure in PAIRED if measure != verdicts.measure],
        words=[(v, verdict_figures.colour(v), short(v), answers(v, verdicts)) for v in verdicts.verdicts],
        measures=PAIRED,
        figure=figure,
        interval=interval,
        ceiling=ceiling,
    )
    write(path, text)


def charts(verdicts: Verdicts) -> list[Chart]:
    """The pictures at the top."""
    count = verdicts.verdicts[0].placebos.shifts.size
    return [
        chart(
            "When each signal was on",
            f"above, the fall of {verdicts.benchmark} below its highest value so far; below, the sessions on which "
            "each signal was on: orange, those to beat; blue, those judged; grey with ⚠, hindsight",
            verdict_figures.strips(verdicts),
        ),
        _differences(verdicts, verdicts.measure),
        chart(
            "Against its own placebos",
            f"grey, the same policy on {count} shifts in time of the signal, on as long and as often; the diamond is "
            f"the signal itself. Right of the tick, beyond which {(1.0 - verdicts.level) / 2.0:.0%} of the shifts lie, "
            "timing is shown",
            verdict_figures.placebos(verdicts),
        ),
    ]


def _differences(verdicts: Verdicts, measure: str) -> Chart:
    note = (
        f"each signal's policy minus that of a rival, the same days for both; bars hold {verdicts.level:.0%} of "
        f"{verdicts.draws:,} redrawn histories. A bar across the line cannot be told from nothing"
    )
    if measure == "max_drawdown":
        note += ". Redrawn histories break long falls apart: the bars tell less here, and may lie beside the dot"
    return chart(f"Against volatility, by {called(measure)}", note, verdict_figures.differences(verdicts, measure))
