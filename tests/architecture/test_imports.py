"""Who may import whom. The table is that of simulator/README.md."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("simulator", "strategies", "signals", "reports", "scenarios")

ALLOWED = {
    "simulator": {"core", "costs", "engine", "features", "ledger", "liquidity"},  # the lazy __init__
    "simulator.core": set(),
    "simulator.data": {"core"},
    "simulator.features": {"core"},
    "simulator.costs": {"core"},
    "simulator.ledger": {"core"},
    "simulator.liquidity": {"core", "costs", "features"},
    "simulator.engine": {"core", "costs", "features", "ledger", "liquidity"},
    "simulator.herding": {"core"},
    "simulator.redemptions": {"core"},
    "simulator.metrics": {"core", "ledger", "liquidity"},
    "simulator.testing": {"core", "data", "features", "costs", "engine"},
    "signals": {"core", "features", "costs"},
    "strategies": {"core", "costs", "liquidity", "features"},
    "reports": {"core", "metrics", "ledger", "liquidity"},
}


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:2]) if parts[0] == "simulator" and len(parts) > 2 else parts[0]


def imports(path: Path) -> set[str]:
    """Absolute names of the modules of ours that a file imports."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            target = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            found |= {target} | {f"{target}.{alias.name}" for alias in node.names}
    return {name for name in found if name.partition(".")[0] in PACKAGES}


FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_follow_the_table(path):
    room = room_of(path)
    for name in imports(path):
        top, _, rest = name.partition(".")
        own = room.partition(".")[0]
        if room == "scenarios":
            continue
        assert top != "scenarios", f"{path}: nothing imports scenarios"
        if top == "simulator":
            other = rest.partition(".")[0]
            if not other or (ROOT / "simulator" / f"{other}.py").exists():
                continue
            inside = room == f"simulator.{other}"
            assert inside or other in ALLOWED[room], f"{path}: {room} may not import simulator.{other}"
        else:
            assert top == own, f"{path}: {room} may not import {top}"


def test_every_room_is_in_the_table():
    rooms = {room_of(path) for path in FILES}
    assert rooms - {"scenarios"} == set(ALLOWED)


def test_the_table_would_catch_a_breach(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    bad = tmp_path / "simulator" / "core" / "x.py"
    bad.parent.mkdir(parents=True)
    bad.write_text("from ..engine import simulate\nimport strategies.weights\n")
    with pytest.raises(AssertionError):
        test_imports_follow_the_table(bad)


def test_randomness_comes_from_generators_only():
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
                chain = (getattr(node.value.value, "id", ""), node.value.attr, node.attr)
                if chain[:2] == ("np", "random"):
                    assert chain[2] in {"Generator", "default_rng", "SeedSequence"}, f"{path}: np.random.{chain[2]}"


def test_files_stay_small():
    long = {str(path): lines for path in FILES if (lines := len(path.read_text().splitlines())) > 480}
    assert not long
