"""Texts that mean something to HTML, scripts, templates, charts or terminals, and names made to leave a folder."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final

#: What a text that is executed leaves behind in the page.
MARK: Final = "data-pwned"
_JS: Final = "document.documentElement.setAttribute('data-pwned',1)"
_AWAY: Final = "http://undertow.invalid/x"

_TAGS: Final = (
    f"<script>{_JS}</script>",
    f'<img src=x onerror="{_JS}">',
    f"<img src=x onerror={_JS}//",
    f'<svg onload="{_JS}">',
    f"<svg><script>{_JS}</script></svg>",
    f'<details open ontoggle="{_JS}">x</details>',
    f'<input autofocus onfocus="{_JS}">',
    f'<body onload="{_JS}">',
    f'<iframe srcdoc="<script>parent.{_JS}</script>"></iframe>',
    f'<iframe src="javascript:parent.{_JS}"></iframe>',
    f'<object data="javascript:{_JS}"></object>',
    f'<math><mtext></form><form><mglyph><style></math><img src=x onerror="{_JS}">',
    f'<video><source onerror="{_JS}"></video>',
    f"<style>@import '{_AWAY}.css';</style>",
    f"<link rel=stylesheet href={_AWAY}.css>",
    f"<img src={_AWAY}.png>",
    f"<script src={_AWAY}.js></script>",
    f'<meta http-equiv=refresh content="0;url={_AWAY}">',
    f"<base href={_AWAY}/>",
    f'<a href="javascript:{_JS}">x</a>',
    f'<form action={_AWAY}><button autofocus onfocus="{_JS}">',
    f'<div style="background:url({_AWAY}.gif)">x</div>',
)
_BREAKS: Final = ("", '"><', "'><", "</script>", "</title>", "</style>", "-->", "]]>", "</textarea>")
_OTHERS: Final = (
    f'" onmouseover="{_JS}" autofocus onfocus="{_JS}" x="',
    f"' onmouseover='{_JS}' x='",
    f'";{_JS};//',
    f"';{_JS};//",
    f'\\";{_JS};//',
    f"</script><script>{_JS}",
    f"${{{_JS}}}",
    "{{ 7 * 7 }}{% raw %}",
    "{{metrics}}{{returns}}{{title}}",
    "%{x}<extra></extra>%{customdata}",
    f'<b>bold</b><a href="{_AWAY}">x</a>',
    f'<a href="javascript:{_JS}" target="_blank">x</a>',
    "$\\frac{1}{0$ $x_$ \\undefined",
    "&lt;script&gt;&#60;script&#62;",
    "<!-- <![CDATA[ <?php ?> <!DOCTYPE x [",
    "= cmd|' /C calc'!A0",
    "__proto__ constructor toString",
    "C:\\CON\\nul",
    "a\u0300\u0301\u0302 \U0001f4a5 \u4e2d\u6587 \ufdfd",
    "../../../../etc/passwd%00.html?x#y",
)

#: 200 and more texts on one line, each of which a title may be.
TEXTS: Final = tuple(
    dict.fromkeys(text for pair in itertools.product(_BREAKS, _TAGS) if len(text := "".join(pair)) <= 200)
) + tuple(text for text in _OTHERS if len(text) <= 200)

#: Names that are refused, each in one line.
NAMES: Final = (
    *(
        "60/40",
        "../x",
        "../../../x",
        "/tmp/undertow-x",
        "a/b",
        "a\\b",
        "..",
        ".",
        "",
        " ",
        "a b",
        ".hidden",
        "-x",
        "~/x",
    ),
    *(
        "a\tb",
        "a\nb",
        "a\rb",
        "a\0b",
        "a\x1b[31mb",
        "a\x7fb",
        "x" * 300,
        "é" * 200,
        "a#b",
        "a?b",
        "a%2fb",
        "a:b",
        "a|b",
    ),
    *(
        "a*b",
        'a"b',
        "a'b",
        "<b>",
        "$(touch x)",
        "`touch x`",
        "a;b",
        "a&b",
        "\u202egnp",
        "a\u2028b",
        "\ufeffa",
        "a\u0000",
    ),
)


#: Dates, numbers, and files of ours that pages link to.
_NO_TEXT: Final = re.compile(r"[\d\s.:%-]*|[\w./-]+\.(html|json|csv)")


def structure(page: str) -> list[str]:
    """Tags and names of attributes of a page, in order: texts that are escaped change none of them."""
    from html.parser import HTMLParser

    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append(f"{tag} {' '.join(name for name, _ in attrs)}")

    Reader().feed(re.sub(r"<svg.*?</svg>", "<svg></svg>", page, flags=re.DOTALL))
    return found


class Tainted:
    """Everything that a page shows, with a hostile text in place of each of its own.

    The same text is replaced by the same wherever it stands, so that keys go on leading to what they name. What
    templates and charts look for by name stays, and so do dates and numbers.
    """

    def __init__(self) -> None:
        home = Path(__file__).resolve().parents[1] / "reports"
        files = [*home.glob("*.py"), *home.glob("templates/*")]
        self._kept = {word for file in files for word in re.findall(r"[\"'.]([\w-]+)\b", file.read_text())}
        self._given: dict[str, str] = {}

    def __call__(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return {self(key): self(inner) for key, inner in value.items()}
        if isinstance(value, tuple) and hasattr(value, "_make"):
            return value._make(map(self, value))
        if isinstance(value, list | tuple):
            return type(value)(map(self, value))
        if is_dataclass(value) and type(value).__module__.startswith("reports."):
            return replace(value, **{field.name: self(getattr(value, field.name)) for field in fields(value)})
        return value

    def _text(self, text: str) -> str:
        if all(part in self._kept for part in text.split(".")) or _NO_TEXT.fullmatch(text):
            return text
        return self._given.setdefault(text, f"{TEXTS[len(self._given) * 7 % len(TEXTS)]} {len(self._given)}")
