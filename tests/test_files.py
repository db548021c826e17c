"""Evidence files are judged by their content, whatever their name, and every refusal has its sentence."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.files import ALLOWED, Code, Unfit, accept_attribute, check_announced, inspect
from tests import sample_files as samples
from tests.sample_files import SAMPLES

TEMPLATES = Path(__file__).parent.parent / "templates"
MEGABYTE = 1 << 20
Refusal = Callable[[bytes, str], Unfit]


@pytest.fixture
def refusal(tmp_path: Path) -> Refusal:
    """Inspect a content under a name and return why it is not taken."""

    def refuse(content: bytes, name: str) -> Unfit:
        (tmp_path / "part").write_bytes(content)
        with pytest.raises(Unfit) as caught:
            inspect(tmp_path / "part", name)
        return caught.value

    return refuse


def accepted(tmp_path: Path, content: bytes, name: str) -> str:
    (tmp_path / "part").write_bytes(content)
    return inspect(tmp_path / "part", name).extension


@pytest.mark.parametrize("extension", SAMPLES)
def test_a_whole_file_of_every_kind_is_taken(tmp_path: Path, extension: str) -> None:
    kind = ALLOWED[extension].extension
    assert accepted(tmp_path, SAMPLES[extension], f"法治工作.{extension}") == kind
    assert accepted(tmp_path, SAMPLES[extension], f"法治工作.{extension.upper()} ") == kind


@pytest.mark.parametrize("extension", sorted(SAMPLES.keys() - {"txt"}))
def test_a_cut_file_does_not_pass_as_whole(refusal: Refusal, extension: str) -> None:
    whole = SAMPLES[extension]
    unseen = 520 if extension in {"doc", "xls", "ppt", "wps", "et"} else 8  # the last sector may be short
    for end in range(1, len(whole) - unseen, max(1, len(whole) // 50)):
        assert refusal(whole[:end], f"a.{extension}").code in {"broken", "content"}
    assert refusal(whole[: len(whole) * 2 // 3], f"a.{extension}").code == "broken"


def test_a_kind_under_another_ones_name_is_told(refusal: Refusal) -> None:
    alike = [{"doc", "wps"}, {"xls", "et"}, {"docx", "wps"}, {"xlsx", "et"}, {"jpg", "jpeg", "png", "heic"}]
    for said in ALLOWED:
        for is_, content in SAMPLES.items():
            if said != is_ and not any({said, is_} <= kinds for kinds in alike):
                fault = refusal(content, f"a.{said}")
                assert (fault.code, fault.params["said"]) == ("content", ALLOWED[said].extension)


def test_wps_saves_in_either_container_and_pictures_are_what_they_are(tmp_path: Path) -> None:
    assert accepted(tmp_path, samples.docx(), "a.wps") == "wps"
    assert accepted(tmp_path, samples.xlsx(), "a.et") == "et"
    assert accepted(tmp_path, samples.png(), "微信图片.jpg") == "png"


@pytest.mark.parametrize(
    ("content", "name", "is_"),
    [
        (b"MZ\x90\x00" + bytes(200), "通知.pdf", "exe"),
        (b"MZ\x90\x00%PDF-1.7\n%%EOF", "通知.pdf", "exe"),
        (samples.compound("\x05SummaryInformation"), "a.doc", "unknown"),
        (samples.zipped({"a.txt": b"x"}), "a.docx", "zip"),
        (samples.zipped({"a.txt": b"x"})[:-9], "a.pdf", "zip"),
        (b"{\\rtf1 }", "a.doc", "rtf"),
        (b"<html><table></table></html>", "a.xls", "html"),
        (samples.mp4(b"qt  "), "a.mp4", "mov"),
        (b"Rar!\x1a\x07\x01\x00", "a.docx", "rar"),
        (bytes(range(256)) * 20, "a.txt", "unknown"),
        (b"a\x00b", "a.txt", "unknown"),
        (b"\x01\x02\x03" * 50, "a.txt", "unknown"),
    ],
)
def test_what_it_really_is(refusal: Refusal, content: bytes, name: str, is_: str) -> None:
    fault = refusal(content, name)
    assert (fault.code, fault.params) == ("content", {"said": name.rpartition(".")[2], "is_": is_})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_in_the_usual_encodings(tmp_path: Path, refusal: Refusal, encoding: str) -> None:
    text = ("依法行政\r\n" * 20_000).encode(encoding)
    assert accepted(tmp_path, text, "a.txt") == "txt"
    assert refusal("依法".encode()[:-1], "a.txt").code == "broken"


def encrypted_zip() -> bytes:
    return samples.docx().replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (samples.compound("EncryptedPackage"), "a.docx"),
        (samples.compound("EncryptedPackage"), "a.xls"),
        (samples.compound("WordDocument", b"\xec\xa5" + bytes(8) + b"\x00\x01" + bytes(4084)), "a.doc"),
        (encrypted_zip(), "a.docx"),
    ],
)
def test_a_password_is_told(refusal: Refusal, content: bytes, name: str) -> None:
    assert refusal(content, name).code == "locked"


def test_macros_are_not_taken(refusal: Refusal) -> None:
    macro_type = samples.office("application/vnd.ms-word.document.macroEnabled.main+xml")
    assert refusal(samples.docx(**{"word__vbaProject.bin": b"x"}), "a.docx").code == "macro"
    assert refusal(macro_type, "a.docx").code == "macro"


def lying_about_size() -> bytes:
    """100 MB of nothing, declared as one byte."""
    whole = samples.zipped({"[Content_Types].xml": bytes(100 * MEGABYTE)})
    return whole.replace(struct.pack("<I", 100 * MEGABYTE), struct.pack("<I", 1))


def declaring_too_much() -> bytes:
    content = b"x" * 77_777
    return samples.zipped({"a": content}).replace(struct.pack("<I", len(content)), struct.pack("<I", (1 << 30) + 1))


def overlapping() -> bytes:
    """Both entries of the directory name the first one's data."""
    whole = samples.zipped({"a": b"x", "b": b"x"})
    second = whole.rfind(b"PK\x01\x02") + 42
    return whole[:second] + bytes(4) + whole[second + 4 :]


@pytest.mark.parametrize(
    "content",
    [
        samples.docx(word__document=bytes(12 * MEGABYTE)),
        lying_about_size(),
        declaring_too_much(),
        overlapping(),
        samples.zipped({str(number): b"" for number in range(10_001)}, zipfile.ZIP_STORED),
        samples.docx(**{"..__..__evil.xml": b"x"}),
        samples.zipped({"C:/evil.xml": b"x"}),
        samples.zipped({"/evil.xml": b"x"}),
    ],
    ids=["ratio", "lying", "declared", "overlap", "entries", "parent", "drive", "absolute"],
)
def test_zip_bombs_and_traps(refusal: Refusal, content: bytes) -> None:
    assert refusal(content, "总结.docx").code == "bomb"


def test_a_zip_that_is_damaged_inside_is_broken(refusal: Refusal) -> None:
    stored = samples.zipped({"[Content_Types].xml": b"wordprocessingml"}, zipfile.ZIP_STORED)
    assert refusal(stored.replace(b"wordprocessingml", b"wordprocessingmx"), "a.docx").code == "broken"
    inner = io.BytesIO(
        samples.zipped({"xl/embedded.xlsx": samples.xlsx(), "more": b"x"}, zipfile.ZIP_STORED)
    ).getvalue()
    assert refusal(inner[: inner.find(b"PK\x05\x06") + 22], "a.docx").code == "broken"


def test_a_pdf_laid_out_for_the_web_names_its_length(tmp_path: Path, refusal: Refusal) -> None:
    first, second = b"%PDF-1.7\n1 0 obj<</Linearized 1/L 100/O 2>>endobj\n%%EOF\n", b"endobj\n%%EOF\n"
    whole = first + second.rjust(100 - len(first))
    assert refusal(whole[:-5], "a.pdf").code == "broken"
    assert refusal(first, "a.pdf").code == "broken"
    assert accepted(tmp_path, whole, "a.pdf") == "pdf"
    assert accepted(tmp_path, whole + b"a later revision\n%%EOF", "a.pdf") == "pdf"


def test_templates_and_slide_shows_open_like_their_documents(tmp_path: Path) -> None:
    assert accepted(tmp_path, samples.office("wordprocessingml.template.main+xml"), "a.docx") == "docx"
    assert accepted(tmp_path, samples.office("presentationml.slideshow.main+xml"), "a.pptx") == "pptx"


def test_a_compound_file_whose_unused_sectors_are_marked_as_used_is_whole(tmp_path: Path) -> None:
    assert accepted(tmp_path, samples.compound("WordDocument", unused=samples.END_OF_CHAIN), "a.doc") == "doc"


def test_a_large_sparse_sheet_is_no_bomb(tmp_path: Path) -> None:
    rows = b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (number, number) for number in range(400_000))
    assert len(rows) > 10 * MEGABYTE
    sheet = samples.zipped({"[Content_Types].xml": samples.content_types("spreadsheetml.sheet.main+xml"), "s": rows})
    assert accepted(tmp_path, sheet, "台账.xlsx") == "xlsx"


def test_pictures_that_no_machine_can_open(tmp_path: Path, refusal: Refusal) -> None:
    assert refusal(samples.png(20_000, 5_001), "a.png").code == "bomb"
    assert refusal(samples.jpg(65_535, 65_535), "a.jpg").code == "bomb"
    assert accepted(tmp_path, samples.jpg(16_320, 12_240), "200兆像素手机.jpg") == "jpg"


def test_a_jpeg_ends_with_its_picture_not_with_its_thumbnail(tmp_path: Path, refusal: Refusal) -> None:
    picture = samples.jpg(scan=b"\x00" * 200_000)
    assert refusal(picture[:-2], "a.jpg").code == "broken"
    assert accepted(tmp_path, picture + b"a short video behind it", "a.jpg") == "jpg"
    assert accepted(tmp_path, samples.jpg(scan=b"\x00" * 65_500 + b"\xff\x00" * 100), "a.jpg") == "jpg"


def test_announced_files_are_judged_before_a_byte_is_sent() -> None:
    check_announced("报告.docx", 200 * MEGABYTE, most=200 * MEGABYTE)
    for name, size, code in [
        ("报告.docx", 0, "empty"),
        ("报告.docx", 200 * MEGABYTE + 1, "too_large"),
        ("报告.exe", 1, "kind"),
        ("报告", 1, "kind"),
        ("报告\u202efdp.exe", 1, "kind"),
        (" . ", 1, "name"),
    ]:
        with pytest.raises(Unfit) as caught:
            check_announced(name, size, most=200 * MEGABYTE)
        assert caught.value.code == code


def test_accept_attribute_names_extensions_and_media_types() -> None:
    accepted_types = accept_attribute().split(",")
    assert len(accepted_types) == len(set(accepted_types))
    assert {".ofd", ".jpeg", ".wps", "image/heic", "application/pdf"} <= set(accepted_types)


@settings(
    max_examples=300, deadline=5000, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data(), extension=st.sampled_from(sorted(ALLOWED)))
def test_any_bytes_give_a_kind_or_a_reason(tmp_path: Path, data: st.DataObject, extension: str) -> None:
    start = data.draw(st.sampled_from([b"", *SAMPLES.values()]))
    content = bytearray(start + data.draw(st.binary(max_size=100)))
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, max(0, len(content) - 1)))
        content[at : at + 4] = data.draw(st.sampled_from([b"\xff" * 4, b"\xff" * 8, bytes(4)]) | st.binary(max_size=4))
    (tmp_path / "part").write_bytes(content)
    try:
        outcome: str = inspect(tmp_path / "part", f"a.{extension}").extension
    except Unfit as fault:
        outcome = fault.code
    assert outcome in {*ALLOWED, *get_args(Code)}


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8" + b"\xff" * 20 * MEGABYTE,
        b"\xff\xd8\xff\xda\x00\x02" + b"\xff\xda\x00\x02" * MEGABYTE,
        samples.png()[:33] + samples.chunk(b"IDAT", b"") * MEGABYTE,
        samples.box(b"ftyp", b"isom") + samples.box(b"free", b"") * 2 * MEGABYTE,
        zlib.compress(bytes(MEGABYTE)) * 100,
    ],
    ids=["fillers", "scans", "chunks", "boxes", "noise"],
)
def test_files_made_to_keep_us_busy_end_soon(refusal: Refusal, content: bytes) -> None:
    for extension in ("jpg", "txt"):
        assert refusal(content, f"a.{extension}").code in {"broken", "content"}


def test_every_refusal_has_its_sentence() -> None:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined)
    macro = environment.get_template("evidence/unfit.j2").module.unfit  # type: ignore[attr-defined]
    params = {"extension": "exe", "allowed": ("pdf", "docx"), "most": 200 * MEGABYTE, "said": "pdf", "is_": "exe"}
    for code in get_args(Code):
        sentence = str(macro(code, {**params, "size": 230 * MEGABYTE - 1}))
        assert sentence.endswith("。")
        assert "\n" not in sentence
    assert macro("empty", {}) == "这个文件是空的（0字节），请重新选择。"
    assert macro("too_large", {"size": 230 * MEGABYTE, "most": 200 * MEGABYTE}) == (
        "文件共 230 MB，超过上限 200 MB，请压缩或拆分后再发。"
    )
    assert macro("too_large", {"size": None, "most": MEGABYTE}) == "文件超过上限 1 MB，请压缩或拆分后再发。"
    assert macro("content", {"said": "doc", "is_": "docx"}) == (
        "文件名以 .doc 结尾，内容却是 docx，请把扩展名改为 .docx 后重新发送。"
    )
