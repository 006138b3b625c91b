"""No module imports itself by way of others, inside packages too: each can be read after what it stands on."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.test_imports import FILES, ROOT

#: Imports within a function that close a circle, and why they may: ``run()`` on what was prepared is how users call it.
LATE = {("simulator.engine.prepare", "simulator.engine.replay")}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in FILES}


def imports_of(name: str, text: str, *, package: bool) -> Iterator[str]:
    """The modules of ours that a module imports anywhere but for its types."""
    home = name.split(".") if package else name.split(".")[:-1]
    todo: list[ast.AST] = [ast.parse(text)]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        todo.extend(ast.iter_child_nodes(node))
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            above = home[: len(home) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield full if full in MODULES else base


def circle(graph: dict[str, set[str]]) -> list[str]:
    """A circle of imports; empty without one."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_imports_itself_by_way_of_others():
    graph = {
        name: {
            target
            for target in imports_of(name, path.read_text(), package=path.name == "__init__.py")
            if target in MODULES and target != name and (name, target) not in LATE
        }
        for name, path in MODULES.items()
    }
    assert len(graph) > 300
    assert circle(graph) == []


@pytest.mark.parametrize("late", sorted(LATE))
def test_what_is_let_through_is_still_there(late):
    name, target = late
    assert target in set(imports_of(name, MODULES[name].read_text(), package=False))


def test_a_circle_is_found():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})
    assert list(imports_of("reports.page", "from .figures import chart\n", package=False)) == ["reports.figures"]
    lazy = "def f():\n    from simulator.engine.replay import replay\n"
    assert list(imports_of("reports.page", lazy, package=False)) == ["simulator.engine.replay"]
    assert (
        list(imports_of("reports.page", f"if TYPE_CHECKING:\n    {lazy.splitlines()[1].strip()}\n", package=False))
        == []
    )
