"""The comparison of two revisions sees every file that machines read, and no page."""

from __future__ import annotations

from tests.revisions import COMMANDS, compared, machine_files


def output(folder, **files):
    for name, text in {"metrics.json": "1", "index.html": "page", "ledger/a-events.parquet": "2", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_pages_may_differ_and_figures_may_not(tmp_path):
    old = output(tmp_path / "old")
    assert set(machine_files(old)) == {"metrics.json", "ledger/a-events.parquet"}
    assert list(compared(old, output(tmp_path / "page", **{"index.html": "another"}))) == []
    other = output(tmp_path / "new", **{"metrics.json": "3", "results.parquet": "4"})
    said = [
        "metrics.json: 0 figures the same, 0 new, 0 gone, 1 other\n     was 1, is 3",
        "results.parquet: only in the new one",
    ]
    assert list(compared(old, other)) == said
    assert list(compared(other, old))[-1] == "results.parquet: only in the old one"


def test_of_json_it_is_said_what_is_new_and_what_is_other(tmp_path):
    before = output(tmp_path / "old", **{"metrics.json": '{"a": {"x": 1.0, "y": [2, null]}, "gone": 1}'})
    after = output(tmp_path / "new", **{"metrics.json": '{"a": {"x": 1.5, "y": [2, null], "z": 3}}'})
    said = "metrics.json: 2 figures the same, 1 new, 1 gone, 1 other\n    a.x was 1.0, is 1.5"
    assert list(compared(before, after)) == [said]


def test_every_catalogued_scenario_is_compared():
    from scenarios.load import CATALOG

    assert {path.stem for path in CATALOG.glob("*.toml")} <= {command[1] for command, _ in COMMANDS.values()}
