"""Names, titles and texts from a scenario file to the files of a run."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenarios.cli import main
from scenarios.load import load, validate
from scenarios.resolved import explained, resolved
from simulator.core.folders import MARKER
from simulator.core.names import check_name, check_text, check_title, toml_key, toml_text
from tests.cli.test_errors import SMALL, home, run, small  # noqa: F401 - home is a fixture
from tests.hostile import NAMES, TEXTS

#: Names that tickers may be.
VENDORS = ("a b", "a&b", "-x")

TITLED = """
[scenario]
name = "book"
title = {title}
description = {description}
benchmark = {policy}
initial_cash = 100000
[market]
source = "csv"
path = "prices"
cash_rate = 0.01
[portfolio.weights]
A = 0.5
B = 0.5
[signals.{signal_key}]
kind = "volatility"
title = {signal_title}
[policies.{key}]
kind = "hold"
title = {policy_title}
"""


def tree(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    """Everything within a folder, as it is."""
    return {
        str(path): (path.lstat().st_mtime_ns if path.is_file() else 0, path.read_bytes() if path.is_file() else None)
        for path in sorted(folder.rglob("*"))
        if "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("table", ["policies", "signals", "market.series", "bounds.groups", "scenario.name", "weights"])
def test_names_that_could_be_paths_are_refused_on_reading(table, name):
    """Read alone: nothing is loaded, and so nothing can be written."""
    text = SMALL
    if table == "scenario.name":
        text = text.replace('name = "small"', f"name = {toml_text(name)}")
    elif table == "weights":
        text = text.replace("A = 0.5", f"{toml_key(name)} = 0.5")
    elif table == "market.series":
        text = text.replace("[portfolio.weights]", f"[market.series]\n{toml_key(name)} = 'x.csv'\n[portfolio.weights]")
    elif table == "bounds.groups":
        text += f"\n[bounds.groups.{toml_key(name)}]\nassets = ['A']\nmax_weight = 0.5\n"
    else:
        text += f"\n[{table}.{toml_key(name)}]\nkind = 'hold'\n"
    line = refusal(text)
    if table != "weights" or name not in VENDORS:
        control = any(letter in name for letter in "\0\r\x1b\x7f")
        assert ("holds a control character; leave it out" if control else "cannot be a") in line
    assert line.isprintable()


def refusal(text: str) -> str:
    import tomllib

    from simulator.core.errors import ScenarioError

    try:
        validate(tomllib.loads(text), Path("x.toml"))
    except ScenarioError as error:
        return str(error)
    return ""


def test_the_line_proposes_a_name_and_a_title(home, capsys):  # noqa: F811
    (home / "small.toml").write_text(SMALL + '[policies."60/40"]\nkind = "hold"\n')
    line = small(home, capsys)
    assert "'60/40' cannot be a name: a name has up to 64 letters, digits, '_', '-' and '.'" in line
    assert line.endswith('write [policies.60-40] with title = "60/40"\n')
    (home / "small.toml").write_text(SMALL + '[policies.60-40]\nkind = "hold"\ntitle = "60/40"\n')
    status, out, _ = run(capsys, "small.toml", "--data", "data")
    assert status == 0
    assert "\n60/40 " in out
    assert list(json.loads((home / "out/small/metrics.json").read_text())["policies"]) == ["passive", "60-40"]
    page = (home / "out/small/index.html").read_text()
    assert '<a href="tearsheets/60-40.html">60/40</a>' in page


def test_hostile_names_write_nothing_anywhere(home, capsys):  # noqa: F811
    """The command itself, with everything that lies around watched."""
    home.joinpath("sentinel").write_text("untouched")
    for name in ("../../../x", str(home / "absolute"), "a/b", "a\nb", "x" * 300, "..", "a#b", '"'):
        before = tree(home.parent)
        (home / "hostile.toml").write_text(SMALL + f"[policies.{toml_key(name)}]\nkind = 'hold'\n")
        assert main(["run", "hostile.toml", "--data", "data", "--quiet"]) == 2
        captured = capsys.readouterr()
        assert captured.err.count("\n") == 1
        assert captured.err[:-1].isprintable()
        (home / "hostile.toml").unlink()
        assert tree(home.parent) == before


def test_a_run_writes_within_its_folder_alone(home, capsys):  # noqa: F811
    policies = ["passive", "Passive", "con", "é", "日本", "v1.2", "_x", "x" * 64]
    text = SMALL + "".join(
        f"[policies.{toml_key(name)}]\nkind = 'hold'\ntitle = {toml_text(TEXTS[k * 25])}\n"
        for k, name in enumerate(policies)
        if name != "passive"
    )
    (home / "small.toml").write_text(text)
    before = tree(home.parent)
    assert run(capsys, "small.toml", "--data", "data", "--out", "out")[0] == 0
    after = tree(home.parent)
    out = str(home / "out")
    assert {
        name: content for name, content in after.items() if name != out and not name.startswith(f"{out}/")
    } == before
    sheets = sorted(path.name for path in (home / "out" / "tearsheets").iterdir())
    assert len(sheets) == len(policies)
    assert sheets == sorted(
        f"{name}.html" for name in ("passive", "Passive-2", "_con", "e", "unnamed", "v1.2", "_x", "x" * 64)
    )
    listed = json.loads((home / "out" / MARKER).read_text())["files"]
    found = [path.relative_to(home / "out").as_posix() for path in (home / "out").rglob("*") if path.is_file()]
    assert listed == sorted(name for name in found if name != MARKER)
    assert not any("<img" in path.read_text() for path in (home / "out").rglob("*.html"))


@pytest.mark.parametrize("out", ["passive/x.toml/y", ".", "a\nb", "a\x1b[31m", "small.toml/x", "data", "..", "x" * 300])
def test_targets_that_cannot_be_are_a_line(out, home, capsys):  # noqa: F811
    (home / "passive").write_text("a file")
    assert "--out" in small(home, capsys, "--out", out)


def test_a_sweep_is_not_replaced_by_a_run_nor_a_folder_with_sources(home, capsys):  # noqa: F811
    sources = home / "sources"
    sources.mkdir()
    (sources / "manifest.json").write_text("{}")
    (sources / "code.py").write_text("x = 1")
    subprocess.run(["git", "init", "-q", str(sources)], check=True)
    before = tree(sources)
    assert "has a manifest.json but no .undertow" in small(home, capsys, "--out", "sources")
    assert tree(sources) == before
    sweep = ["sweep", "small.toml", "--data", "data", "--grid", "execution.lag=1,2", "--quiet"]
    (home / "swept.work").mkdir()
    (home / "swept.work" / "thesis.txt").write_text("ten years")
    assert main([*sweep, "--out", "swept", "--restart"]) == 2
    assert "is not one that this version made" in capsys.readouterr().err
    assert (home / "swept.work" / "thesis.txt").read_text() == "ten years"
    assert sorted(path.name for path in (home / "swept.work").iterdir()) == ["thesis.txt"]
    assert main([*sweep, "--out", "done"]) == 0
    capsys.readouterr()
    assert "holds a finished sweep, and this is a run" in small(home, capsys, "--out", "done")
    (home / "done" / "notes.txt").write_text("mine")
    assert main([*sweep, "--out", "done", "--restart"]) == 2
    assert "holds 'notes.txt'" in capsys.readouterr().err


def test_set_reaches_names_with_points_and_signs():
    text = ['bounds.max_weight."BRK.B"=0.4', "bounds.max_weight.'EURUSD=X'=0.3", "bounds.max_weight.^GSPC = 0.2"]
    file = load("us-large-caps", [*text, 'policies."v1.2".kind=hold', 'scenario.title=a = "b"'])
    assert {"BRK.B": 0.4, "EURUSD=X": 0.3, "^GSPC": 0.2}.items() <= dict(file.bounds.max_weight).items()
    assert file.policies["v1.2"] == {"kind": "hold"}
    assert file.scenario.title == 'a = "b"'


def _is(check, text):
    try:
        return check(text) == text
    except Exception:  # noqa: BLE001 - any refusal
        return False


titles = st.text(max_size=40).filter(lambda text: _is(check_title, text)) | st.sampled_from(TEXTS)
names = st.from_regex(r"\w[\w.-]{0,12}", fullmatch=True).filter(lambda text: _is(check_name, text))
texts = st.text(max_size=60).filter(lambda text: _is(check_text, text)) | st.sampled_from(
    [*TEXTS, "2008-09-15", "a\nb", "a\tb", '"""', "'''", "\\", "true", "1e5", "# no comment", "[table]", "a = 1"]
)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None)
@given(titles, texts, names, names, titles, titles)
def test_show_prints_what_reads_back_to_the_same(title, description, policy, signal, signal_title, policy_title):
    import tomllib

    text = TITLED.format(
        title=toml_text(title),
        description=toml_text(description),
        policy=toml_text(policy),
        key=toml_key(policy),
        signal_key=toml_key(signal),
        signal_title=toml_text(signal_title),
        policy_title=toml_text(policy_title),
    )
    file = validate({"shocks": [], **tomllib.loads(text)}, Path("x.toml"))
    again = validate(tomllib.loads(explained(file)), Path("x.toml"))
    assert resolved(again) == resolved(file)
    assert again.scenario.description == description
    assert again.policies[policy]["title"] == policy_title


def test_a_sweep_ends_with_titles(home, capsys):  # noqa: F811
    (home / "small.toml").write_text(SMALL + 'title = "The <b>passive</b> one"\n')
    command = ["sweep", "small.toml", "--data", "data", "--grid", "execution.lag=1,2", "--quiet"]
    assert main(command) == 0
    first = capsys.readouterr().out
    assert "The <b>passive</b> one" in first
    assert main(command) == 0  # from the finished folder
    assert first.splitlines()[:5] == capsys.readouterr().out.splitlines()[:5]


@pytest.mark.parametrize("table", ["policies.passive", "signals.s"])
def test_an_unknown_key_is_quoted_and_short(home, capsys, table):  # noqa: F811
    key = toml_key("x" * 300)
    (home / "small.toml").write_text(SMALL + "[signals.s]\nkind = 'calendar'\nevery = 'month'\n")
    line = small(home, capsys, "--set", f"{table}.{key}=1")
    assert f"{table}: unknown key '{'x' * 64}...'" in line


def test_check_looks_where_plugins_are(home, capsys):  # noqa: F811
    assert main(["check", "small.toml", "--data", "data", "--plugins", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err
