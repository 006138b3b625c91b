"""Folders of ours: whole or not at all, only in place of their own kind, and nothing of others removed."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.core import folders
from simulator.core.errors import DataError
from simulator.core.folders import MARKER, Folder, Mark, check_target, inside, read_mark, staged, write_mark
from tests.hostile import NAMES


def write(target, kind="run", **files):
    with staged(target, kind) as stage:
        for name, text in (files or {"index": "page"}).items():
            (stage / f"{name}.html").write_text(text)
        (stage.folder("ledger") / "a.parquet").write_text("books")
        stage.folder("empty")


def tree(home):
    return {str(path.relative_to(home)): path.read_bytes() if path.is_file() else None for path in home.rglob("*")}


@pytest.mark.parametrize("name", [*NAMES, "a/../../b", "a//b", "/etc/passwd", "a/", "./a"])
def test_no_name_leads_out_of_a_folder(name, tmp_path):
    try:
        path = inside(tmp_path / "out", name)
    except DataError:
        return
    assert path.resolve().is_relative_to(tmp_path / "out")


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "a/../../x", "", ".", "..", "a\0", "a\\b", "x" * 256, "a\nb"])
def test_what_leads_elsewhere_is_refused(name, tmp_path):
    with pytest.raises(DataError, match="no name of a file within it"):
        Folder(tmp_path) / name


def test_nothing_is_written_through_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "ledger").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataError, match="is a link"):
        inside(tmp_path / "out", "ledger/a")


def test_the_marker_says_what_a_folder_is_and_what_was_written(tmp_path):
    write(tmp_path / "out")
    assert json.loads((tmp_path / "out" / MARKER).read_text()) == {
        "undertow": "run",
        "version": 1,
        "files": ["empty/", "index.html", "ledger/a.parquet"],
    }
    write(tmp_path / "out", index="new")
    assert (tmp_path / "out" / "index.html").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda out: (out / "notes.txt").write_text("mine"), "holds 'notes.txt', which was not written by the run"),
        (lambda out: (out / "ledger" / "mine.csv").write_text("mine"), "holds 'ledger/mine.csv'"),
        (lambda out: (out / ".git").mkdir(), "holds '.git/'"),
        (lambda out: (out / "empty" / "x").symlink_to("/"), "holds 'empty/x"),
        (lambda out: ((out / "index.html").unlink(), (out / "index.html").symlink_to("/etc/hosts")), "'index.html'"),
        (lambda out: (out / MARKER).unlink(), "holds other things than an earlier output"),
        (lambda out: (out / MARKER).write_text("{"), f"its {MARKER} is damaged"),
        (lambda out: write_mark(out, Mark("sweep")), "holds a finished sweep, and this is a run"),
        (lambda out: (out / MARKER).write_text('{"undertow": "run", "version": 1, "files": ["../x"]}'), "damaged"),
    ],
)
def test_what_is_not_ours_stops_it_and_stays(prepare, message, tmp_path):
    write(tmp_path / "out")
    prepare(tmp_path / "out")
    before = tree(tmp_path)
    with pytest.raises(DataError, match=message) as told:
        write(tmp_path / "out")
    assert "\n" not in str(told.value)
    assert tree(tmp_path) == before


def test_an_output_of_the_version_before_is_not_taken_for_ours(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_text("{}")
    with pytest.raises(DataError, match=r"has a manifest\.json but no \.undertow: written by an earlier version"):
        write(tmp_path / "out")
    assert tree(tmp_path / "out") == {"manifest.json": b"{}"}


@pytest.mark.parametrize(
    "target", [".", "..", "", "x/..", "a\nb", "a\x1b[2J", "file/x", "file/x/y", "x" * 300, "\udcff", "../here", "a\0b"]
)
def test_targets_that_cannot_be_are_refused_in_a_line(target, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Path("file").write_text("x")
    before = tree(tmp_path)
    with pytest.raises(DataError) as told:
        check_target(Path(target), "run")
    assert "\n" not in str(told.value)
    str(told.value).encode()
    assert tree(tmp_path) == before


def test_a_failing_block_leaves_nothing_and_harms_nothing(tmp_path):
    write(tmp_path / "out")
    before = tree(tmp_path)

    def fail(target):
        with staged(target, "run") as stage:
            (stage / "index.html").write_text("half")
            raise ZeroDivisionError

    for target in (tmp_path / "out", tmp_path / "new" / "deep" / "out"):
        with pytest.raises(ZeroDivisionError):
            fail(target)
        assert tree(tmp_path) == before


def dead() -> int:
    """A process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def left(home, name, **mark):
    folder = home / name
    folder.mkdir()
    (folder / "half.html").write_text("half")
    if mark:
        write_mark(folder, Mark(**mark))
    return folder


def test_stages_of_the_dead_are_swept_and_no_others(tmp_path):
    gone = dead()
    left(tmp_path, f".out.stage-{gone}-a", kind="run", pid=gone)
    left(tmp_path, f".out.stage-{gone}-b", kind="run", files=("half.html",))  # sealed, and killed before its renaming
    (tmp_path / f".out.stage-{gone}-c").mkdir()  # killed before its marking
    kept = [
        left(tmp_path, f".out.stage-{os.getppid()}-d", kind="run", pid=os.getppid()),  # alive
        left(tmp_path, f".out.stage-{gone}-e"),  # not ours
        left(tmp_path, f".out.stage-{gone}-f", kind="run", pid=gone, host="elsewhere"),
        left(tmp_path, f".other.stage-{gone}-g", kind="run", pid=gone),
        left(tmp_path, ".out.stage-mine", kind="run", pid=gone),
    ]
    write(tmp_path / "out")
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "out", *kept])


def test_killed_between_two_renames_the_earlier_output_comes_back(tmp_path):
    write(tmp_path / "out", index="first")
    (tmp_path / "out").rename(tmp_path / f".out.old-{dead()}")
    with pytest.raises(ZeroDivisionError), staged(tmp_path / "out", "run"):
        raise ZeroDivisionError
    assert (tmp_path / "out" / "index.html").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_killed_while_the_earlier_output_went_it_goes_on_going(tmp_path):
    write(tmp_path / "out")
    old = tmp_path / f".out.old-{dead()}"
    old.mkdir()
    (old / "index.html").write_text("old")
    (old / "mine.txt").write_text("mine")
    write_mark(old, Mark("run", ("index.html", "gone.html")))
    write(tmp_path / "out")
    assert set(tree(old)) == {"mine.txt", MARKER}
    (old / "mine.txt").unlink()
    write(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_version_is_checked(tmp_path):
    write(tmp_path / "out")
    assert read_mark(tmp_path / "out").kind == "run"
    told = json.loads((tmp_path / "out" / MARKER).read_text())
    (tmp_path / "out" / MARKER).write_text(json.dumps({**told, "version": 2}))
    with pytest.raises(DataError, match="of another version"):
        write(tmp_path / "out")


def test_a_stop_between_the_two_renames_of_a_replacement_puts_the_earlier_one_back(tmp_path, monkeypatch):
    def write(text):
        with staged(tmp_path / "out", "run") as stage:
            (stage / "a").write_text(text)

    write("earlier")
    rename = Path.rename

    def stop(path, to):
        rename(path, to)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", lambda path, to: stop(path, to) if path.name == "out" else rename(path, to))
        with pytest.raises(KeyboardInterrupt):
            write("later")
    assert (tmp_path / "out" / "a").read_text() == "earlier"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_stage_that_cannot_be_marked_is_not_left(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folders, "write_mark", full)
    with pytest.raises(DataError, match="cannot be written: No space left on device"), staged(tmp_path / "out", "run"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc")
def test_where_no_folder_can_be_made_a_line_names_the_target():
    with pytest.raises(DataError, match=r"^/proc/x: cannot be written"), staged(Path("/proc/x"), "run"):
        pass
