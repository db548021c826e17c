"""The benchmark runs whole, on a small scale: how fast is for people to read, not for a test to decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import main, phases, telegram
from tests.bench.measuring import HTTP, QUICK, TURNS
from tests.bench.webhook import BARE, PRODUCT

TOO_FAST = "refused for being too fast"


def test_every_row_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "140")

    main(["--quick"])

    lines = capsys.readouterr().out.splitlines()
    rows = [tuple(cell.strip() for cell in line.split("│")[1:-1]) for line in lines if line.count("│") > 2]
    answers = [row for row in rows if row[0] in (TURNS, HTTP)]
    assert [row[:3] for row in answers] == [
        (way, f"{stored:,}", str(load.people))
        for way, stored in ((TURNS, 0), (TURNS, QUICK.stored), (HTTP, 0))
        for load in QUICK.loads
    ]
    assert [row[:2] for row in rows if row[0].startswith("ceiling")] == [
        ("ceiling: bare sqlite3", "0"),
        ("ceiling: bare sqlite3", f"{QUICK.stored:,}"),
    ]
    measured = [row[0] for row in rows if row[-1] in ("reached", "MISSED")]
    for what in (
        "part of the ceiling", "cost with", "statements a turn", "memory", "memory for a file", "start to first reply",
        "plans",
    ):  # fmt: skip
        assert any(name.startswith(what) for name in measured), what
    assert not any(line.startswith(("SCAN", "ANOTHER PLAN")) for line in lines)
    assert {what for _, _, what in phases.FUNCTIONS} | {phases.SQLITE, phases.COMMIT} <= {row[0] for row in rows}
    assert [row[0] for row in rows if row[0] in (PRODUCT, BARE)] == [PRODUCT, BARE]
    assert any(row[0].startswith("turns:") for row in rows)
    promised = [
        row for row in rows if row[0].startswith((f"{telegram.QUICK.messages} messages", f"{TOO_FAST} (429)", "twice"))
    ]
    assert [row[1:] for row in promised] == [("0", "0", "reached")] * 3
    by_wecom = [
        row
        for row in rows
        if row[0].startswith(("lost (", "dropped by WeCom", "seen twice", "the same, not taken")) or row[0] == TOO_FAST
    ]
    assert [row[1:] for row in by_wecom] == [("0", "0", "reached")] * 5


def test_every_answer_that_was_given_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who is asked again gives no answer; people here read the question, so all of theirs are taken."""
    from tests.bench import turns, worlds
    from tests.bench.turns import Load

    world = worlds.make(tmp_path / "demo", 3)
    run = turns.run(world, Load(3, 10))
    assert run.answers == len(run.waits) == 30

    world.reset()
    assert world.answered() == 0
    assert turns.run(world, Load(3, 10)).answers == 30


def test_two_hundred_megabytes_come_in_flat_memory(tmp_path: Path) -> None:
    from tests.bench import service, uploads, worlds
    from tests.bench.tables import AIMS

    with service.started(worlds.make(tmp_path / "demo", 2)) as running:
        carried = uploads.carried(running, 200)
    assert carried.grown is None or carried.grown < AIMS["upload"]
