"""Rendering pages: every one is a single file that carries its styles, its scripts and Plotly."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import jinja2

from .chart_table import Table
from .shades import NIGHT, night, swatch
from .text import bps, heading, integer, money, percent, phrase, plain, written

_TEMPLATES: Final = Path(__file__).with_name("templates")
#: Plotly's own bundle of charts with x and y axes, to the byte: a third of the full one, which its Python package has.
CARTESIAN: Final = _TEMPLATES / "plotly-cartesian.min.js"
#: Pages that draw more than that (parallel coordinates) and carry the full bundle.
_FULL: Final = frozenset({"sweep.html.j2"})
#: Signs of a chart's figures above which a page has them deflated: a third to a half of the bytes.
_PACKED: Final = 4_000


def render(template: str, **values: Any) -> str:
    """A page from its template; everything is escaped but what is marked safe."""
    return _environment().get_template(template).render(plotly=_Plotly(full=template in _FULL), **values)


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(percent=percent, plain=plain, bps=bps, integer=integer, money=money, night=night)
    environment.globals.update(written=written, heading=heading, phrase=phrase, swatch=swatch, packed=_pack)
    return environment


class _Plotly:
    """Plotly's script and ours that draws with it, read where a page asks for it: not every page has charts."""

    def __init__(self, full: bool) -> None:
        self._full = full

    def __html__(self) -> str:
        shades = json.dumps(dict(NIGHT))
        return f"{self._bundle()}\n{_script('charts.js').replace('{{ NIGHT }}', shades)}"

    def _bundle(self) -> str:
        if not self._full:
            return f'const PLOTLY = "{_pack(CARTESIAN.read_text(encoding="utf-8"))}";'
        from plotly.offline import get_plotlyjs

        return str(get_plotlyjs())


def _script(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


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
    return _part(_written(_laid_out(figure)), figure.layout.height, identity, title, summary, linked)


def choice_html(
    figures: Mapping[str, Any],
    of: str,
    identity: str,
    title: str,
    summary: Table | None = None,
    linked: bool = False,
    first: str = "",
) -> Any:
    """A chart of several figures of one height, of which a list beside it chooses one.

    Parameters
    ----------
    figures
        By the name that the list shows.
    of
        What is chosen (``"policy"``); all lists of a page that choose the same follow each other.
    identity, title, summary, linked
        As in :func:`chart_html`.
    first
        The one that is shown until another is chosen; the first of all where it is left out.
    """
    parts = [_laid_out(figure) for figure in figures.values()]
    template = [part["layout"].pop("template") for part in parts].pop()  # the same for all
    data = _written({"choices": parts, "template": template})
    height = next(iter(figures.values())).layout.height
    return _part(data, height, identity, title, summary, linked, list(figures), of, first)


def _laid_out(figure: Any) -> dict[str, Any]:
    """A figure as plain data, in Plotly's white template: given to the figure itself, that takes as long as its traces.

    So every chart of every page has one look, whatever the session that makes it has for its own.
    """
    plain = dict(figure.to_dict())
    plain["layout"] = {**plain["layout"], "template": _white()}
    return plain


@lru_cache(maxsize=1)
def _white() -> dict[str, Any]:
    import plotly.io

    return dict(plotly.io.templates["plotly_white"].to_plotly_json())


def _written(plain: Any) -> str:
    """Plain data of Plotly's as JSON in which nothing ends a script."""
    from plotly.io.json import to_json_plotly

    return str(to_json_plotly(plain))


def _part(
    data: str,
    height: int | None,
    identity: str,
    title: str,
    summary: Table | None,
    linked: bool,
    choices: Sequence[str] = (),
    of: str = "",
    first: str = "",
) -> Any:
    """The part of a page that holds a chart; Plotly writes no sign in its figures that could end a script."""
    safe = jinja2.filters.do_mark_safe
    packed = len(data) > _PACKED
    html = (
        _environment()
        .get_template("chart.html.j2")
        .render(
            identity=identity,
            title=title,
            summary=summary,
            linked=linked,
            choices=choices,
            of=of,
            place=choices.index(first) if first in choices else 0,
            height=height or 450,
            packed=packed,
            data=safe(_pack(data) if packed else data),
        )
    )
    return safe(html)


@lru_cache(maxsize=4)
def _pack(text: str) -> str:
    """Deflated, in base 64: browsers inflate it by themselves."""
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()
