"""局领导 get notices like anybody else, and are asked nothing: no receipt, no chase, no reminder."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook

from bot import downloads
from bot.actions import Made
from bot.turn import Turn
from handlers import notice_reminders
from models.notices import audience, receipts
from models.notices.audience import Audience, Lacking, Scope
from models.people import Post
from tests.notice_board import AUTHOR, Board
from tests.world import Phone, World, text_of

BY = date(2026, 8, 21)
LEADER = "局领导（分管）"


@pytest.fixture
def board(world: World) -> Board:
    return Board(world)


@pytest.fixture
def leader(board: Board) -> Phone:
    return board.world.phone(LEADER)


def lacking(board: Board, notice: int) -> set[int]:
    """Whom a notice to those who have not confirmed another would go to."""
    meant = Audience(Scope.BUREAU, lacking=Lacking.RECEIPT, of=notice)
    today = board.world.clock.now().date()
    found = board.world.database.read(lambda db: audience.recipients(db, board.bureau, meant, today, 0))
    return {one.person_id for one in found}


def test_a_leader_gets_it_and_is_asked_nothing(board: Board, leader: Phone) -> None:
    clerk, me = board.world.phone("办公室经办"), int(leader.address)
    notice = board.send(receipt=True, receipt_by=BY)
    board.passes(seconds=60)
    assert "周五开会。" in text_of(leader.seen[-1])
    assert "确认" not in text_of(leader.seen[-1])
    assert "收到" not in leader.labels()
    assert "请按“收到”确认" in text_of(clerk.seen[-1])
    figures = board.figures(notice)
    assert (figures.sent, figures.unconfirmed, figures.silent, figures.unasked) == (25, 24, 24, 1)
    assert me not in lacking(board, notice)
    assert int(clerk.address) in lacking(board, notice)
    assert me not in board.do(lambda db: receipts.to_chase(db, notice, 1, 99))


def test_a_leader_is_neither_chased_nor_reminded_nor_on_the_call_list(board: Board, leader: Phone) -> None:
    notice = board.send(receipt=True, receipt_by=BY)
    board.passes(seconds=60)
    seen = len(leader.seen)
    for _ in range(2):
        board.author.say("通知")
        board.author.press("查看1")
        assert "局领导 1 人不需确认" in text_of(board.author.seen[-1])
        board.author.press("催办")
        board.passes(seconds=60)
    board.passes(days=2)
    assert len(leader.seen) == seen
    found: list[int] = []

    def owing(turn: Turn) -> None:
        with turn.within("notice_reminders"):
            for person in (None, int(leader.address)):
                found.extend(one.person for one in notice_reminders.owing(turn, notice, person))

    board.world._by_itself(owing)
    assert len(found) == 24
    assert int(leader.address) not in found
    board.author.say("通知")
    board.author.press("查看1")
    board.author.press("电话名单")
    assert "需电话联系 24 人" in text_of(board.author.seen[-1])


def test_a_leader_who_confirms_all_the_same_changes_nothing(board: Board, leader: Phone) -> None:
    clerk = board.world.phone("办公室经办")
    notice = board.send(receipt=True, receipt_by=BY, question="由谁参加")
    board.passes(seconds=60)
    leader.press("收到", of=clerk.seen[-1])
    assert board.figures(notice).confirmed == 0
    assert board.world.rows("SELECT count(*) FROM conversation WHERE person_id = ?", int(leader.address)) == [(0,)]


def test_a_leader_who_also_works_in_a_unit_is_asked(board: Board, leader: Phone) -> None:
    me = int(leader.address)
    [(unit,)] = board.world.rows("SELECT id FROM unit WHERE name = '办公室' AND bureau_id = ?", board.bureau)
    board.do(lambda db: db.session.add(Post(person_id=me, unit_id=unit, role="head", starts_on=date(2026, 1, 1))))
    notice = board.send(receipt=True, receipt_by=BY)
    board.passes(seconds=60)
    assert "收到" in leader.labels()
    assert board.figures(notice).unasked == 0


def test_a_correction_asks_a_leader_as_little_and_the_workbook_says_so(board: Board, leader: Phone) -> None:
    first = board.send(receipt=True, receipt_by=BY)
    board.passes(seconds=60)
    second = board.send(
        "更正", receipt=True, receipt_by=BY, audience=Audience(Scope.REACHED, of=first).stored(), corrects=first
    )
    board.passes(seconds=60)
    assert board.figures(second).unasked == 1
    assert "收到" not in leader.labels()
    made = downloads.find(board.world.assistant, board.world.store, "web", board.author.address, "notice_xlsx", second)
    assert isinstance(made, Made)
    sheet = load_workbook(BytesIO(made.content)).worksheets[0]
    stands = {row[3]: row[5] for row in sheet.iter_rows(min_row=4, values_only=True)}
    assert stands[LEADER] == "不需确认"
    assert stands["办公室经办"] == "未确认"
    assert AUTHOR not in stands
