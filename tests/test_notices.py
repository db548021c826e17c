"""Notices as rows: each copy is queued once, counted once, and taken back where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from bot import lots
from bot.actions import parse
from bot.lots import LOT
from bot.turn import Turn
from handlers import notice_copies, notice_recall, notice_sending
from handlers.notice_receipts import workbook
from models import outgoing
from models.db import Changed, Transaction
from models.notices import audience, notices, receipts
from models.notices.audience import Audience, Scope
from models.notices.notices import State
from models.outgoing import Why
from models.people import Role
from tests import postgres
from tests.notice_board import Board
from tests.test_concurrency import PostgresWorld
from tests.world import Phone, World, text_of

BY = date(2026, 8, 21)


@pytest.fixture(params=["sqlite", "postgres"])
def board(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Board]:
    world: World
    if request.param == "sqlite":
        world = World(tmp_path)
    else:
        server = request.getfixturevalue("postgres_server")
        world = PostgresWorld(tmp_path, postgres.fresh_copy(server, f"n{abs(hash(request.node.name))}"))
    yield Board(world)
    world.close()


def test_it_is_held_for_a_minute_and_then_sent_once_to_everybody_but_its_author(board: Board) -> None:
    phone = board.world.phone("就业促进科负责人")
    notice = board.send()
    board.passes(seconds=59)
    assert board.row(notice).state == State.HELD
    assert phone.seen == []
    board.passes(seconds=1)
    board.passes(seconds=60)
    assert board.row(notice).state == State.SENT
    assert [text_of(one).partition("\n")[0] for one in phone.seen] == ["通知《例会》"]
    assert not [one for one in board.author.seen if "周五开会" in text_of(one)]
    figures = board.figures(notice)
    assert (figures.sent, figures.total) == (25, 25)


def test_somebody_with_several_posts_gets_it_once(board: Board) -> None:
    everybody = Audience(Scope.BUREAU, roles=tuple(Role))

    def twice(db: Transaction) -> list[int]:
        found = audience.recipients(db, board.bureau, everybody, board.world.clock.now().date(), 0)
        return [one.person_id for one in found]

    found = board.world.database.read(twice)
    assert len(found) == len(set(found)) == 26


def test_a_portion_never_takes_more_than_it_may(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_sending, "MOST", 10)
    notice = board.send()
    board.world.clock.pass_(seconds=60)
    queued = []
    while board.world._does(notice_sending.go_out):
        queued.append(board.world.rows("SELECT count(*) FROM receipt WHERE queued_at IS NOT NULL")[0][0])
    assert queued == [0, 10, 20, 25, 25]
    assert board.figures(notice).sent == 25


def test_stopped_half_way_the_figures_add_up_and_the_rest_gets_nothing(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notice_sending, "MOST", 10)
    notice = board.send()
    board.world.clock.pass_(seconds=60)
    for _ in range(2):
        board.world._does(notice_sending.go_out)
    board.author.say("通知")
    board.author.press("查看1")
    board.author.press("停止发送")
    board.passes(seconds=30)
    figures = board.figures(notice)
    assert (figures.total, figures.sent, figures.stopped, figures.failed + figures.underway) == (25, 10, 15, 0)
    assert board.row(notice).state == State.STOPPED
    assert board.row(notice).portions is None


def test_what_waits_when_it_is_stopped_is_gone_but_what_is_being_sent_is_asked_about(board: Board) -> None:
    notice = board.send()
    board.passes(seconds=60)
    first, second = board.world.rows("SELECT outgoing_id FROM receipt ORDER BY person_id LIMIT 2")
    for (row,), state in ((first, outgoing.WAITING), (second, outgoing.RUNNING)):
        board.do(lambda db, row=row, state=state: db.execute(f"UPDATE outgoing SET state = '{state}' WHERE id = {row}"))
    board.author.say("通知")
    board.author.press("查看1")
    board.author.press("停止发送")
    states = dict(board.world.rows("SELECT id, state || ' ' || coalesce(reference, '') FROM outgoing"))
    assert states[first[0]] == f"gone {Why.WITHDRAWN}"
    assert states[second[0]].startswith("running")
    body = {LOT: ["notice", notice]}
    assert not board.world.assistant.look_alone(lambda turn: lots.goes_on(turn, body))
    assert board.world.assistant.look_alone(lambda turn: lots.goes_on(turn, {}))


def test_of_two_who_move_it_at_once_one_wins(board: Board) -> None:
    seen = board.row(board.send())
    board.do(lambda db: notices.move(db, seen, State.WITHDRAWN, seen.author_id, board.world.clock.now()))

    def later(db: Transaction) -> None:
        with pytest.raises(Changed):
            notices.move(db, seen, State.SENDING, seen.author_id, board.world.clock.now())

    board.do(later)


def test_a_notice_that_cannot_be_sent_keeps_no_other_waiting(board: Board) -> None:
    broken, sound = board.send("坏的", audience={"scope": "nobody knows"}), board.send("好的")
    board.passes(seconds=60)
    assert board.row(broken).state == State.HELD
    assert board.row(sound).state == State.SENT


def test_the_text_that_each_got_is_kept_when_it_is_taken_back(board: Board) -> None:
    phone = board.world.phone("就业促进科负责人")
    notice = board.send()
    board.passes(seconds=60)
    got = phone.seen[-1].id
    board.do(lambda db: notices.move(
        db, notices.by_id(db, notice), State.WITHDRAWN, 1, board.world.clock.now(), reason="改期",
        portions=notices.Portions.RECALL,
    ))  # fmt: skip
    while board.world._does(notice_recall.take_back):
        pass
    assert phone.seen[-1].body["edits"] == got
    assert "改期" in text_of(phone.seen[-1])
    assert "周五开会" in str(board.world.database.read(lambda db: outgoing.row(db, got)).body)  # type: ignore[union-attr]
    assert board.world.rows("SELECT count(*) FROM receipt WHERE recalled_at IS NULL") == [(0,)]


def test_confirmed_in_the_list_it_is_not_called_back_though_its_push_waits(board: Board) -> None:
    phone = board.world.phone("就业促进科负责人")
    notice = board.send(receipt=True, receipt_by=BY)
    board.passes(seconds=60)
    row = board.world.rows(f"SELECT outgoing_id FROM receipt WHERE person_id = {phone.address}")[0][0]
    board.do(lambda db: db.execute(f"UPDATE outgoing SET state = 'waiting' WHERE id = {row}"))
    phone.press("收到")
    assert board.do(lambda db: receipts.stop(db, notice, board.world.clock.now())) == 0
    assert board.figures(notice).confirmed == 1


def test_only_who_has_a_copy_can_confirm_it(board: Board) -> None:
    mine, stranger = board.world.phone("就业促进科负责人"), board.world.phone("劳动关系科负责人")
    units = (board.world.rows(f"SELECT id FROM unit WHERE name = '就业促进科' AND bureau_id = {board.bureau}")[0][0],)
    board.send(receipt=True, receipt_by=BY, audience=Audience(Scope.BUREAU, units=units).stored())
    board.passes(seconds=60)
    token = mine.token("收到")
    assert parse(token) is not None
    stranger.deliver(press=token, label="收到")
    assert "没有找到" in text_of(stranger.seen[-1])
    assert board.world.rows("SELECT count(*) FROM receipt WHERE confirmed_at IS NOT NULL") == [(0,)]


def test_it_is_chased_twice_at_most(board: Board) -> None:
    phone = board.world.phone("就业促进科负责人")
    notice = board.send(receipt=True, receipt_by=BY)
    for _ in range(2):
        board.passes(seconds=60)
        _see(board.author)
        board.author.press("催办")
    board.passes(seconds=60)
    _see(board.author)
    assert "催办" not in board.author.labels()
    assert board.row(notice).chases == notices.MOST_CHASES
    assert sum("尚未收到您的确认" in text_of(one) for one in phone.seen) == notices.MOST_CHASES


def _see(author: Phone) -> None:
    author.say("通知")
    author.press("查看1")


def test_the_workbook_says_of_everybody_what_has_become_of_it(board: Board) -> None:
    phone = board.world.phone("就业促进科负责人")
    notice = board.send("=1+1", receipt=True, receipt_by=BY, question="由谁办理")
    board.passes(seconds=60)
    phone.press("收到")
    phone.say("=由法治员办理")

    def made(turn: Turn) -> Any:
        target = workbook(turn, notice)
        return None if target is None else target.value

    found = board.world.assistant.look("web", board.author.address, made)
    sheet = load_workbook(BytesIO(found.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == "通知《=1+1》确认情况"
    assert rows[2] == ["序号", "局", "部门", "姓名", "发出情况", "确认情况", "确认时间", "由谁办理"]
    assert len(rows) == 3 + 25
    mine = next(row for row in rows if row[3] == "就业促进科负责人")
    assert mine[4:6] == ["已发出", "已确认"]
    assert mine[7] == "=由法治员办理"
    head = board.world.assistant.look("web", phone.address, made)
    assert load_workbook(BytesIO(head.content)).active.max_row == 3 + 3
    officer = board.world.phone("就业促进科法治员")
    assert board.world.assistant.look("web", officer.address, made) is None


def test_who_has_confirmed_is_not_reminded(board: Board) -> None:
    done, open_ = board.world.phone("就业促进科负责人"), board.world.phone("就业促进科法治员")
    board.send(receipt=True, receipt_by=BY)
    board.passes(seconds=60)
    done.press("收到")
    told = [len(phone.seen) for phone in (done, open_)]
    for _ in range(4):
        board.passes(days=1)
    assert [len(phone.seen) for phone in (done, open_)] == [told[0], told[1] + 2]
    assert "通知《例会》待确认" in text_of(open_.seen[-1])


def test_what_was_being_sent_when_it_was_stopped_is_taken_back_in_the_list_too(board: Board) -> None:
    phone = board.world.phone("就业促进科负责人")
    notice = board.send()
    board.passes(seconds=60)
    row = board.world.rows(f"SELECT outgoing_id FROM receipt WHERE person_id = {phone.address}")[0][0]
    board.do(lambda db: db.execute(f"UPDATE outgoing SET state = 'running' WHERE id = {row}"))
    board.author.say("通知")
    board.author.press("查看1")
    board.author.press("停止发送")
    board.passes(seconds=20)
    assert board.row(notice).portions == notices.Portions.RECALL, "nobody knows yet what becomes of it"
    board.do(lambda db: db.execute(f"UPDATE outgoing SET state = 'gone', reference = 'withdrawn' WHERE id = {row}"))
    board.passes(seconds=20)
    assert board.row(notice).portions is None
    taken_back = f"SELECT count(*) FROM receipt WHERE recalled_at IS NOT NULL AND person_id = {phone.address}"
    assert board.world.rows(taken_back) == [(1,)]


def test_however_often_it_is_looked_at_few_messages_are_drawn_anew(board: Board) -> None:
    phone = board.world.phone("就业促进科负责人")
    board.send(receipt=True, receipt_by=BY)
    board.passes(seconds=60)
    for _ in range(15):
        phone.say("收到的通知")
        phone.press("查看1")
    before = len(phone.seen)
    phone.press("收到")
    assert len(phone.seen) - before <= notice_copies.FIRST + notice_copies.MOST_AGAIN + 1


def test_who_joins_after_it_went_out_gets_it_then_once(board: Board) -> None:
    person = board.world.person("就业促进科法治联络员")
    board.do(lambda db: db.execute(f"DELETE FROM address WHERE person_id = {person}"))
    notice = board.send(receipt=True, receipt_by=BY)
    board.passes(seconds=60)
    assert board.figures(notice).nowhere == 1
    phone = board.world.phone("就业促进科法治联络员")
    for _ in range(2):
        board.passes(seconds=20)
    assert [text_of(one).partition("\n")[0] for one in phone.seen] == ["通知《例会》"]
    assert board.figures(notice).nowhere == 0
    phone.press("收到")
    assert board.figures(notice).confirmed == 1


def test_who_joins_a_month_later_or_when_it_was_withdrawn_does_not(board: Board) -> None:
    person = board.world.person("就业促进科法治联络员")
    board.do(lambda db: db.execute(f"DELETE FROM address WHERE person_id = {person}"))
    board.send("旧的")
    board.passes(seconds=60)
    board.passes(days=31)
    withdrawn = board.send("撤回的")
    board.passes(seconds=60)
    board.do(lambda db: notices.move(
        db, notices.by_id(db, withdrawn), State.WITHDRAWN, 1, board.world.clock.now()))  # fmt: skip
    phone = board.world.phone("就业促进科法治联络员")
    board.passes(seconds=20)
    assert phone.seen == []
