"""备案汇总表: who is in it and what is said of them, in both kinds of file, cell by cell beside what the database holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, datetime
from typing import Any

import pytest

from bot.documents.filing import rows
from models.people import Role, UnitKind
from models.personnel import filing_table
from models.personnel.filing_table import Counts, Vacancy
from tests.filing_tables import EXCEPTION, FORMULAS, HOME, TODAY, Filing, as_texts, rows_of, texts_of
from tests.world import World

LIAISON, OFFICER = "法治联络员", "法治员"
ROLES = {"liaison": LIAISON, "legal_officer": OFFICER}
KINDS = {"section": "机关科室", "affiliate": "局属单位"}
BOTH = {("就业促进科", LIAISON): "兼任法治员", ("就业促进科", OFFICER): "兼任法治联络员"}
LACKING = {("法制科", OFFICER): "空缺1名", ("职业能力建设科", OFFICER): "空缺1名"}


@pytest.fixture
def filing(world: World) -> Filing:
    """The demo bureau after a year's changes."""
    filing = Filing(world)
    filing.made_up()
    return filing


def stored(world: World, day: date, besides: dict[tuple[str, str], str]) -> list[tuple[Any, ...]]:
    """The people's rows as the database has them: vacancies left out, not numbered, dates as texts."""
    sql = """
        SELECT u.name, u.kind, p.name, p.title, o.role, p.mobile, p.qualification, p.education, o.starts_on
        FROM post o JOIN person p ON p.id = o.person_id JOIN unit u ON u.id = o.unit_id JOIN bureau b ON b.id = u.bureau_id
        WHERE b.name = ? AND o.role IN ('liaison', 'legal_officer') AND o.on_behalf_of IS NULL
        AND o.starts_on <= ? AND coalesce(o.ends_on, '9999') > ?
        ORDER BY u.kind = 'affiliate', u.id, o.role = 'legal_officer', o.starts_on, o.id
    """
    return [
        (unit, KINDS[kind], name, title, ROLES[role], *rest, besides.get((unit, ROLES[role]), ""))
        for unit, kind, name, title, role, *rest in world.rows(sql, HOME, str(day), str(day))
    ]


def with_vacancies(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows numbered, and behind whoever holds a unit's other role those that a role lacks."""
    rows: list[tuple[Any, ...]] = []
    for number, row in enumerate(found, 1):
        rows.append((number, *row))
        unit, kind = row[:2]
        if (unit, OFFICER) in LACKING and row[4] == LIAISON:
            rows.append((None, unit, kind, "", "", OFFICER, None, None, None, None, LACKING[unit, OFFICER]))
    return rows


def as_cells(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows as a workbook gives them back: what is empty is None, a day a moment."""
    return [tuple(_cell(value) for value in row) for row in rows]


def _cell(value: Any) -> Any:
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        return datetime.fromisoformat(value)
    return datetime.combine(value, datetime.min.time()) if isinstance(value, date) else value or None


CHANGES = [
    (1, "就业促进科", "离任", OFFICER, "就业促进科法治员", "就业促进科法治联络员", date(2026, 8, 10), "岗位变动", ""),
    (2, "职业能力建设科", "离任", OFFICER, "职业能力建设科法治员", "", date(2026, 8, 12), "援藏\n三年", ""),
    (3, "劳动关系科", "更正", OFFICER, "劳动关系科法治员", "", date(2026, 8, 13), "", "更正手机：138****1111→138****3333"),
    (4, "劳动关系科", "更正", OFFICER, "劳动关系科法治员", "", date(2026, 8, 13), "", "更正学历专业：未填→=本科，法学"),
    (5, "工伤保险科", "补充", LIAISON, "", FORMULAS["name"], date(2026, 8, 19), "", f"名额例外：{EXCEPTION}"),
    (6, "劳动关系科", "离任", LIAISON, "劳动关系科法治联络员", "就业促进科法治联络员", date(2026, 9, 1), "退休", "尚未生效"),
]  # fmt: skip


def test_the_workbook_lists_who_the_database_has(filing: Filing) -> None:
    expected = with_vacancies(stored(filing.world, TODAY, BOTH))
    assert len(expected) == 15 + len(LACKING)
    sheet = filing.xlsx()["人员"]
    assert rows_of(sheet, len(expected)) == as_cells(expected)
    below = [row[0] for row in sheet.iter_rows(4 + len(expected), values_only=True)]
    total = "合计：机关科室5个，局属单位2个；法治联络员8人，法治员7人（其中兼任两项的1人）；空缺2名。"
    assert below == [total, "依据：闵人社发〔2023〕31号三（二）（由局法制科备案汇总）。"]


def test_the_document_lists_who_the_database_has(filing: Filing) -> None:
    document = filing.docx()
    assert texts_of(document.tables[0]) == as_texts(with_vacancies(stored(filing.world, TODAY, BOTH)))
    said = [paragraph.text for paragraph in document.paragraphs]
    assert said[:2] == ["示范区人社局法治联络员、法治员备案汇总表", "报送单位：示范区人社局\t填表日期：2026年8月19日"]
    assert said[2].startswith("合计：机关科室5个，局属单位2个；法治联络员8人，法治员7人")


def test_both_list_the_changes_of_the_year(filing: Filing) -> None:
    assert rows_of(filing.xlsx()["当年变动"], len(CHANGES)) == as_cells(CHANGES)
    assert texts_of(filing.docx().tables[1]) == as_texts(CHANGES)


def test_another_day_shows_who_held_the_posts_then(filing: Filing) -> None:
    day = date(2026, 8, 5)
    document = filing.docx(day)
    before = stored(filing.world, day, {})
    assert [row[1:] for row in texts_of(document.tables[0]) if row[0]] == as_texts(before)
    assert "填表日期：2026年8月5日" in document.paragraphs[1].text
    coming = {"劳动关系科": "就业促进科法治联络员"}
    later = {row[1]: row[3] for row in texts_of(filing.docx(date(2026, 9, 1)).tables[0]) if row[5] == LIAISON}
    assert later.items() >= coming.items()


def test_another_years_changes_are_not_listed(filing: Filing) -> None:
    table = filing.table(date(2027, 1, 1))
    assert table.changes == ()
    assert texts_of(filing.docx(date(2027, 1, 1)).tables[1])[0][0] == "2027年没有备案的变动"
    assert filing.xlsx(date(2027, 1, 1))["当年变动"]["A4"].value == "2027年没有备案的变动"


def test_who_holds_posts_in_two_units_is_counted_once(filing: Filing) -> None:
    table = filing.table(date(2026, 9, 1))
    assert table.counts == Counts(sections=5, affiliates=2, liaisons=7, officers=7, both=1, lacking=2)
    besides = [row[10] for row in texts_of(filing.docx(date(2026, 9, 1)).tables[0]) if row[3] == "就业促进科法治联络员"]
    assert besides == ["兼任法治员、劳动关系科法治联络员", "兼任法治联络员、劳动关系科法治联络员",
                       "兼任就业促进科法治联络员、就业促进科法治员"]  # fmt: skip


def test_units_stand_sections_first_and_roles_in_one_order(filing: Filing) -> None:
    table = filing.table()
    kinds = [unit.kind for unit in table.units]
    assert kinds == sorted(kinds, key=list(UnitKind).index)
    for unit in table.units:
        roles = [row.role for row in unit.rows]
        assert roles == sorted(roles, key=[Role.LIAISON, Role.LEGAL_OFFICER].index)
    assert [row.lacking for unit in table.units for row in unit.rows if isinstance(row, Vacancy)] == [1, 1]


def test_what_looks_like_a_formula_is_text(filing: Filing) -> None:
    book = filing.xlsx()
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n", "d"}
    kept = {cell.value for cell in cells if cell.data_type == "s"}
    assert set(FORMULAS.values()) <= kept


def test_a_bureau_without_anybody(world: World) -> None:
    filing = Filing(world)
    world.database.write(lambda db: db.execute("INSERT INTO bureau (name, level) VALUES ('新设局', 'county')")).result()
    filing.bureau = int(world.rows("SELECT id FROM bureau WHERE name = '新设局'")[0][0])
    assert filing.xlsx()["人员"]["A4"].value == "目前没有法治联络员、法治员"
    assert texts_of(filing.docx().tables[0])[0][0] == "目前没有法治联络员、法治员"


def test_no_such_bureau(world: World) -> None:
    with pytest.raises(KeyError):
        world.database.read(lambda db: filing_table.collected(db, 10_000, TODAY))


def test_three_thousand_people_in_five_hundred_units(world: World) -> None:
    filing = Filing(world)
    with closing(sqlite3.connect(world.place)) as connection, connection:
        units = [(1000 + n, filing.bureau, f"{n}号单位", "affiliate" if n % 2 else "section") for n in range(500)]
        connection.executemany("INSERT INTO unit (id, bureau_id, name, kind) VALUES (?, ?, ?, ?)", units)
        people = [(10_000 + n, f"{n}号", "科员", str(13_800_000_000 + n)) for n in range(3_000)]
        connection.executemany("INSERT INTO person (id, name, title, mobile) VALUES (?, ?, ?, ?)", people)
        posts = [
            (10_000 + n, 1000 + n % 500, ("liaison", "legal_officer")[n // 1500], "2026-01-01") for n in range(3_000)
        ]
        connection.executemany("INSERT INTO post (person_id, unit_id, role, starts_on) VALUES (?, ?, ?, ?)", posts)
    listed = [tuple(row) for unit in rows.people(world.words, filing.table()) for row in unit]
    names = [row[3] for row in listed]
    assert {f"{n}号" for n in range(3_000)} <= set(names)
    assert rows_of(filing.xlsx()["人员"], len(listed)) == as_cells(listed)
    assert texts_of(filing.docx().tables[0]) == as_texts(listed)
