"""The command line as a user types it."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import pytest

from scenarios import kinds
from scenarios.cli import main
from scenarios.crises import crises
from scenarios.load import catalogued, load
from scenarios.resolved import explained, resolved


def test_without_arguments_it_explains_itself(capsys):
    assert main([]) == 0
    out = capsys.readouterr().out
    for word in ("undertow run", "undertow audit", "undertow list", "undertow show"):
        assert word in out


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("undertow 0.")


@pytest.mark.parametrize("arguments", [["frobnicate"], ["run", "--frob"], ["show"]])
def test_bad_arguments_take_one_line(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_list_names_every_scenario_and_shock(capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    assert [*catalogued(), *crises(), *kinds.SHOCKS] == [line.split()[0] for line in out.splitlines()]
    said = [line for line in out.splitlines() if "a kind of shock: " in line]
    assert all(len(line.partition(": ")[2]) > 15 for line in said)
    assert {"us-large-caps", "etf-core", "crunch-2008"} <= set(catalogued())


@pytest.mark.parametrize("name", [*crises(), *kinds.SHOCKS])
def test_show_prints_a_shock_that_a_scenario_can_state(name, capsys):
    assert main(["show", name]) == 0
    text = capsys.readouterr().out
    (table,) = tomllib.loads(text)["shocks"]
    assert table["kind"] == name
    assert table["severity"] == 1.0
    assert "# from =" in text
    if name in crises():
        crisis = crises()[name]
        flat = text.replace("\n# ", " ")
        for told in (crisis.title, crisis.source, crisis.severity, crisis.assumed, str(crisis.first), str(crisis.last)):
            assert told in flat
        assert text.count("# kind = ") == len(crisis.tables)


@pytest.mark.parametrize("name", sorted(catalogued()))
def test_show_prints_a_file_that_means_the_same(name, tmp_path, capsys):
    assert main(["show", name]) == 0
    text = capsys.readouterr().out
    (tmp_path / "copy.toml").write_text(text)
    copy, original = resolved(load(str(tmp_path / "copy.toml"))), resolved(load(name))
    copy["scenario"].pop("extends"), original["scenario"].pop("extends")
    assert copy == original
    assert text.count("#") > 20
    assert tomllib.loads(text)["execution"]["lag"] == 1


def test_every_key_is_explained():
    for name in catalogued():
        previous = ""
        for line in explained(load(name)).splitlines():
            if "=" in line and not line.startswith("#") and "instruments" not in previous:
                known = line.split(" = ")[0] in {"kind", "class", "level", "stressed_haircut"}
                assert known or "#" in line or previous.startswith("#"), line
            previous = line


def test_help_is_fast_because_it_imports_little():
    code = "import sys; from scenarios.cli import main; main(['--help'])"
    done = subprocess.run([sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    for heavy in ("numpy", "pandas", "numba", "pydantic", "quantstats", "vectorbt", "xgboost"):
        assert f" {heavy}\n" not in done.stderr, heavy


def test_a_user_folder_named_signals_is_named(tmp_path):
    (tmp_path / "signals").mkdir()
    (tmp_path / "signals" / "__init__.py").write_text("")
    code = "import sys; sys.path.insert(0, '.'); import simulator"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "a package named 'signals'" in done.stderr
    assert "ImportError" in done.stderr
