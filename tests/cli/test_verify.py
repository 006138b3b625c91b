"""``undertow verify``, chunks that are not where they belong, and finished sweeps that lack something."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from scenarios.cli import main
from scenarios.sweep import work_folder
from scenarios.verify import complete, faults
from tests.cli.test_sweep import BAND, LAG, contents, interrupted
from tests.sweeping import write_small

SWEEP = ["sweep", "small.toml", "--data", "data", "--quiet", "--out", "out", "--grid", f"{LAG}=0,1"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNDERTOW_DATA", raising=False)
    write_small(tmp_path)
    return tmp_path


@pytest.fixture
def folder(tmp_path):
    """A finished folder of three files."""
    made = tmp_path / "made"
    (made / "ledger").mkdir(parents=True)
    (made / "index.html").write_text("<p>page")
    (made / "ledger" / "a.parquet").write_bytes(bytes(range(200)))
    (made / "manifest.json").write_text(json.dumps({"seed": 1, "scenario": {"x": 0.1}}))
    complete(made, "run")
    return made


def verified(capsys, folder) -> tuple[int, list[str]]:
    capsys.readouterr()
    status = main(["verify", str(folder)])
    return status, capsys.readouterr().err.splitlines()


def test_a_whole_folder_is_whole(folder, capsys):
    assert verified(capsys, folder) == (0, [])
    told = json.loads((folder / "manifest.json").read_text())
    assert (told["seed"], list(told["files"])) == (1, [".undertow", "index.html", "ledger/a.parquet"])


def test_every_bit_of_every_file_counts(folder):
    assert faults(folder) == []
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        right, name = path.read_bytes(), path.relative_to(folder).as_posix()
        for place in range(len(right)):
            path.write_bytes(right[:place] + bytes([right[place] ^ (1 << place % 8)]) + right[place + 1 :])
            found = faults(folder)
            assert found, (name, place)
            assert name in " ".join(found)
        for wrong in (b"", right[:-1], right + b" "):
            path.write_bytes(wrong)
            assert name in " ".join(faults(folder))
        path.write_bytes(right)
    assert faults(folder) == []


def test_one_line_names_each_fault(folder, capsys):
    (folder / "index.html").unlink()
    (folder / "ledger" / "a.parquet").write_bytes(b"other")
    (folder / "mine.txt").write_text("")
    status, lines = verified(capsys, folder)
    assert status == 2
    assert lines == [
        f"undertow: {folder}: mine.txt: was not written by the run that is here",
        f"undertow: {folder}: index.html: is missing",
        f"undertow: {folder}: ledger/a.parquet: is not as it was written (its digest differs)",
    ]


def test_what_is_no_output_folder_takes_one_line(tmp_path, capsys):
    (tmp_path / "other").mkdir()
    (tmp_path / "file").write_text("")
    for name in ("other", "file", "none"):
        status, lines = verified(capsys, tmp_path / name)
        assert status == 2
        assert len(lines) == 1
        assert name in lines[0]


def test_a_manifest_cannot_lead_outside(folder, capsys):
    told = json.loads((folder / "manifest.json").read_text())
    del told["sha256"]
    told["files"]["../../etc/passwd"] = "0"
    from scenarios.verify import _sealed

    (folder / "manifest.json").write_text(_sealed(told))
    status, lines = verified(capsys, folder)
    assert (status, len(lines)) == (2, 1)
    assert "is no name of a file within it" in lines[0]


def test_a_finished_sweep_without_its_page_says_so_and_gets_it_again(home, capsys):
    assert main(SWEEP) == 0
    right = contents(home / "out")
    assert verified(capsys, "out") == (0, [])
    (home / "out" / "index.html").unlink()
    (home / "out" / "metrics.json").write_text("{}")
    assert verified(capsys, "out")[0] == 2
    assert main(SWEEP) == 0
    said = capsys.readouterr()
    assert "index.html: is missing; it was written again from the results" in said.err
    assert "metrics.json: is not as it was written (its digest differs); it was written again" in said.err
    assert "was finished already" in said.out
    assert contents(home / "out") == right
    assert main(SWEEP) == 0
    assert capsys.readouterr().err == ""


def test_a_finished_sweep_sweeps_away_what_a_killed_replacement_has_left(home):
    assert main(SWEEP) == 0
    right = contents(home / "out")
    told = subprocess.check_output(
        [sys.executable, "-c", "import os; print(os.getpid())"]
    )  # of a process that has ended
    shutil.copytree(home / "out", home / f".out.old-{int(told)}")
    work_folder(home / "out").mkdir()  # its marker went last
    assert main(SWEEP) == 0
    assert contents(home / "out") == right
    assert [path.name for path in home.glob("*out*")] == ["out"]


def test_damaged_results_are_refused_and_computed_anew_when_asked(home, capsys):
    assert main(SWEEP) == 0
    results = home / "out" / "results.parquet"
    right = contents(home / "out")
    for place in (10, len(right["results.parquet"]) // 2, len(right["results.parquet"]) - 5):
        wrong = bytearray(right["results.parquet"])
        wrong[place] ^= 4
        results.write_bytes(wrong)
        capsys.readouterr()
        assert main(SWEEP) == 2
        line = capsys.readouterr().err
        assert "results.parquet: is not as it was written (its digest differs); --restart computes it anew" in line
        assert line.count("\n") == 1
    assert main([*SWEEP, "--restart"]) == 0
    assert contents(home / "out") == right


def test_a_chunk_counts_in_its_own_place_alone(home, capsys):
    from scenarios.sweep import Options, parse_grid

    axes = [f"{BAND}=0.01,0.03", f"{LAG}=0,1"]
    interrupted(home, parse_grid(axes), Options(chunk=1), 4)
    same = ["sweep", "small.toml", "--data", "data", "--out", "out", "--chunk", "1", "--quiet"]
    same += [part for axis in axes for part in ("--grid", axis)]
    chunks = sorted(work_folder(home / "out").glob("chunk-*.parquet"))
    held = {path: path.read_bytes() for path in chunks}
    count = 0

    def refused(path):
        capsys.readouterr()
        assert main(same) == 2
        line = capsys.readouterr().err
        assert line.count("\n") == 1
        assert f"{path.name} is damaged, or not in its place" in line

    for path, other in zip(chunks, [*chunks[1:], chunks[0]], strict=True):
        flipped = bytearray(held[path])
        flipped[len(flipped) // 2] ^= 1
        for wrong in (held[other], bytes(flipped), b"", held[path][:-1]):
            path.write_bytes(wrong)
            refused(path)
            count += 1
        path.write_bytes(held[path])
    moved = chunks[0].with_name(chunks[1].name.replace("chunk-000001", "chunk-000000"))
    shutil.copy(chunks[1], moved)  # with its digest in its name, in another's place
    refused(moved)
    moved.unlink()
    assert count == 4 * len(chunks) >= 12
    assert main(same) == 0
