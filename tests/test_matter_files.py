"""Files of matters: taken in by the rules of evidence, and nobody's but of those who may see the matter."""

from __future__ import annotations

import uuid

import pytest

from bot import downloads
from models.matters import files
from tests import sample_files as samples
from tests import sample_secrets
from tests.dialogue_files import whole
from tests.sample_matters import OPENER, REVIEWER, matter
from tests.sample_secrets import MARK
from tests.world import CHANNELS, Phone, World, text_of

PDF = samples.SAMPLES["pdf"]
CONTACT, SECTION = "法制科法治联络员", "法制科经办"
MEGABYTE = 1024 * 1024


@pytest.fixture
def phone(world: World) -> Phone:
    """Somebody who is asked for the attachments of a matter."""
    return asked(world.phone(OPENER))


def asked(phone: Phone, private: str = "非内部") -> Phone:
    for press in ("合同协议签署", private, "不经局长办公会审议"):
        if press == "合同协议签署":
            phone.say("提请审核")
        phone.press(press)
    phone.say("某某采购合同")
    phone.say("请审核付款条件")
    assert text_of(phone.seen[-1]).startswith("请发送审材料")
    return phone


def submitted(phone: Phone) -> int:
    """The matter, once nothing more is to be brought."""
    phone.press("没有了")
    if "名单以外的人承办" in phone.labels():
        phone.press("名单以外的人承办")
    phone.press("提交")
    return int(phone.world.rows("SELECT max(id) FROM matter")[0][0])


def put_to(world: World, the_id: int) -> list[str]:
    return world.database.read(lambda db: files.names(db, the_id))


def has(world: World, person: str, kind: str, the_id: int, channel: str = "web") -> bool:
    """Whether somebody gets a file of a kind."""
    found = downloads.find(world.assistant, world.store, channel, world.phone(person, channel).address, kind, the_id)
    return found is not None


def test_each_is_answered_once_when_it_is_here(phone: Phone) -> None:
    before = len(phone.seen)
    phone.send_file("合同.pdf", PDF)
    assert [text_of(one) for one in phone.seen[before:]] == ["已收到 合同.pdf（1 KB）。\n还有吗？"]
    assert phone.labels() == ["没有了", "返回", "删去这份"]


def test_what_was_brought_stands_with_the_matter(world: World, phone: Phone) -> None:
    phone.send_file("合同.pdf", PDF)
    phone.say("https://www.gov.cn/1.html")
    the_id = submitted(phone)
    assert put_to(world, the_id) == ["合同.pdf", "https://www.gov.cn/1.html"]
    assert world.rows("SELECT DISTINCT purpose, number FROM evidence") == [("matter", None)]
    assert world.rows("SELECT DISTINCT what, object FROM auditentry WHERE what LIKE 'matter.file%'") == [
        ("matter.file", "matter_file")
    ]


def test_it_stands_in_no_box_and_proves_nothing(world: World, phone: Phone) -> None:
    """Not even for the same person, who also answers indicators."""
    phone.send_file("政务服务网上可办率佐证.pdf", PDF)
    submitted(phone)
    phone.say("证据箱")
    assert "政务服务" not in text_of(phone.seen[-1])
    (the_id,) = world.rows("SELECT id FROM evidence")[0]
    for code in ("evw", "evs", "evd", "evr", "evt", "evo", "evk", "evu", "ri.box"):
        for who in (phone, world.phone(CONTACT)):
            told = who.deliver(press=f"{code}-{the_id}-0")
            assert told is not None
            assert "政务服务" not in text_of(told), code
            assert "没有找到" in text_of(told) or "职责范围" in text_of(told), code
    assert world.rows("SELECT count(*) FROM evidenceuse") == [(0,)]
    assert world.rows("SELECT stage FROM evidence") == [("stored",)]


def test_the_same_content_elsewhere_is_not_given_away(world: World, phone: Phone) -> None:
    phone.send_file("合同.pdf", PDF)
    submitted(phone)
    contact = world.phone(CONTACT)
    assert text_of(contact.send_file("总结.pdf", PDF)).startswith("证-0001 已入库：总结.pdf。已放入证据箱。"), (
        "and first"
    )
    again = asked(world.phone(OPENER, "terminal"))
    assert text_of(again.send_file("合同.pdf", PDF)) == "已收到 合同.pdf（1 KB）。\n还有吗？"
    assert "内容与 合同.pdf 相同" in text_of(again.send_file("合同副本.pdf", PDF))


def test_a_roster_among_them_is_no_roster_to_import(world: World) -> None:
    from tests import sample_rosters

    officer = world.phone(SECTION)
    the_id = matter(world.database, world.clock.now(), kind="litigation", route="", opener=SECTION)
    officer.deliver(press=f"mt.add-{the_id}-0")
    officer.send_file("名册.xlsx", sample_rosters.as_written("两局"))
    assert text_of(officer.seen[-1]).startswith("已收到 名册.xlsx")


def test_what_is_still_coming_holds_the_submission_up(world: World, phone: Phone) -> None:
    upload = phone.announce("录像.mp4", 30 * MEGABYTE)
    assert upload is not None
    assert "接收中" in text_of(phone.seen[-1]), "that takes its time"
    phone.press("没有了")
    phone.press("名单以外的人承办")
    phone.press("提交")
    assert text_of(phone.seen[-1]).startswith("录像.mp4 还在接收，收到后再提交。")
    assert world.rows("SELECT count(*) FROM matter") == [(0,)]
    phone.deliver(f"cancel:{upload}", work=("look", {"upload": upload, "unfit": {"code": "interrupted", "params": {}}}))
    assert text_of(phone.seen[-1]).startswith("录像.mp4 没有收到。传输中断，请重新发送。\n请发送审材料")
    phone.send_file("合同.pdf", PDF)
    phone.press("没有了")
    phone.press("提交")
    assert world.rows("SELECT e.name FROM matterfile f JOIN evidence e ON e.id = f.evidence_id") == [("合同.pdf",)]


def test_what_does_not_come_is_asked_for_again_whatever_was_done_meanwhile(world: World, phone: Phone) -> None:
    upload = phone.announce("合同.pdf", 9)
    phone.say("没有了")
    phone.press("名单以外的人承办")
    assert "材料 1 份" in text_of(phone.seen[-1])
    summary = phone.token("提交")
    phone.say("更正我的信息")
    phone.deliver(f"cancel:{upload}", work=("look", {"upload": upload, "unfit": {"code": "interrupted", "params": {}}}))
    assert text_of(phone.seen[-1]) == "合同.pdf 没有收到。传输中断，请重新发送。"
    phone.say("取消")
    assert text_of(phone.seen[-1]).endswith("请发送审材料：文件、照片或链接均可，可发多份。")
    phone.deliver(press=summary)
    assert world.rows("SELECT count(*) FROM matter") == [(0,)]


def test_an_album_is_one_piece(world: World, phone: Phone) -> None:
    album = str(uuid.uuid4())
    pictures = [(f"图{number}.jpg", whole("jpg", str(number))) for number in (1, 2)]
    uploads = [phone.announce(name, len(data), album) for name, data in pictures]
    for upload, (_, data) in zip(uploads, pictures, strict=True):
        assert upload is not None
        phone.bring(upload, data)
    assert text_of(phone.seen[-1]).startswith("已收到 图1.jpg等2张")
    the_id = submitted(phone)
    assert put_to(world, the_id) == ["图1.jpg"]
    (picture,) = world.rows("SELECT max(id) FROM evidencefile")[0]
    assert has(world, REVIEWER, "matter_picture", picture)
    assert has(world, OPENER, "own_picture", picture)
    assert not has(world, OPENER, "matter_picture", picture)
    assert not has(world, CONTACT.replace("法制科", "劳动关系科"), "matter_picture", picture)
    assert not has(world, SECTION, "evidence_file", picture)


def test_nothing_is_left_of_a_marked_file(world: World, phone: Phone) -> None:
    told = phone.send_file("子丑.docx", sample_secrets.docx(MARK, "甲乙丙丁"))
    assert "文件开头标有密级，没有保存" in text_of(told)
    assert world.rows("SELECT count(*) FROM evidence") == [(0,)]
    assert phone.send_file("机密★子丑.pdf", PDF) is not None
    assert world.rows("SELECT count(*) FROM evidence") == [(0,)]
    phone.say("继续")
    assert phone.labels() == ["没有附件", "返回"], "nothing of it is counted"
    phone.send_file("合同.pdf", PDF)
    assert put_to(world, submitted(phone)) == ["合同.pdf"]


def test_the_limits_are_those_of_evidence(world: World, phone: Phone) -> None:
    phone.announce("录像.mp4", 201 * MEGABYTE)
    assert text_of(phone.seen[-1]).startswith("文件共 201 MB，超过上限 200 MB")
    phone.announce("程序.exe", 9)
    assert text_of(phone.seen[-1]).startswith("不能接收 .exe 文件")
    phone.send_file("合同.pdf", b"MZ" + bytes(70))
    assert text_of(phone.seen[-1]).startswith("合同.pdf 没有收到。文件名以 .pdf 结尾")
    for number in range(20):
        phone.send_file(f"附件{number}.pdf", whole("pdf", str(number)))
    phone.announce("又一份.pdf", 9)
    assert text_of(phone.seen[-1]).startswith("最多20份，已经到上限。")
    assert world.rows("SELECT count(*) FROM evidence WHERE stage = 'stored'") == [(20,)]


def test_one_can_be_taken_away_until_it_is_submitted(world: World, phone: Phone) -> None:
    phone.send_file("草稿.pdf", whole("pdf", "1"))
    wrong = phone.token("删去这份")
    phone.press("删去这份")
    assert text_of(phone.seen[-1]).startswith("草稿.pdf 已删去。\n请发送审材料")
    phone.send_file("合同.pdf", PDF)
    right, the_id = phone.token("删去这份"), submitted(phone)
    assert put_to(world, the_id) == ["合同.pdf"]
    assert text_of(phone.deliver(press=right)) == "合同.pdf 已随审核事项报送，不能删去。需要更正的，请补交新的材料。"
    for stranger in (CONTACT, REVIEWER, SECTION):
        assert "没有找到" in text_of(world.phone(stranger).deliver(press=wrong))
    assert put_to(world, the_id) == ["合同.pdf"]


def test_before_it_is_submitted_only_its_bringer_has_it(world: World, phone: Phone) -> None:
    phone.send_file("合同.pdf", PDF)
    (the_id,) = world.rows("SELECT id FROM evidence")[0]
    kinds = ("own_file", "matter_file", "evidence")
    assert [kind for kind in kinds if has(world, OPENER, kind, the_id)] == ["own_file"]
    for other in (CONTACT, REVIEWER, SECTION, "就业促进科负责人"):
        assert not any(has(world, other, kind, the_id) for kind in kinds)
    phone.press("删去这份")
    assert not has(world, OPENER, "own_file", the_id)


@pytest.mark.parametrize("private", ["内部", "非内部"])
def test_then_whoever_may_see_the_matter_has_it_too(world: World, private: str) -> None:
    phone = asked(world.phone(OPENER), private)
    phone.send_file("合同.pdf", PDF)
    submitted(phone)
    (the_id,) = world.rows("SELECT id FROM evidence")[0]
    seen_by = {
        who for who in (OPENER, REVIEWER, SECTION, "法制科科长", "就业促进科负责人", "劳动关系科法治员", "劳动关系科负责人", CONTACT)
        if has(world, who, "matter_file", the_id)
    }  # fmt: skip
    assert seen_by == {REVIEWER, SECTION, "法制科科长", "就业促进科负责人"}
    assert not any(has(world, who, "evidence", the_id) for who in (OPENER, CONTACT, SECTION))
    assert CHANNELS["terminal"].inside
    assert has(world, REVIEWER, "matter_file", the_id, "terminal")
    assert has(world, REVIEWER, "matter_file", the_id, "telegram") == (private == "非内部")


def test_what_is_too_large_for_a_chat_is_brought_by_the_page_whatever_is_asked_meanwhile(world: World) -> None:
    from bot.messages import Into, Piece

    chat = asked(world.phone(OPENER, "telegram"))
    assert "这里每份不超过 20 MB" in text_of(chat.seen[-1])
    chat.announce("录像.mp4", 30 * MEGABYTE)
    assert text_of(chat.seen[-1]).startswith("通过这里最多接收 20 MB")
    chat.press("上传较大文件")
    assert "上传这一问的附件" in text_of(chat.seen[-1])
    chat.press("没有附件")
    ((talk, key),) = world.rows("SELECT conversation_id, question FROM uploadlink")
    upload = f"{chat.address}_{uuid.uuid4().hex}_{len(PDF)}"
    chat.deliver(upload, piece=Piece("合同.pdf", len(PDF), upload, into=Into(conversation=talk, question=key)))
    assert text_of(chat.bring(upload, PDF)).startswith("已收到 合同.pdf")
    assert put_to(world, submitted(chat)) == ["合同.pdf"]
    late = f"{chat.address}_{uuid.uuid4().hex}_9"
    chat.deliver(late, piece=Piece("迟.pdf", 9, late, into=Into(conversation=talk, question=key)))
    assert "没有找到" in text_of(chat.seen[-1])
    other = world.phone(CONTACT, "telegram")
    theirs = f"{other.address}_{uuid.uuid4().hex}_9"
    other.deliver(theirs, piece=Piece("别人.pdf", 9, theirs, into=Into(conversation=talk, question=key)))
    assert "没有找到" in text_of(other.seen[-1])


def test_whoever_asked_for_the_page_can_be_erased(world: World) -> None:
    from models import erasure

    chat = asked(world.phone(OPENER, "telegram"))
    chat.press("上传较大文件")
    by = erasure.By(world.person(SECTION), None, "web")
    world.database.write(lambda db: erasure.erase(db, world.person(OPENER), "已注销", by, world.clock.now())).result()
    assert world.rows("SELECT count(*) FROM uploadlink") == [(0,)]


def test_the_upload_page_is_for_no_private_matter(world: World) -> None:
    page, chat = world.phone(OPENER), world.phone(OPENER, "telegram")
    asked(page, "内部")
    chat.say("继续")
    assert "上传较大文件" not in chat.labels()
    assert text_of(chat.deliver(press="up.q-0-0")) == "现在没有在问附件。"
    assert world.rows("SELECT count(*) FROM uploadlink") == [(0,)]


def test_more_material_is_told_to_whoever_reviews(world: World) -> None:
    the_id = matter(world.database, world.clock.now(), confidential=True)
    opener, reviewer = world.phone(OPENER), world.phone(REVIEWER)
    opener.deliver(press=f"mt.add-{the_id}-0")
    assert text_of(opener.seen[-1]) == "审核任务〔2026〕1号 · 补交材料\n请发文件、照片或链接，可发多份。"
    opener.send_file("补充协议.pdf", PDF)
    opener.press("没有了")
    assert "已补交材料1份。将告知审核人。" in text_of(opener.seen[-1])
    world.tick()
    told = [text_of(one) for one in reviewer.seen]
    assert any("补交了材料1份" in one for one in told)
    assert not any("补充协议" in one for one in told)
    assert put_to(world, the_id) == ["补充协议.pdf"]
    stranger = world.phone("劳动关系科法治联络员")
    assert "没有找到" in text_of(stranger.deliver(press=f"mt.add-{the_id}-0"))
