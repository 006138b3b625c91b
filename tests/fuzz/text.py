"""The text of a scenario, changed by a key or a table, and bytes damaged in one place."""

from __future__ import annotations

import random
import re
from typing import Final

from scenarios.schema import FlowSpec

from . import draws
from .home import SCENARIO

#: Whole tables that may stand in a scenario, right as they are.
TABLES: Final = (
    '[policies.more]\nkind = "periodic"\nevery = 10',
    '[policies.more]\nkind = "equal-weight"\ntrigger = "month"\ncash = 0.05',
    '[policies.more]\nkind = "hold"\nweights = { CASH = 1.0 }',
    '[policies.more]\nkind = "de-risk"\nbase = "band"\nsignal = "vol"\nshare = 0.5',
    '[signals.more]\nkind = "volatility-past"\nmin_history = 20\nlookback = 5\nrecalibrate = 10',
    '[signals.more]\nkind = "volatility-hindsight"\nlookback = 5',
    '[signals.more]\nkind = "foresight"\nlabel = "fear"',
    '[signals.more]\nkind = "published-status"\nindex = "OWN"\ntier = "red"',
    '[signals.more]\nkind = "calendar"\ndates = [2024-02-01, 2024-03-01]',
    '[judge]\npolicy = "out"\nagainst = ["vol"]\ndraws = 100\nplacebos = 19\nleast_shift = 5\nblock = 3',
    '[bounds.groups.g]\nassets = ["A", "B"]\nmax_weight = 0.7',
    "[costs.by_asset]\nA = { half_spread_bps = 20.0 }",
    "[[flows]]\ndate = 2024-02-12\namount = -20000",
    "[[flows]]\ndate = 2024-02-13\nshare = 0.5",
    '[[shocks]]\nkind = "volume-collapse"\nfrom = 2024-02-05\ndays = 10\nremaining = 0.05',
    '[[shocks]]\nkind = "price-gap"\nfrom = 2024-02-05\nsize = -0.3\nassets = ["A"]',
    '[[shocks]]\nkind = "volatility"\nfrom = 2024-02-05\nto = 2024-02-20\nmultiplier = 3',
    '[[shocks]]\nkind = "spread-widening"\nfrom = 2024-02-05\ndays = 5\nseverity = 2.0',
)


def with_key(text: str, table: str, name: str, value: str) -> str:
    """The text with a key of a table stated so, whether or not it or the table was there."""
    lines, header = text.splitlines(), f"[{table}]"
    if header not in lines:
        return f"{text}\n{header}\n{name} = {value}\n"
    at = lines.index(header) + 1
    while at < len(lines) and not lines[at].startswith("["):
        if lines[at].startswith(f"{name} ="):
            return "\n".join([*lines[:at], f"{name} = {value}", *lines[at + 1 :], ""])
        at += 1
    return "\n".join([*lines[:at], f"{name} = {value}", *lines[at:], ""])


def changed(draw: random.Random) -> str:
    """The small scenario, with one or two changes."""
    text = SCENARIO
    for _ in range(draw.choice((1, 1, 2))):
        chance = draw.random()
        if chance < 0.6:
            key = draw.choice(draws.keys())
            text = with_key(text, key.table, key.name, draws.value(key, draw))
        elif chance < 0.9:
            table = _varied(draw.choice(TABLES), draw) if chance < 0.7 else stated(draw)
            text = f"{text}\n{table}\n"
        elif chance < 0.95:
            text = _without_a_line(text, draw)
        else:
            text = text.replace(draw.choice(re.findall(r"\w+", text)), draw.choice(("", "x", "A", "CASH", "month")), 1)
    return text


def stated(draw: random.Random, table: str = "") -> str:
    """A signal, policy, overlay or shock of any kind there is, or a flow: what it needs, and some of the rest."""
    table = table or draw.choice(("policies", "policies", "policies", "signals", "overlays", "shocks", "flows"))
    if table == "flows":
        return f"[[flows]]\n{draws.table(FlowSpec, draw).strip('{ }').replace(', ', chr(10))}"
    kind = draw.choice(tuple(draws.KINDS[table]))
    keys = {key.name: key for key in draws.needed(kind, table)}
    more = draws.of_kind(kind, table)
    keys |= {key.name: key for key in draw.sample(more, k=min(len(more), draw.choice((0, 0, 1, 2, 3))))}
    head = f"[[{table}]]" if table == "shocks" else f"[{table}.more]"
    lines = [f"{name} = {draws.right(key, draw)}" for name, key in keys.items()]
    if lines and draw.random() < 0.3:
        name, key = draw.choice(list(keys.items()))
        lines = [line for line in lines if not line.startswith(f"{name} =")] + [f"{name} = {draws.value(key, draw)}"]
    return "\n".join([head, f'kind = "{kind}"', *lines])


def _varied(table: str, draw: random.Random) -> str:
    """A table as it is, or with one parameter of its kind stated."""
    kind = re.search(r'kind = "([\w-]+)"', table)
    if kind is None or draw.random() < 0.5:
        return table
    where = re.search(r"\w+", table)
    keys = draws.of_kind(kind[1], where[0] if where else "")
    key = draw.choice(keys)
    kept = "\n".join(line for line in table.splitlines() if not line.startswith(f"{key.name} ="))
    return f"{kept}\n{key.name} = {draws.value(key, draw)}"


def _without_a_line(text: str, draw: random.Random) -> str:
    lines = text.splitlines()
    at = draw.randrange(len(lines))
    return "\n".join([*lines[:at], *lines[at + 1 :], ""])


_SPLICES: Final = (
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\n", b",", b'"', b"\r\n", b"nan", b"-", b"1e400", b"[" * 3000),
    *(b"\xc3\x28", b"#", b" ", b"0", b"=", b"]"),
)


def damaged(content: bytes, draw: random.Random) -> bytes:
    """Bytes cut short, emptied, flipped, doubled, or spliced with others, in one place."""
    at = draw.randrange(max(len(content), 1))
    kind = draw.choice(("flip", "flip", "cut", "splice", "drop", "double", "empty", "reverse"))
    if kind == "flip" and content:
        return content[:at] + bytes([content[at] ^ (1 << draw.randrange(8))]) + content[at + 1 :]
    return {
        "cut": content[:at],
        "splice": content[:at] + draw.choice(_SPLICES) + content[at:],
        "drop": content[:at] + content[at + draw.randint(1, 40) :],
        "double": content + content[at:],
        "reverse": content[::-1],
    }.get(kind, b"")


def harmless(text: str, draw: random.Random) -> bytes:
    """A text written otherwise, which means the same."""
    lines = text.splitlines()
    at = draw.randrange(len(lines))
    kind = draw.randrange(6)
    if kind == 0:
        return text.replace("\n", "\r\n").encode()
    if kind == 1:
        return b"\xef\xbb\xbf" + text.encode()
    if kind == 2:
        return text.replace(" = ", draw.choice(("=", "  =  ", " =\t"))).encode()
    if kind == 3:
        return text.rstrip().encode()
    comment = draw.choice(("", "# é 日本 \t #", "   ", "# " + "x" * 3000))
    return "\n".join([*lines[:at], comment, *lines[at:], ""]).encode()
