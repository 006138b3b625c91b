"""What a page shows as its reader sees it: tables as texts, and charts that lie in it deflated."""

from __future__ import annotations

import base64
import html
import re
import zlib


def cells(page: str, identity: str) -> list[list[str]]:
    """Rows of the table with this ``id``, headings first; white space as one space."""
    found = re.search(rf'<table id="{identity}".*?</table>', page, re.DOTALL)
    assert found, identity
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", found[0], re.DOTALL)
    return [[_text(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows]


def by_row(page: str, identity: str) -> dict[str, dict[str, str]]:
    """The same by the first cell of a row, then by heading."""
    head, *rows = cells(page, identity)
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def inflated(page: str) -> str:
    """The page with every chart as JSON, the deflated ones too."""
    packed = r'<script type="text/plain" data-packed>(.*?)</script>'
    return re.sub(
        packed, lambda found: f"<script>{zlib.decompress(base64.b64decode(found[1])).decode()}</script>", page
    )


def _text(cell: str) -> str:
    plain = re.sub(r"<[^>]+>", "", cell.replace("<br>", " "))
    return " ".join(html.unescape(plain).split())
