"""The colours of charts on a dark page: what each colour of a light page becomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import jinja2

#: The ground of a dark page, that charts lie on too; style.css has the same.
GROUND: Final = "#14181D"
#: By colour of a light page, in capitals. What is not named stays: it stands out from both grounds.
NIGHT: Final[Mapping[str, str]] = {
    # policies and lines
    "#000000": "#F2F4F7",
    "#0072B2": "#2F86D9",
    "#1F97DE": "#8FD3FA",
    "#C98100": "#E69F00",
    "#7A8FA6": "#8FA3B8",
    "#D55E00": "#F07F2E",
    "#6A3D9A": "#A98BD9",
    "#B00020": "#F2647B",
    "#8C6D31": "#B8965A",
    "#4F7A28": "#86B35B",
    "#003B5C": "#7C93D6",
    "#2E7D32": "#66BB6A",
    "#B2182B": "#E8707E",
    "#2166AC": "#6BA6DE",
    "#A50026": "#F06A82",
    "#444B54": "#AAB3BF",
    "#444444": "#B5B5B5",
    "#1B1F24": "#E6EAF0",
    # what is put back: others' lines, rules, bands
    "#C3C9D1": "#4A535F",
    "#C8CED6": "#4A535F",
    "#DDE2E8": "#3A424D",
    "#E3E7EB": "#2D343D",
    "#EDF0F3": "#262D36",
    "#FFFFFF": GROUND,
    "#FFF": GROUND,
    # of Plotly's own template: words, and the grid
    "#2A3F5F": "#C9D1D9",
    "#EBF0F8": "#2A313B",
    "WHITE": GROUND,
}


def night(colour: str) -> str:
    """A colour as a dark page has it."""
    return NIGHT.get(colour.upper(), colour)


def swatch(colour: str) -> Any:
    """A small square in a colour, beside a name."""
    return jinja2.filters.do_mark_safe(
        f'<span class="swatch" style="--day: {colour}; --night: {night(colour)}"></span>'
    )
