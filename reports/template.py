"""Rendering pages: every one is a single file that carries its styles, its scripts and Plotly."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import jinja2

from .text import bps, heading, integer, money, percent, phrase, plain, written

_TEMPLATES: Final = Path(__file__).with_name("templates")
#: Plotly's own bundle of charts with x and y axes, to the byte: a third of the full one, which its Python package has.
CARTESIAN: Final = _TEMPLATES / "plotly-cartesian.min.js"
#: Pages that draw more than that (parallel coordinates) and carry the full bundle.
_FULL: Final = frozenset({"sweep.html.j2"})


def render(template: str, **values: Any) -> str:
    """A page from its template; everything is escaped but what is marked safe."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(percent=percent, plain=plain, bps=bps, integer=integer, money=money)
    environment.globals.update(plotly=_Plotly(full=template in _FULL), written=written, heading=heading, phrase=phrase)
    return environment.get_template(template).render(**values)


class _Plotly:
    """Plotly's script, read where a page asks for it: not every page has charts of it."""

    def __init__(self, full: bool) -> None:
        self._full = full

    def __html__(self) -> str:
        if not self._full:
            return CARTESIAN.read_text(encoding="utf-8")
        from plotly.offline import get_plotlyjs

        return str(get_plotlyjs())


def chart_html(figure: Any, identity: str) -> Any:
    """A Plotly figure as a part of a page that carries Plotly itself."""
    options = {"responsive": True, "displaylogo": False, "displayModeBar": False}
    html = figure.to_html(full_html=False, include_plotlyjs=False, config=options, div_id=identity)
    return jinja2.filters.do_mark_safe(html)
