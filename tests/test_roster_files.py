"""Reading a roster file: every fault by sheet, row and column; nothing that a file says of itself is believed."""

from __future__ import annotations

import resource
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents.roster_sheets import template_xlsx
from bot.render import Words
from models.people import Level, Role, UnitKind
from models.roster import cells, files
from models.roster.cells import Wrong
from models.roster.columns import COLUMNS, Column
from models.roster.files import Unreadable
from models.roster.rows import BUREAUS, PEOPLE, BureauRow, Choice, Fault, Parsed, PersonRow
from tests.sample_rosters import BUREAU_COLUMNS, PERSON_COLUMNS, roster, somebody, workbook

TODAY = date(2026, 8, 19)
HOME = "示范区人社局"


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes], Parsed]:
    """Read a file's content."""

    def from_bytes(data: bytes) -> Parsed:
        place = tmp_path / "roster.xlsx"
        place.write_bytes(data)
        return files.read(place, TODAY)

    return from_bytes


Read = Callable[[bytes], Parsed]


def told(parsed: Parsed) -> list[tuple[str, int, str, str]]:
    """The faults: sheet, row, column, code."""
    return [(fault.sheet, fault.row, fault.column, fault.code) for fault in parsed.faults]


def test_rows_become_what_they_mean(read: Read) -> None:
    one = somebody(name="就业促进科法治员", mobile="13800000001", roles="法治员、法治联络员", 企业微信账号="jycj01",
                   任职日期="2024年9月", 法律职业资格="有", 学历专业="本科，法学")  # fmt: skip
    parsed = read(roster([one], [(HOME, "县区", "东江市人社局"), ("示范省人社厅", "省", None)]))
    assert parsed.faults == ()
    assert parsed.bureaus == (
        BureauRow(2, HOME, Level.COUNTY, "东江市人社局"), BureauRow(3, "示范省人社厅", Level.PROVINCE, None),
    )  # fmt: skip
    assert parsed.people == (
        PersonRow(
            2, HOME, "就业促进科", UnitKind.SECTION, "就业促进科法治员", "科员", "13800000001",
            (Role.LIAISON, Role.LEGAL_OFFICER), "jycj01", date(2024, 9, 1), "有", "本科，法学",
        ),
    )  # fmt: skip


def test_columns_are_found_by_their_headers_below_a_title(read: Read) -> None:
    headers = [
        "序号",
        "手机号码",
        "姓名 *",
        "角色（可多个）",
        "部门",
        "局",
        "部门类别",
        "职务",
        *PERSON_COLUMNS[7:],
        "备注",
    ]
    people = [
        ["示范区人社局法治工作人员名册"],
        [],
        headers,
        [1, 13800000001, "甲", "法治员", "就业促进科", HOME, "科室", "科员", None, None, None, None, "见附件"],
        [None, "  "],
        ["二", None, "机关科室"],
        [2, " 138 0000 0002 ", "乙　丙", "负责人", "就业促进科", HOME, "机关科室", "科长"],
    ]
    parsed = read(workbook({"Sheet1": [], BUREAUS: [BUREAU_COLUMNS], f" {PEOPLE} ": people}))
    assert parsed.faults == ()
    assert [(row.row, row.name, row.mobile) for row in parsed.people] == [
        (4, "甲", "13800000001"),
        (7, "乙丙", "13800000002"),
    ]
    assert parsed.headings == (6,)


CELLS: list[tuple[str, Any, str]] = [
    ("局", None, "missing"),
    ("部门", " ", "missing"),
    ("姓名", None, "missing"),
    ("职务", "/", "missing"),
    ("手机", None, "missing"),
    ("角色", "无", "missing"),
    ("部门类别", "其他", "kind"),
    ("姓名", "很" * 21, "too_long"),
    ("姓名", "=1+1", "formula"),
    ("姓名", "＋一", "formula"),
    ("部门", "-2", "formula"),
    ("职务", "@科员", "formula"),
    ("姓名", "甲\u202e乙", "control"),
    ("姓名", "甲\x9f乙", "control"),
    ("手机", "1380000000", "mobile"),
    ("手机", "23800000000", "mobile"),
    ("手机", 1.38e12, "mobile"),
    ("手机", "见通讯录", "mobile"),
    ("角色", "法治员、审核员", "role"),
    ("企业微信账号", "张三", "wecom_id"),
    ("企业微信账号", "a" * 65, "wecom_id"),
    ("任职日期", "2024-02-30", "date"),
    ("任职日期", 2019.1, "date"),
    ("任职日期", "去年", "date"),
    ("任职日期", "1949-10-01", "date_range"),
    ("任职日期", datetime.fromisoformat("2027-09-01"), "date_range"),
    ("法律职业资格", "=A1", "formula"),
    ("学历专业", "长" * 101, "too_long"),
]


@pytest.mark.parametrize(("column", "value", "code"), CELLS)
def test_a_cell_that_cannot_be_taken_is_named(read: Read, column: str, value: Any, code: str) -> None:
    right = somebody(name="乙", mobile="13800000002")
    parsed = read(roster([right, somebody(name="甲", mobile="13800000001") | {column: value}]))
    assert told(parsed) == [(PEOPLE, 3, column, code)]
    assert [row.name for row in parsed.people] == ["乙"]


def test_all_faults_are_collected_by_sheet_and_row(read: Read) -> None:
    first = somebody(name="甲", mobile="1") | {"角色": "x", "部门类别": "y"}
    parsed = read(roster([first, somebody(name="", mobile="13800000002")], [(HOME, "乡", ""), ("", "市", "")]))
    assert told(parsed) == [
        (BUREAUS, 2, "级别", "level"), (BUREAUS, 3, "名称", "missing"),
        (PEOPLE, 2, "部门类别", "kind"), (PEOPLE, 2, "手机", "mobile"), (PEOPLE, 2, "角色", "role"),
        (PEOPLE, 3, "姓名", "missing"),
    ]  # fmt: skip


def test_what_two_rows_cannot_both_be(read: Read) -> None:
    people = [
        somebody(name="甲", mobile="13800000001"),
        somebody(name="乙", mobile="138-0000-0001"),
        somebody(name="丙", mobile="13800000003", 企业微信账号="Same"),
        somebody(name="丁", mobile="13800000004", 企业微信账号="same"),
        somebody(name="戊", mobile="13800000005", roles="法治员"),
        somebody(name="戊", mobile="13800000005", roles="法治联络员、法治员"),
        somebody("信访科", "己", "13800000006"),
        somebody("信访科", "庚", "13800000007") | {"部门类别": "局属单位"},
        somebody("工会", "辛", "13800000008", 学历专业="本科"),
        somebody("团委", "辛", "13800000008", 学历专业="硕士"),
        somebody("党办", "辛", "13800000008"),
    ]
    parsed = read(roster(people, [(HOME, "县区", ""), (HOME, "县区", "")]))
    assert [(f.sheet, f.row, f.column, f.code, f.params["rows"]) for f in parsed.faults] == [
        (BUREAUS, 2, "名称", "bureau_twice", [3]), (BUREAUS, 3, "名称", "bureau_twice", [2]),
        (PEOPLE, 2, "手机", "mobile_twice", [3]), (PEOPLE, 3, "手机", "mobile_twice", [2]),
        (PEOPLE, 4, "企业微信账号", "wecom_id_twice", [5]), (PEOPLE, 5, "企业微信账号", "wecom_id_twice", [4]),
        (PEOPLE, 6, "角色", "post_twice", [7]), (PEOPLE, 7, "角色", "post_twice", [6]),
        (PEOPLE, 8, "部门类别", "unit_differs", [9]), (PEOPLE, 9, "部门类别", "unit_differs", [8]),
        (PEOPLE, 10, "学历专业", "person_differs", [11]), (PEOPLE, 11, "学历专业", "person_differs", [10]),
    ]  # fmt: skip
    assert [row.unit for row in parsed.people] == ["党办"]


def test_a_row_wrong_in_one_cell_still_counts_for_the_others(read: Read) -> None:
    people = [somebody(name="甲", mobile="13800000001", roles="?"), somebody(name="乙", mobile="13800000001")]
    assert told(read(roster(people))) == [
        (PEOPLE, 2, "角色", "role"), (PEOPLE, 2, "手机", "mobile_twice"), (PEOPLE, 3, "手机", "mobile_twice"),
    ]  # fmt: skip


def test_sheets_and_headers_are_missed_by_name(read: Read) -> None:
    def of(sheets: Mapping[str, Iterable[Sequence[Any]]]) -> list[tuple[str, int, str, str]]:
        return told(read(workbook(sheets)))

    person = list(somebody(name="甲", mobile="13800000001").values())
    assert of({"名单": []}) == [(PEOPLE, 0, "", "missing_sheet")]
    assert of({PEOPLE: []}) == [(PEOPLE, 0, "", "no_header")]
    assert of({PEOPLE: [["甲"], ["乙"]], BUREAUS: [["x"]]}) == [
        (BUREAUS, 0, "", "no_header"),
        (PEOPLE, 0, "", "no_header"),
    ]
    without = [header for header in PERSON_COLUMNS if header not in ("手机", "任职日期")]
    assert of({PEOPLE: [without, person]}) == [
        (PEOPLE, 1, "手机", "missing_header"),
        (PEOPLE, 1, "任职日期", "missing_header"),
    ]
    assert of({PEOPLE: [[*PERSON_COLUMNS, "手机号"], person]}) == [(PEOPLE, 1, "手机", "header_twice")]
    assert of({PEOPLE: [[*PERSON_COLUMNS, "企微号"], person]}) == [(PEOPLE, 1, "企微号", "unknown_header")]


def test_a_column_nobody_knows_does_not_keep_the_rows_out(read: Read) -> None:
    person = list(somebody(name="甲", mobile="13800000001").values())
    assert len(read(workbook({PEOPLE: [[*PERSON_COLUMNS, "企微号"], person]})).people) == 1


def test_only_chosen_bureaus_and_units_are_left(read: Read) -> None:
    people = [
        somebody("信访科", "甲", "13800000001"), somebody("工会", "乙", "13800000002"),
        somebody("信访科", "丙", "13800000003", 局="临港县人社局"), somebody("工会", "", "13800000004", 局="临港县人社局"),
        somebody("工会", "丁", "1", 局="青山县人社局"),
    ]  # fmt: skip
    bureaus = [(HOME, "县区", ""), ("临港县人社局", "县区", ""), ("青山县人社局", "县区", "")]
    parsed = read(roster(people, bureaus))
    chosen = parsed.only([Choice(HOME, "信访科"), Choice("临港县人社局")])
    assert [row.name for row in chosen.bureaus] == [HOME, "临港县人社局"]
    assert [row.name for row in chosen.people] == ["甲", "丙"]
    assert [(fault.row, fault.code) for fault in chosen.faults] == [(5, "missing")]
    for nobody in (Choice("无"), Choice(HOME, "无")):
        with pytest.raises(KeyError):
            parsed.only([nobody])


def test_the_template_is_read_again_as_nothing_and_offers_what_can_be_read(read: Read) -> None:
    from openpyxl import load_workbook

    made = template_xlsx(Words())
    assert read(made) == Parsed()
    book = load_workbook(BytesIO(made))
    assert book.sheetnames == ["填写说明", BUREAUS, PEOPLE]
    for name in (BUREAUS, PEOPLE):
        sheet = book[name]
        assert [cell.value for cell in sheet[1]] == [column.header for column in COLUMNS[name]]
        assert sheet.max_row == 2
        assert sheet.freeze_panes == "A2"
    offered = {
        cell.coord: rule.formula1.strip('"').split(",")
        for sheet in (book[BUREAUS], book[PEOPLE])
        for rule in sheet.data_validations.dataValidation
        for cell in rule.sqref
    }
    assert offered == {
        "B2:B20001": ["省", "市", "县区"],
        "C2:C20001": ["机关科室", "局属单位"],
        "G2:G20001": ["法治联络员", "法治员", "部门负责人", "法制科", "局办公室", "局党群科", "局领导"],
    }
    sheet = book[PEOPLE]
    for column, value in somebody(name="甲", mobile="13800000001").items():
        sheet.cell(3, PERSON_COLUMNS.index(column) + 1, value)
    filled = BytesIO()
    book.save(filled)
    assert [row.name for row in read(filled.getvalue()).people] == ["甲"]


def repacked(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same workbook with one part changed."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.namelist():
            content = before.read(entry)
            after.writestr(entry, change(content) if entry == name else content)
    return out.getvalue()


PEOPLE_PART = "xl/worksheets/sheet2.xml"


def test_as_many_rows_as_are_allowed_and_no_more(tmp_path: Path) -> None:
    place = tmp_path / "roster.xlsx"
    place.write_bytes(roster(somebody(name=f"甲{number}", mobile=13800000000 + number) for number in range(5)))
    assert len(files.read(place, TODAY, most_rows=5).people) == 5
    with pytest.raises(Unreadable, match="too_many_rows") as refused:
        files.read(place, TODAY, most_rows=4)
    assert refused.value.params == {"sheet": PEOPLE, "most": 4}


def test_more_than_twenty_thousand_rows_are_refused_without_much_time_or_memory(tmp_path: Path) -> None:
    place = tmp_path / "large.xlsx"
    row = "".join(f"<c t='inlineStr'><is><t>{value}</t></is></c>" for value in somebody(name="甲").values())
    rows = "".join(f"<row>{row.replace('<t></t>', f'<t>{13800000000 + n}</t>')}</row>" for n in range(20_001))
    whole = roster([])
    place.write_bytes(
        repacked(whole, PEOPLE_PART, lambda part: part.replace(b"</sheetData>", rows.encode() + b"</sheetData>"))
    )
    memory, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(Unreadable, match="too_many_rows") as refused:
        files.read(place, TODAY)
    assert refused.value.params == {"sheet": PEOPLE, "most": 20_000}
    assert time.process_time() - begun < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 150 << 10


def test_a_file_that_would_take_all_memory_or_time_is_refused(read: Read) -> None:
    whole = roster([somebody(name="甲", mobile="13800000001")])

    def refused(data: bytes, code: str) -> None:
        begun = time.process_time()
        with pytest.raises(Unreadable, match=code):
            read(data)
        assert time.process_time() - begun < 20

    refused(whole + bytes(files.MOST_BYTES), "too_large")
    refused(repacked(whole, "docProps/app.xml", lambda _: bytes(65 << 20)), "unpacked")
    far = repacked(whole, PEOPLE_PART, lambda part: part.replace(b'<row r="2"', b'<row r="999999999999"'))
    refused(far, "too_many_rows")
    laughing = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    refused(repacked(whole, PEOPLE_PART, lambda part: laughing + part), "broken")
    refused(whole[: len(whole) // 2], "broken")
    refused(b"", "broken")
    refused(repacked(whole, PEOPLE_PART, lambda part: part.replace(b"</row>", b"</rom>")), "broken")


def test_a_size_that_the_sheet_claims_is_not_believed(read: Read) -> None:
    whole = roster([somebody(name="甲", mobile="13800000001"), somebody(name="乙", mobile="13800000002")])
    small = repacked(whole, PEOPLE_PART, lambda part: part.replace(b'ref="A1:K3"', b'ref="A1:B2"'))
    assert small != whole
    assert len(read(small).people) == 2


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (13800000000.0, "13800000000"), ("１３８ ０００００００１", "13800000001"), ("+86 138-0000-0002", "13800000002"),
        ("8613800000003", "13800000003"), ("13800000004.0", "13800000004"), ("(138)00000005", "13800000005"), (None, ""),
    ],
)  # fmt: skip
def test_mobiles_as_people_and_excel_write_them(written: Any, meant: str) -> None:
    assert cells.mobile(written, TODAY) == meant


EXCEL_DATES = [datetime.fromisoformat("2024-09-01T08:00"), date(2024, 9, 1), 20240901, 45536]
TYPED_DATES = [
    "2024-09-01",
    "2024/9/1",
    "2024.9.1",
    "2024年9月1日",
    "2024年09月",
    "2024.09",
    "20240901",
    "２０２４－０９－０１",
    " 2024 - 9 - 1 ",
]


@pytest.mark.parametrize("written", [*EXCEL_DATES, *TYPED_DATES])
def test_dates_in_the_usual_spellings(written: Any) -> None:
    assert cells.day(written, TODAY) == date(2024, 9, 1)


def test_levels_kinds_and_roles_in_the_usual_spellings() -> None:
    levels = ["省", "省级", "市", "设区市", "县", "区", "县（市、区）", "县/区", "县级", "区 县"]
    assert [cells.level(one, TODAY) for one in levels] == [Level.PROVINCE] * 2 + [Level.CITY] * 2 + [Level.COUNTY] * 6
    assert cells.kind("处室", TODAY) is UnitKind.SECTION
    assert cells.kind("局属 单位", TODAY) is UnitKind.AFFILIATE
    assert cells.roles("局领导、局办公室，局党群科\n法制科;部门负责人/法治员 法治联络员", TODAY) == tuple(Role)


@given(st.one_of(st.text(max_size=40), st.integers(), st.floats(), st.datetimes(), st.booleans(), st.none()))
@settings(max_examples=200)
def test_whatever_stands_in_a_cell_is_read_or_named(value: Any) -> None:
    for column in (*COLUMNS[BUREAUS], *COLUMNS[PEOPLE]):
        assert fault_in(column, value) != ""


def fault_in(column: Column, value: Any) -> str | None:
    """The sentence that is said of a cell, None if it can be taken."""
    try:
        column.read(value, TODAY)
    except Wrong as wrong:
        return sentence(Fault(PEOPLE, 2, column.header, wrong.code, wrong.params))
    return None


@cache
def words() -> Any:
    return Words().environment.get_template("roster_import/faults.j2").module


def sentence(fault: Fault) -> str:
    return str(words().sentence(fault.code, fault.params)).strip()
