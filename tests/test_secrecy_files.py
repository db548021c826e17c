"""Files that begin with a 密级 mark: told by their content, and gone without a trace; those that only speak of secrets stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.files import Unfit, inspect
from bot.messages import Piece
from tests import sample_files as samples
from tests import sample_secrets
from tests.sample_secrets import MARK, SAYING
from tests.world import Phone, World, text_of

CONTACT = "法制科法治联络员"
ORDINARY = ("示范区人力资源和社会保障局", "保密工作培训签到表", "参加人员：45人")


@pytest.fixture
def phone(world: World) -> Phone:
    phone = world.phone(CONTACT)
    phone.say("改1")
    phone.press("符合")
    phone.press("跳过")
    return phone


def judged(folder: Path, name: str, content: bytes) -> str:
    (folder / "part").write_bytes(content)
    try:
        return inspect(folder / "part", name).extension
    except Unfit as unfit:
        return unfit.code


@pytest.mark.parametrize("extension", SAYING)
def test_a_mark_in_the_heading_is_found_in_every_kind_whose_text_can_be_had(tmp_path: Path, extension: str) -> None:
    name, saying = f"通知.{extension}", SAYING[extension]
    assert judged(tmp_path, name, saying("000012", MARK, "关于某某的通知")) == "secret"
    assert judged(tmp_path, name, saying("关于某某的通知", "〔秘密〕")) == "secret"
    assert judged(tmp_path, name, saying(*ORDINARY)) == extension
    assert judged(tmp_path, name, saying(*(f"第{number}行" for number in range(12)), MARK)) == extension


def test_a_mark_in_the_header_of_the_page_is_found(tmp_path: Path) -> None:
    assert judged(tmp_path, "通知.docx", sample_secrets.docx_with_header(MARK)) == "secret"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_plain_text_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    assert judged(tmp_path, "通知.txt", f"{MARK}\n关于某某的通知".encode(encoding)) == "secret"


def test_a_marked_file_under_another_kinds_name_is_secret_before_it_is_wrong(tmp_path: Path) -> None:
    assert judged(tmp_path, "通知.pdf", sample_secrets.docx(MARK, "关于某某的通知")) == "secret"


@pytest.mark.parametrize("broken", [b"%PDF-1.4\n%%EOF\n", samples.pdf()])
def test_a_pdf_that_cannot_be_read_is_judged_by_its_ends(tmp_path: Path, broken: bytes) -> None:
    assert judged(tmp_path, "通知.pdf", broken) == "pdf"


def test_nothing_is_left_of_a_marked_file(world: World, phone: Phone) -> None:
    before = files_in(world)
    told = phone.send_file("子丑寅卯.docx", sample_secrets.docx(MARK, "甲乙丙丁"))
    assert "文件开头标有密级，没有保存" in text_of(told)
    assert files_in(world) == before
    assert world.rows("SELECT count(*) FROM evidence") == world.rows("SELECT count(*) FROM evidenceuse") == [(0,)]
    assert [row for row in world.rows("SELECT body FROM outgoing") if "子丑寅卯" in row[0]] == []
    assert world.rows("SELECT what, object, object_id FROM auditentry ORDER BY id DESC LIMIT 1") == [
        ("secrecy.stopped", "message", 0)
    ]
    assert "证-0001 已入库" in text_of(phone.send_file("总结.docx", sample_secrets.docx(*ORDINARY)))


def test_looking_twice_at_a_marked_file_says_it_once(world: World, phone: Phone) -> None:
    phone.send_file("子丑寅卯.docx", sample_secrets.docx(MARK))
    told = len(phone.seen)
    work = world.rows("SELECT max(id) FROM outgoing WHERE kind = 'look'")[0][0]
    outcome = {"piece": 1, "echo": None, "unfit": {"code": "secret", "params": {}}}
    assert phone.deliver(f"work:{work}", work=("look", outcome)) is None
    assert phone.deliver("again", work=("look", outcome)) is None
    assert len(phone.seen) == told


def test_an_album_goes_on_without_its_marked_file(world: World, phone: Phone) -> None:
    uploads = {name: (f"{phone.address}_{place}{'0' * 31}_1", content) for place, (name, content) in enumerate({
        "子丑寅卯.docx": sample_secrets.docx(MARK), "照片.png": samples.png(),
    }.items())}  # fmt: skip
    for name, (upload, content) in uploads.items():
        phone.deliver(piece=Piece(name, len(content), upload, album="a1"))
    for upload, content in uploads.values():
        world.store.begin(upload)
        world.store.append(upload, 0, content, len(content))
        phone.all_here(upload)
    assert world.rows("SELECT stage, name FROM evidence") == [("stored", "照片.png")]
    assert world.rows("SELECT stage, name FROM evidencefile") == [("stored", "照片.png")]


def test_an_album_of_which_nothing_may_be_kept_is_forgotten(world: World, phone: Phone) -> None:
    content = sample_secrets.docx(MARK)
    upload = f"{phone.address}_{'1' * 32}_{len(content)}"
    phone.deliver(piece=Piece("子丑寅卯.docx", len(content), upload, album="a2"))
    world.store.begin(upload)
    world.store.append(upload, 0, content, len(content))
    phone.all_here(upload)
    assert world.rows("SELECT count(*) FROM evidence") == world.rows("SELECT count(*) FROM evidencefile") == [(0,)]


def test_a_marked_roster_is_not_read(world: World) -> None:
    section = world.phone("法制科经办")
    section.say("导入名册")
    before = files_in(world)
    told = section.send_file("子丑寅卯.xlsx", sample_secrets.xlsx(MARK, "名册"))
    assert "文件开头标有密级，没有保存" in text_of(told)
    assert files_in(world) == before
    assert world.rows("SELECT stage, name, parsed FROM rosterimport") == [("waiting", "", None)]
    assert [row for row in world.rows("SELECT body FROM outgoing") if "子丑寅卯" in row[0]] == []


@pytest.mark.parametrize(
    "what", [{"name": "通知（绝密）.png"}, {"name": "通知.png", "caption": "机密★5年"}], ids=["name", "caption"]
)
def test_a_name_or_caption_with_a_mark_is_stopped_before_a_byte_is_sent(
    world: World, phone: Phone, what: dict[str, str]
) -> None:
    told = phone.deliver(piece=Piece(size=1, upload=f"{phone.address}_{'2' * 32}_1", **what))
    assert "请不要在这里发涉密内容" in text_of(told)
    assert world.rows("SELECT count(*) FROM evidence") == [(0,)]


def test_the_word_of_the_sender_holds_on_every_channel_and_for_ten_minutes(world: World, phone: Phone) -> None:
    phone.say("附件是机密文件目录")
    phone.press("不涉密，继续")
    assert "是否涉密" not in text_of(world.phone(CONTACT, "terminal").say("附件是机密文件目录"))
    world.clock.pass_(minutes=10)
    assert "是否涉密" in text_of(phone.say("附件是机密文件目录"))


def test_the_word_of_the_sender_does_not_help_a_mark(world: World, phone: Phone) -> None:
    phone.say("附件是机密文件目录")
    phone.press("不涉密，继续")
    assert "没有保存" in text_of(phone.say("机密★5年 目录"))


def files_in(world: World) -> set[str]:
    return {str(path) for path in (world.folder / "evidence").rglob("*")}
