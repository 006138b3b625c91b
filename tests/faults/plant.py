"""Where a fault may be planted in a source file, and the file with it.

A fault is what a slip of the hand makes: a comparison the other way round, plus for minus, times for divided by,
``and`` for ``or``, a condition turned, a number off. Texts, annotations, defaults, and what only raises are left alone:
changing them changes no figure.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARED = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_REPLACED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}


@dataclass(frozen=True)
class Fault:
    """A place in a file and what stands there instead.

    Attributes
    ----------
    line, column
        Where the expression begins, counted from 1.
    before, after
        The expression.
    start, stop
        Of the expression: offsets in bytes of the file.
    """

    line: int
    column: int
    before: str
    after: str
    start: int
    stop: int

    def planted(self, source: str) -> str:
        """The file with it."""
        content = source.encode()
        return (content[: self.start] + f"({self.after})".encode() + content[self.stop :]).decode()


def faults(source: str) -> list[Fault]:
    """Every fault that a file could have, in its order."""
    begins = [0]
    for line in source.encode().split(b"\n"):
        begins.append(begins[-1] + len(line) + 1)
    found = []
    for node in _figures(ast.parse(source)):
        changed = _changed(node)
        if changed is not None:
            start = begins[node.lineno - 1] + node.col_offset
            stop = begins[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
            found.append(Fault(node.lineno, node.col_offset + 1, ast.unparse(node), changed, start, stop))
    return sorted(found, key=lambda fault: (fault.start, fault.stop))


def _figures(node: ast.AST) -> Iterator[ast.expr]:
    """Expressions inside functions that figures may rest on."""
    for function in ast.walk(node):
        if isinstance(function, ast.FunctionDef):
            for statement in function.body:
                yield from _inside(statement)


def _inside(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Raise | ast.Assert | ast.JoinedStr | ast.FunctionDef | ast.ClassDef):
        return
    if isinstance(node, ast.If) and all(isinstance(inner, ast.Raise) for inner in node.body):
        return
    if isinstance(node, ast.expr):
        yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "keywords", "slice"):
            continue
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, ast.AST):
                yield from _inside(inner)


def _changed(node: ast.expr) -> str | None:
    """What a slip makes of an expression; ``None`` for none."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARED:
        turned = ast.Compare(node.left, [_COMPARED[type(node.ops[0])]()], node.comparators)
        return ast.unparse(turned)
    if isinstance(node, ast.BinOp) and type(node.op) in _REPLACED and not _text(node):
        return ast.unparse(ast.BinOp(node.left, _REPLACED[type(node.op)](), node.right))
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return ast.unparse(ast.BoolOp(other, node.values))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ast.unparse(node.operand)
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return repr(node.value + 1)
    return None


def _text(node: ast.BinOp) -> bool:
    return any(
        isinstance(part, ast.JoinedStr | ast.List | ast.Tuple)
        or (isinstance(part, ast.Constant) and isinstance(part.value, str))
        for part in ast.walk(node)
    )
