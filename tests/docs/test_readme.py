"""What the README says is run."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from scenarios.cli import parser
from scenarios.kinds_documented import TABLES
from scenarios.load import catalogued, load

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
PAGES = sorted(path for path in ROOT.rglob("README.md") if "out" not in path.relative_to(ROOT).parts)


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_python_snippet_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (snippet,) = blocks("python")
    space: dict[str, object] = {}
    exec(compile(snippet, "README.md", "exec"), space)
    assert len(space["result"].trades) > 0
    assert space["portfolio"].value().iloc[-1] == pytest.approx(space["result"].nav.iloc[-1], rel=1e-9)
    assert space["nav"].iloc[-1] > 0.0


SNIPPETS = [
    pytest.param(text, id=f"{page.parent.relative_to(ROOT)}-{number}")
    for page in PAGES
    if page.parent != ROOT
    for number, text in enumerate(blocks("python", page.read_text()))
]


@pytest.mark.slow
@pytest.mark.parametrize("snippet", SNIPPETS)
def test_the_python_snippets_of_the_rooms_run(snippet, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(snippet, "README.md", "exec"), {})


def commands() -> list[str]:
    lines = [line.partition("#")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("undertow ")]


def test_every_command_is_understood():
    assert len(commands()) >= 6
    for line in commands():
        given = parser().parse_args(shlex.split(line)[1:])
        if getattr(given, "scenario", None):
            load(given.scenario, given.overrides, getattr(given, "shocks", []))


def test_the_scenario_snippets_are_scenarios():
    from scenarios.build import check
    from scenarios.load import merged, validate

    path = ROOT / "scenarios" / "README.md"
    rest = {
        "scenario": {"name": "snippet"},
        "market": {"source": "csv", "path": "prices", "cash_rate": 0.0},
        "portfolio": {"weights": {"CASH": 1.0}},
        "signals": {
            "stress": {"kind": "stress-forecast"},
            "vix": {"kind": "threshold", "of": "VIX"},
            "volatility": {"kind": "volatility"},
            "volatility-past": {"kind": "volatility-past"},
        },
        "policies": {"passive": {"kind": "hold"}, "stress": {"kind": "de-risk", "signal": "stress", "base": "passive"}},
    }
    snippets = [tomllib.loads(snippet) for snippet in blocks("toml", path.read_text())]
    given = [snippet | {"portfolio": snippet.get("portfolio", rest["portfolio"])} for snippet in snippets]
    base = {name: table for name, table in rest.items() if name != "portfolio"}
    files = [validate(merged(base, snippet), path) for snippet in given]
    for file in files:
        check(file)
    assert any("shares" in file.bounds.groups and len(file.flows) == 1 for file in files)
    assert any(file.judge is not None for file in files)


def test_the_two_commands_stand_there():
    assert "pip install . && undertow run\n" in README
    assert 'pip install ".[test]" && pytest\n' in README


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page}: {target}"


def test_kinds_and_scenarios_are_documented():
    from scenarios import kinds

    for table, page in ((kinds.SIGNALS, "signals"), (kinds.POLICIES, "strategies"), (kinds.SHOCKS, "scenarios")):
        text = (ROOT / page / "README.md").read_text()
        for kind in table:
            assert f"`{kind}`" in text, f"{page}/README.md lacks {kind}"
    assert {"etf-core", "crunch-2008", "redemption-run"} <= set(catalogued())


@pytest.mark.parametrize("table", TABLES, ids=[table.name for table in TABLES])
def test_the_tables_of_kinds_are_in_step_with_the_classes(table):
    text = table.document.read_text(encoding="utf-8")
    assert text == table.written(text), "run python -m scenarios.kinds_documented"
    rows = [line.split(" | ") for line in table.text().splitlines()[2:]]
    assert [row[0] for row in rows] == [f"| `{kind}`" for kind in table.kinds]
    assert all(row[2].strip("| ").endswith(".") for row in rows), "say in the docstring what it does"


#: Folders whose README is a map: every module of theirs stands on it.
MAPS = ["reports", "scenarios", "signals", "simulator", "simulator/features", "simulator/metrics", "strategies"]


@pytest.mark.parametrize("folder", MAPS)
def test_a_map_names_every_module_and_none_that_is_not_there(folder):
    home = ROOT / folder
    text = (home / "README.md").read_text()
    modules = {path.name for path in home.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    unnamed = sorted(name for name in modules - {"__init__.py"} if not re.search(rf"\b{re.escape(name)}\b", text))
    assert unnamed == [], f"{folder}/README.md says nothing of them"
    named = set(re.findall(r"`([\w./-]+\.py)`", text))
    known = {path.name for path in home.rglob("*.py")}
    assert sorted(name for name in named if not (ROOT / name).is_file() and Path(name).name not in known) == []
