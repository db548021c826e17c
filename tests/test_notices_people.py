"""Who sees what of a notice: its content, its attachments, its receipts, and what is kept of people with it."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from bot import downloads, lots
from bot.actions import Made, Stored
from bot.lots import LOT
from bot.turn import Turn
from handlers import notice_chase, notice_list
from handlers.notice_copies import copy_at
from models import evidence, outgoing
from models.notices import copies
from models.notices.audience import Audience, Scope
from models.people import Level
from tests.notice_board import AUTHOR, Board
from tests.test_personal_data import downloaded, erase, leaves
from tests.world import Phone, World, text_of

BY = date(2026, 8, 21)
READER, HEAD = "就业促进科法治员", "就业促进科负责人"
MARK = "金丝雀"


@pytest.fixture
def board(world: World) -> Board:
    return Board(world)


def unit_of(board: Board, name: str) -> tuple[int, ...]:
    return tuple(one for (one,) in board.world.rows(
        "SELECT id FROM unit WHERE name = ? AND bureau_id = ?", name, board.bureau))  # fmt: skip


def attachment(board: Board, name: str = "清单.pdf") -> int:
    """A piece that is here; its id."""

    def work(db: Any) -> int:
        piece = evidence.announce(db, {
            "bureau_id": board.bureau, "unit_id": None, "stage": "receiving", "purpose": evidence.Purpose.NOTICE.value,
            "name": name, "size": 9, "kind": "file", "upload": None, "dated": None,
            "person_id": int(board.author.address), "channel": "web", "created_at": board.world.clock.now(),
        })  # fmt: skip
        kept = board.world.store.keep(b"%PDF-1.7\n%%EOF\n")
        evidence.store(db, evidence.by_id(db, piece), mime="application/pdf", sha256=kept, size=15)
        return piece

    return int(board.do(work))


def have(board: Board, phone: Phone, kind: str, the_id: int) -> Stored | Made | None:
    return downloads.find(board.world.assistant, board.world.store, phone.channel, phone.address, kind, the_id)


# Content and attachments


def test_an_attachment_is_for_who_has_a_copy_and_for_who_sends_it(board: Board) -> None:
    piece = attachment(board)
    reader, other, head = (board.world.phone(one) for one in (READER, "劳动关系科负责人", HEAD))
    section = board.world.phone("法制科科长")
    notice = board.send(files=(piece,), audience=Audience(Scope.BUREAU, units=unit_of(board, "就业促进科")).stored())
    assert have(board, reader, "notice_file", piece) is None, "it has not gone out"
    board.passes(seconds=60)
    assert isinstance(have(board, reader, "notice_file", piece), Stored)
    assert isinstance(have(board, head, "notice_file", piece), Stored)
    assert isinstance(have(board, section, "sent_file", piece), Stored)
    assert have(board, section, "notice_file", piece) is have(board, other, "notice_file", piece) is None
    assert have(board, reader, "sent_file", piece) is None
    board.author.say("通知")
    board.author.press("查看1")
    board.author.press("撤回")
    board.author.say("有误")
    assert have(board, reader, "notice_file", piece) is None, "it was withdrawn"
    assert isinstance(have(board, section, "sent_file", piece), Stored)
    assert board.row(notice).state == "withdrawn"


def test_an_attachment_of_what_is_internal_stays_on_the_page(board: Board) -> None:
    piece = attachment(board)
    page, chat = board.world.phone(READER), board.world.phone(READER, "telegram")
    board.send(files=(piece,), confidential=True)
    board.passes(seconds=60)
    found = have(board, page, "notice_file", piece)
    assert isinstance(found, Stored)
    assert found.private
    assert have(board, chat, "notice_file", piece) is None


def test_of_what_is_internal_nothing_is_said_in_a_chat_outside(board: Board) -> None:
    """Everybody presses whatever a chat offers, and answers there and on the page."""
    cast = (AUTHOR, "法制科科长", READER, HEAD)
    chats = [board.world.phone(one, "telegram") for one in cast]
    pages = [board.world.phone(one) for one in cast]
    board.send(f"{MARK}题", text=f"{MARK}文", question=f"{MARK}问", receipt=True, receipt_by=BY, confidential=True)
    board.passes(seconds=60)
    for phone in (*chats, *pages, *chats):
        phone.say("通知")
        for label in (
            "查看1",
            "收到",
            "查看内容",
            "查看正文",
            "名单",
            "已确认1人",
            "已确认2人",
            "下载名单",
            "催办",
            "电话名单",
        ):
            if label in phone.labels():
                phone.press(label)
        phone.say("收到的通知")
        if "查看1" in phone.labels():
            mine = phone.press("查看1")
            for label in ("查看内容", "收到")[: len(phone.labels())]:
                phone.press(label, of=mine)
            phone.say(f"{MARK}答")
        board.passes(minutes=1)
    pages[0].say("通知")
    pages[0].press("查看1")
    pages[0].press("撤回")
    pages[0].say(f"{MARK}由")
    board.passes(minutes=1)
    assert board.world.rows("SELECT count(*) FROM receipt WHERE confirmed_at IS NOT NULL") == [(3,)]
    assert MARK in str(board.world.rows("SELECT answer, reason FROM receipt, notice WHERE answer IS NOT NULL"))
    told = board.world.rows("SELECT count(*) FROM outgoing WHERE channel = 'telegram'")[0][0]
    assert told > 20
    assert board.world.rows(f"SELECT body FROM outgoing WHERE channel = 'telegram' AND body LIKE '%{MARK}%'") == []


# Lists


def test_a_head_sees_older_notices_behind_those_from_above(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_list, "PAGE", 1)
    head = board.world.phone(HEAD)
    [(unit,)] = board.world.rows("SELECT unit_id FROM post WHERE person_id = ? AND role = 'head'", int(head.address))
    meant = Audience(Scope.BUREAU, units=(unit,)).stored()
    board.send("本局一", audience=meant)
    board.send("本局二", audience=meant)
    above = Board.__new__(Board)
    above.world, above.author = board.world, board.world.phone(AUTHOR, bureau="东江市人社局")
    [(above.bureau,)] = board.world.rows("SELECT id FROM bureau WHERE name = '东江市人社局'")
    below = Audience(Scope.BELOW, levels=(Level.COUNTY,)).stored()
    for title in ("上级一", "上级二"):
        above.send(title, audience=below)
    board.passes(seconds=60)
    board.do(lambda db: db.execute(f"UPDATE receipt SET unit_id = {unit} WHERE notice_id > 2"))
    assert "本局二" in text_of(head.say("通知"))
    assert "本局一" in text_of(head.press("更早的"))
    assert "上级" not in "".join(text_of(one) for one in head.seen if text_of(one).startswith("本部门"))


# 催办


def test_who_confirms_before_a_chase_goes_out_does_not_get_it(board: Board) -> None:
    done, open_ = board.world.phone(HEAD), board.world.phone(READER)
    notice = board.send(receipt=True, receipt_by=BY)
    board.passes(seconds=60)
    done.press("收到")
    body = {LOT: [notice_chase.CHASED, notice]}

    def goes_on(phone: Phone) -> bool:
        return bool(board.world.assistant.look("web", phone.address, lambda turn: lots.goes_on(turn, body)))

    assert (goes_on(done), goes_on(open_)) == (False, True)


def test_a_copy_that_does_not_get_there_for_long_keeps_no_chase_waiting(board: Board) -> None:
    notice = board.send(receipt=True, receipt_by=BY)
    board.passes(seconds=60)
    [(stuck, person)] = board.world.rows("SELECT outgoing_id, person_id FROM receipt ORDER BY person_id LIMIT 1")
    board.do(lambda db: db.execute(f"UPDATE outgoing SET state = 'waiting' WHERE id = {stuck}"))
    board.author.say("通知")
    board.author.press("查看1")
    assert "催办" not in board.author.labels()
    board.passes(minutes=10)
    board.author.say("通知")
    board.author.press("查看1")
    assert "向未确认的 23 人催办" in text_of(board.author.press("催办"))
    board.passes(minutes=1)
    chased = board.world.rows("SELECT person_id FROM receipt WHERE chases = 1")
    assert len(chased) == 23
    assert (person,) not in chased
    assert board.figures(notice).underway == 1


# What is kept of people


def test_an_export_has_what_somebody_was_sent_and_answered(board: Board) -> None:
    reader, section = board.world.phone(READER), board.author
    board.send("例会", receipt=True, receipt_by=BY, question="由谁办理")
    board.passes(seconds=60)
    reader.press("收到")
    reader.say("=由我办理")
    section.say("导出个人信息")
    section.say(READER)
    told = section.press("导出个人信息")
    assert told is not None
    made = downloaded(board.world, section, int(told.body["file"]["url"].rpartition("/")[2]))
    assert made is not None
    sheet = load_workbook(BytesIO(made.content))["收到的通知"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[1][1:] == ["示范区人社局", "例会", "2026-08-19 09:01", "网页", "=由我办理"]


def test_who_is_erased_leaves_the_figures_as_they_were_and_no_word(board: Board) -> None:
    reader = board.world.phone(READER)
    notice = board.send(receipt=True, receipt_by=BY, question="由谁办理")
    board.passes(seconds=60)
    reader.press("收到")
    reader.say(f"{MARK}办理")
    before = board.figures(notice)
    leaves(board.world, reader, date(2026, 8, 19))
    assert "已删除" in erase(board.author, READER)
    assert board.figures(notice) == before
    [one] = [one for one in board.world.database.read(
        lambda db: copies.all_of(db, board.row(notice))) if one.name == "已删除人员"]  # fmt: skip
    assert (one.confirmed_at is not None, one.answer) == (True, "")
    mine = "SELECT count(*) FROM receipt JOIN outgoing ON outgoing.id = outgoing_id WHERE receipt.person_id = ?"
    assert board.world.rows(mine, int(reader.address)) == [(1,)]
    assert board.world.rows("SELECT count(*) FROM outgoing WHERE person_id = ?", int(reader.address)) == [(0,)]
    assert board.world.rows(f"SELECT body FROM outgoing WHERE body LIKE '%{MARK}%'") == []


def test_what_still_waits_for_who_is_erased_is_not_sent(board: Board) -> None:
    reader = board.world.phone(READER)
    notice = board.send()
    board.passes(seconds=60)
    row = board.world.rows("SELECT outgoing_id FROM receipt WHERE person_id = ?", int(reader.address))[0][0]
    board.do(lambda db: db.execute(f"UPDATE outgoing SET state = 'waiting' WHERE id = {row}"))
    leaves(board.world, reader, date(2026, 8, 19))
    erase(board.author, READER)
    found = board.world.database.read(lambda db: outgoing.row(db, row))
    assert found is not None
    assert (found.state, found.reference, found.address) == (outgoing.GONE, outgoing.Why.LEFT, "")
    assert board.figures(notice).failed == 1


def test_nobody_reads_another_ones_page(board: Board) -> None:
    reader, other = board.world.phone(READER), board.world.phone("劳动关系科负责人")
    notice = board.send(audience=Audience(Scope.BUREAU, units=unit_of(board, "就业促进科")).stored())
    board.passes(seconds=60)

    def reads(turn: Turn) -> bool:
        return copy_at(turn, notice) is not None

    assert board.world.assistant.look("web", reader.address, reads)
    assert not board.world.assistant.look("web", other.address, reads)
    assert not board.world.assistant.look("web", board.author.address, reads)
