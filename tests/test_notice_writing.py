"""Writing a notice: names are found, what is stored comes back as it was, and what has moved meanwhile is not overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ZONE
from bot.fields import Option, Reading, Wrong
from bot.flow import Draft as Answered
from bot.messages import Inbound
from bot.turn import Turn
from handlers import notice_files, notice_stored
from handlers.notice_edit import flow
from handlers.notice_write_fields import Listed, Title
from handlers.notice_writing import Writing
from models.db import Changed, Transaction
from models.notices import notices, rewriting
from models.notices.audience import Audience, Lacking, Scope
from models.notices.notices import Draft, State
from models.people import Level, Role
from models.rights import Right
from tests import postgres
from tests.notice_board import Board
from tests.test_concurrency import PostgresWorld
from tests.world import BEGINNING, World, text_of

CONTEXT = Reading(BEGINNING.date(), {})
PEOPLE = (
    Option("1", "甲（就业促进科）"), Option("2", "甲（劳动关系科）"), Option("3", "乙一（就业促进科）"), Option("4", "乙一二（办公室）"),
)  # fmt: skip
TOMORROW = datetime(2026, 8, 20, 9, 30, tzinfo=ZONE).astimezone(UTC)


@pytest.fixture(params=["sqlite", "postgres"])
def board(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Board]:
    world: World
    if request.param == "sqlite":
        world = World(tmp_path)
    else:
        server = request.getfixturevalue("postgres_server")
        world = PostgresWorld(tmp_path, postgres.fresh_copy(server, f"w{abs(hash(request.node.name))}"))
    yield Board(world)
    world.close()


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("就业促进科甲", ("1",)), ("甲（劳动关系科）", ("2",)), ("乙一", ("3",)), ("办公室", ("4",)),
        ("乙一、乙一二，就业促进科甲；\n乙一", ("3", "4", "1")), ("1-3", ("1", "2", "3")), ("1、4", ("1", "4")),
    ],
)  # fmt: skip
def test_people_are_found_by_what_they_are_called(typed: str, keys: tuple[str, ...]) -> None:
    assert Listed(PEOPLE).read(typed, CONTEXT).items == keys


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("甲", "several_listed"),
        ("丙", "not_listed"),
        ("乙一、丙", "not_listed"),
        ("、", "too_few"),
        ("9", "not_listed"),
    ],
)
def test_who_is_not_clearly_meant_is_asked_for_again(typed: str, code: str) -> None:
    with pytest.raises(Wrong) as wrong:
        Listed(PEOPLE).read(typed, CONTEXT)
    assert wrong.value.code == code


def test_a_title_is_one_line() -> None:
    assert Title(60).read(" 关于\n报送的  通知 ", CONTEXT) == "关于 报送的 通知"


def drafted_again(db: Transaction, board: Board, draft: Draft, bureau: str) -> Draft:
    """A notice that was written, as the conversation in which it is changed would write it unchanged."""
    home = board.world.person("法制科经办", bureau)
    turn = Turn(db, board.world.assistant._house, Inbound("web", str(home), "n"), board.world.clock.now())
    turn.recognise()
    post = turn.acts(Right.WRITE_NOTICE)
    assert post is not None
    whole = replace(draft, bureau=post.bureau_id)
    row = notices.by_id(db, notices.write(db, whole, home, post.id, turn.now))
    place = flow.walk(Answered(notice_stored.answers_of(turn, row, timed=True)), Writing(turn, post.bureau_id, row))
    assert place.current is None
    return replace(
        place.answers.facts.draft(place.answers, notice_files.here(turn, place.answers.files)), bureau=draft.bureau
    )


@pytest.mark.parametrize(
    ("meant", "bureau"),
    [
        (Audience(Scope.BUREAU), "示范区人社局"),
        (Audience(Scope.BUREAU, roles=(Role.HEAD, Role.LIAISON)), "示范区人社局"),
        (Audience(Scope.BUREAU, lacking=Lacking.NOT_JOINED), "示范区人社局"),
        (Audience(Scope.BUREAU, roles=(Role.LIAISON,), lacking=Lacking.CHECKLIST), "示范区人社局"),
        (Audience(Scope.BELOW), "示范省人社厅"),
        (Audience(Scope.BELOW, levels=(Level.CITY,)), "示范省人社厅"),
        (Audience(Scope.BELOW, levels=(Level.COUNTY,), lacking=Lacking.CHECKLIST), "示范省人社厅"),
    ],
)
@pytest.mark.parametrize("more", [
    {}, {"receipt": True, "receipt_by": date(2026, 8, 21), "question": "由谁参加"}, {"confidential": True, "receipt": False},
])  # fmt: skip
def test_what_is_changed_begins_as_it_stands(board: Board, meant: Audience, bureau: str, more: dict[str, Any]) -> None:
    draft = Draft(0, "例会", "周五开会。", meant.stored(), TOMORROW, scheduled=True, **more)
    assert board.do(lambda db: drafted_again(db, board, draft, bureau)) == draft


def test_units_people_and_one_bureau_below_begin_as_they_stand(board: Board) -> None:
    unit, person = board.world.rows("SELECT unit_id, person_id FROM post WHERE unit_id IN (SELECT id FROM unit WHERE bureau_id = "
                                    f"{board.bureau}) ORDER BY id LIMIT 1")[0]  # fmt: skip
    for meant, bureau in (
        (Audience(Scope.BUREAU, units=(unit,)), "示范区人社局"), (Audience(Scope.NAMED, persons=(person,)), "示范区人社局"),
        (Audience(Scope.BELOW, under=board.bureau), "东江市人社局"),
    ):  # fmt: skip
        draft = Draft(0, "例会", "周五开会。", meant.stored(), TOMORROW, scheduled=True)
        assert board.do(lambda db, draft=draft, bureau=bureau: drafted_again(db, board, draft, bureau)) == draft


def test_what_has_gone_out_or_been_changed_meanwhile_is_not_rewritten(board: Board) -> None:
    notice = board.send(scheduled=True)
    before = board.row(notice)
    assert before.state == State.SCHEDULED
    draft = Draft(board.bureau, "改过的", "改过的正文", before.audience, TOMORROW, scheduled=True)
    now = board.world.clock.now()
    board.do(lambda db: rewriting.rewrite(db, before, draft, before.author_id, now))
    assert (board.row(notice).title, board.row(notice).version) == ("改过的", before.version + 1)
    held = board.row(board.send())

    def refused(db: Transaction) -> None:
        for row in (before, held):
            with pytest.raises(Changed):
                rewriting.rewrite(db, row, draft, before.author_id, now)

    board.do(refused)


def test_a_preview_that_shows_less_than_is_there_by_now_is_not_sent(board: Board) -> None:
    for said in ("写通知", "例会", "见附件。"):
        board.author.say(said)
    preview = board.author.press("全局人员")
    board.author.send_file("日程.pdf", b"%PDF-1.4\n%%EOF\n")
    assert "附件：日程.pdf" in text_of(board.author.seen[-1])
    assert "内容有变动" in text_of(board.author.press("发出", of=preview))
    assert board.world.rows("SELECT count(*) FROM notice") == [(0,)]
    board.author.press("发出")
    assert board.world.rows("SELECT count(*) FROM noticefile") == [(1,)]
