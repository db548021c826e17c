"""reminders preview: what it prints is what then happens, and nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.operating import reminders as reminder_commands
from bot.operating.catalogue import Stopped
from bot.operating.reminders import Expected
from bot.render import Words
from tests import postgres
from tests.chores import Case, case, moment, text_of
from tests.dialogue_screens import all_words
from tests.test_catalogue_commands import Installation, installation  # noqa: F401  (a fixture)
from tests.test_concurrency import PostgresWorld
from tests.world import CHANNELS, World

DEADLINE = moment("2026-09-09", "17:30")


@pytest.fixture(params=["sqlite", "postgres"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Case, str]]:
    world: World
    if request.param == "sqlite":
        world = World(tmp_path, all_words())
        url = f"sqlite:///{world.place}"
    else:
        url = postgres.fresh_copy(request.getfixturevalue("postgres_server"), f"p{abs(hash(request.node.name))}")
        world = PostgresWorld(tmp_path, url)
        world.words = all_words()
    with case(world) as made:
        yield made, url


def previewed(made: Case, url: str, first: str, last: str) -> list[Expected]:
    name, context = reminder_commands.preview(url, CHANNELS, first, last, made.world.clock.now())
    assert name == "reminders_preview"
    found: list[Expected] = context["found"]
    return found


def kept(made: Case) -> list[Any]:
    """Everything that could be kept of it."""
    counts = [made.world.rows(f"SELECT count(*) FROM {table}") for table in ("outgoing", "reminded", "auditentry")]
    return [*counts, made.world.rows("SELECT id, state, not_before FROM reminder ORDER BY id")]


def test_what_is_foretold_happens_and_nothing_of_it_is_kept(anywhere: tuple[Case, str]) -> None:
    made, url = anywhere
    chore = made.due.add("自评", DEADLINE, made.me, made.other)
    for day, at in ((2, "09:00"), (4, "21:30"), (8, "16:00"), (9, "15:00")):
        chore.rung(moment(f"2026-09-0{day}", at), urgent=day > 7)
    made.process.tick()
    before = kept(made)
    foretold = previewed(made, url, "2026-09-01", "2026-09-09")
    assert kept(made) == before
    assert not list(Path(url.removeprefix("sqlite:///")).parent.glob("tmp*"))
    happened = []
    for one in sorted({one.at for one in foretold}):
        made.world.clock._now = one
        happened += [(one, text_of(row)) for row in made.process.tick()]
    assert [(one.at, "\n".join(one.lines)) for one in foretold] == happened
    assert len(happened) == 8
    assert [one.is_digest for one in foretold[::2]] == [True, True, False, False]


def test_days_before_the_first_are_lived_through_but_not_shown(reminded: Case) -> None:
    url = f"sqlite:///{reminded.world.place}"
    for day in ("2026-09-02", "2026-09-03"):
        reminded.due.add(day, DEADLINE, reminded.me).rung(moment(day))
    found = previewed(reminded, url, "9月3日", "9月3日")
    assert [(one.name, one.unit, one.lines) for one in found] == [
        ("法制科法治联络员", "法制科", ["今天（9月3日）您有 1 件事：", "· 2026-09-03"])
    ]
    assert previewed(reminded, url, "", "") == []


def test_what_rests_on_days_not_announced_is_marked(reminded: Case) -> None:
    reminded.due.add("自评", None, reminded.me).rung(moment("2027-03-01"), provisional=True)
    context: dict[str, Any]
    _, context = reminder_commands.preview(
        f"sqlite:///{reminded.world.place}", CHANNELS, "2027-03-01", "2027-03-01", reminded.world.clock.now()
    )
    assert Words().text("commands", "reminders_preview", **context) == (
        "按现在的情况推算，2027年3月1日至2027年3月1日会发出 1 条提醒：\n\n2027年3月1日（星期一）\n"
        "09:00　示范区人社局 法制科 法制科法治联络员　汇总（放假安排未公布，日期可能变动）\n"
        "　　　　今天（3月1日）您有 1 件事：\n　　　　· 自评"
    )


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("2026-09-03", "2026-09-02", "开始日期 2026-09-03 在结束日期 2026-09-02 之后。请更正 --from 和 --to。"),
        ("2026-02-30", "", "日期写得不正确。请写日期，例：--from 2026-09-01 --to 2026-09-10。"),
        ("", "某一天", "日期写得不正确。请写日期，例：--from 2026-09-01 --to 2026-09-10。"),
        ("2026-08-01", "2026-08-18", "2026-08-18 已经过去，今天是 2026-08-19。请把 --to 改为今天或以后的日期。"),
        ("", "2027-09-23", "最多推算 400 天。请把 --to 改为较近的日期。"),
    ],
)
def test_days_that_cannot_be_foretold_are_refused_in_a_sentence(
    reminded: Case, first: str, last: str, sentence: str
) -> None:
    with pytest.raises(Stopped) as stopped:
        previewed(reminded, f"sqlite:///{reminded.world.place}", first, last)
    name, context = stopped.value.sentence
    assert Words().text("commands", name, **context) == sentence


def test_the_command_prints_and_refuses(installation: Installation) -> None:  # noqa: F811
    assert installation.said("reminders", "preview").startswith("按现在的情况推算，")
    assert installation.stopped("reminders", "preview", "--from", "哪天").startswith("日期写得不正确。")
