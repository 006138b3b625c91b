"""Rendering pages: every one is a single file that carries its styles, its scripts and Plotly."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import jinja2

from .chart_table import Table
from .shades import NIGHT, swatch
from .text import bps, heading, integer, money, percent, phrase, plain, written

_TEMPLATES: Final = Path(__file__).with_name("templates")
#: Plotly's own bundle of charts with x and y axes, to the byte: a third of the full one, which its Python package has.
CARTESIAN: Final = _TEMPLATES / "plotly-cartesian.min.js"
#: Pages that draw more than that (parallel coordinates) and carry the full bundle.
_FULL: Final = frozenset({"sweep.html.j2"})


def render(template: str, **values: Any) -> str:
    """A page from its template; everything is escaped but what is marked safe."""
    return _environment().get_template(template).render(plotly=_Plotly(full=template in _FULL), **values)


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(percent=percent, plain=plain, bps=bps, integer=integer, money=money)
    environment.globals.update(written=written, heading=heading, phrase=phrase, swatch=swatch)
    return environment


class _Plotly:
    """Plotly's script and ours that draws with it, read where a page asks for it: not every page has charts."""

    def __init__(self, full: bool) -> None:
        self._full = full

    def __html__(self) -> str:
        shades = json.dumps(dict(NIGHT))
        return (
            f"{self._bundle()}\n{(_TEMPLATES / 'charts.js').read_text(encoding='utf-8').replace('{{ NIGHT }}', shades)}"
        )

    def _bundle(self) -> str:
        if not self._full:
            return CARTESIAN.read_text(encoding="utf-8")
        from plotly.offline import get_plotlyjs

        return str(get_plotlyjs())


def chart_html(figure: Any, identity: str, title: str = "", summary: Table | None = None, linked: bool = False) -> Any:
    """A Plotly figure as a part of a page that carries Plotly itself; ``charts.js`` draws it.

    Parameters
    ----------
    figure
        What is drawn.
    identity
        Of the chart, once on a page.
    title
        What it is called by whoever does not see it.
    summary
        The same as a table, folded below it.
    linked
        Whether it shares its dates with the other charts of the page that are linked.
    """
    safe = jinja2.filters.do_mark_safe
    html = (
        _environment()
        .get_template("chart.html.j2")
        .render(
            identity=identity,
            title=title,
            summary=summary,
            linked=linked,
            height=figure.layout.height or 450,
            data=safe(figure.to_json()),  # Plotly writes no sign in it that could end a script
        )
    )
    return safe(html)
