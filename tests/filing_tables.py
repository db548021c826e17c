"""What tests of the 备案汇总表 share: changes that are filed in the demo bureau, and how both kinds of file are read back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
from docx import Document
from docx.oxml.ns import qn
from sqlmodel import SQLModel

from bot.documents.filing.document import docx
from bot.documents.filing.workbook import xlsx
from models.db import Transaction
from models.people import Person, Post, Role
from models.personnel import delegation, filing_table
from models.personnel.changes import ChangedPost, Kind, PersonnelChange, State
from models.personnel.corrections import PersonnelCorrection
from models.personnel.filing_table import FilingTable
from tests.world import World

HOME = "示范区人社局"
TODAY = date(2026, 8, 19)
FORMULAS = {
    "name": "=1+1",
    "title": "+科员",
    "mobile": "13900000001",
    "qualification": "@有",
    "education": "-本科\t，<b>&法学",
}
"""A person in whose every word a spreadsheet would see a formula."""
EXCEPTION = "新设窗口，暂增一名"
HEADS = 3
"""The row of a workbook in which the names of the columns stand."""


class Filing:
    """The demo bureau, in which changes are filed as its legal section would."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.bureau = int(world.rows("SELECT id FROM bureau WHERE name = ?", HOME)[0][0])
        self.section = world.person("法制科经办")

    def table(self, day: date = TODAY) -> FilingTable:
        return self.world.database.read(lambda db: filing_table.collected(db, self.bureau, day))

    def xlsx(self, day: date = TODAY) -> Any:
        """The workbook, read back."""
        return openpyxl.load_workbook(BytesIO(xlsx(self.world.words, self.table(day))))

    def docx(self, day: date = TODAY) -> Any:
        """The Word document, read back."""
        return Document(BytesIO(docx(self.world.words, self.table(day))))

    def unit(self, name: str) -> int:
        return int(self.world.rows("SELECT id FROM unit WHERE name = ? AND bureau_id = ?", name, self.bureau)[0][0])

    def post(self, called: str, role: Role) -> int:
        sql = "SELECT id FROM post WHERE person_id = ? AND role = ?"
        return int(self.world.rows(sql, self.world.person(called), role.value)[0][0])

    def filed(
        self, unit: str, kind: Kind, role: Role, on: date, *, ends: str = "", begins: Person | int | None = None, **more: Any
    ) -> None:  # fmt: skip
        """A change as it is stored: whose post ends, and who (on file, or not yet) begins one."""
        ended = self.post(ends, role) if ends else None
        now, reporter, where = self.world.clock.now(), self.section, self.unit(unit)

        def work(db: Transaction) -> None:
            given = {"state": State.FILED, "answers": {}, "reported_at": now, "moved_at": now} | more
            change = PersonnelChange(
                bureau_id=self.bureau, unit_id=where, kind=kind, effective_on=on, reporter_id=reporter, **given
            )
            post = None
            if ended is not None and change.state == State.FILED:
                db.session.get_one(Post, ended).ends_on = on
            if begins is not None:
                post = Post(person_id=_person(db, begins), unit_id=where, role=role, starts_on=on)
            _store(db, change, *([post] if post else []))
            begun = post.id if post else None
            _store(db, ChangedPost(change_id=change.id, role=role, post_id=ended, begun_id=begun, open=False))

        self.world.database.write(work).result()

    def corrected(
        self, unit: str, called: str, on: date, field: str, before: str | None, value: str, **more: Any
    ) -> None:
        """What was put right about somebody, as it is stored."""
        now, person, where = self.world.clock.now(), self.world.person(called), self.unit(unit)

        def work(db: Transaction) -> None:
            given = {"state": State.IN_EFFECT, "answers": {}, "reported_at": now, "moved_at": now} | more
            change = PersonnelChange(
                bureau_id=self.bureau,
                unit_id=where,
                kind=Kind.CORRECTING,
                effective_on=on,
                reporter_id=self.section,
                **given,
            )
            _store(db, change)
            _store(
                db, PersonnelCorrection(change_id=change.id, person_id=person, field=field, before=before, value=value)
            )

        self.world.database.write(work).result()

    def made_up(self) -> None:
        """A year's changes: one in both roles now, a vacancy, one still to come, one more than the quota; and what is none of it."""
        officer, liaison = Role.LEGAL_OFFICER, Role.LIAISON
        person = self.world.person("就业促进科法治联络员")
        self.filed(
            "就业促进科",
            Kind.LEAVING,
            officer,
            date(2026, 8, 10),
            ends="就业促进科法治员",
            begins=person,
            reason="moved",
        )
        self.filed("职业能力建设科", Kind.LEAVING, officer, date(2026, 8, 12), ends="职业能力建设科法治员",
                   reason="other", reason_text="援藏\n三年")  # fmt: skip
        self.filed("劳动关系科", Kind.LEAVING, liaison, date(2026, 9, 1), ends="劳动关系科法治联络员", begins=person,
                   reason="retired")  # fmt: skip
        self.filed("工伤保险科", Kind.ADDING, liaison, TODAY, begins=Person(**FORMULAS), exception=EXCEPTION)
        self.filed(
            "就业服务中心", Kind.LEAVING, Role.HEAD, date(2026, 8, 11), ends="就业服务中心负责人", reason="moved"
        )
        self.filed("就业服务中心", Kind.LEAVING, officer, date(2026, 8, 11), ends="就业服务中心法治员甲", reason="moved",
                   state=State.RECOMMENDED)  # fmt: skip
        self.corrected("劳动关系科", "劳动关系科法治员", date(2026, 8, 13), "mobile", "138****1111", "138****3333")
        self.corrected("劳动关系科", "劳动关系科法治员", date(2026, 8, 13), "education", None, "=本科，法学")
        self.corrected("劳动关系科", "劳动关系科负责人", date(2026, 8, 13), "title", "科长", "主任")
        self.corrected("劳动关系科", "劳动关系科法治员", TODAY, "title", None, "科员", state=State.SUBMITTED)
        absent, other = self.world.person("工伤保险科法治联络员"), self.world.person("工伤保险科法治员")
        first, last, unit = date(2026, 8, 17), date(2026, 8, 28), self.unit("工伤保险科")
        self.world.database.write(lambda db: delegation.delegate(db, absent, unit, other, first, last)).result()


def _person(db: Transaction, who: Person | int) -> int:
    if isinstance(who, Person):
        _store(db, who)
        return who.id
    return who


def _store(db: Transaction, *objects: SQLModel) -> None:
    db.session.add_all(objects)
    db.session.flush()


def rows_of(sheet: Any, most: int) -> list[tuple[Any, ...]]:
    """The values of a sheet's rows below the names of its columns, at most so many."""
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows(HEADS + 1, HEADS + most)]


def texts_of(table: Any) -> list[tuple[str, ...]]:
    """The texts of a Word table's rows below the first, merged cells filled in."""
    found: list[tuple[str, ...]] = []
    for row in table._tbl.tr_lst[1:]:
        texts = [_text(cell) for cell in row.tc_lst]
        merged = [any(one.get(qn("w:val")) == "continue" for one in cell.iter(qn("w:vMerge"))) for cell in row.tc_lst]
        found.append(tuple(found[-1][n] if merged[n] else text for n, text in enumerate(texts)))
    return found


def _text(cell: Any) -> str:
    marks = {qn("w:tab"): "\t", qn("w:br"): "\n"}
    return "".join(marks.get(one.tag) or one.text or "" for one in cell.iter(qn("w:t"), *marks))


def as_texts(rows: Sequence[Sequence[Any]]) -> list[tuple[str, ...]]:
    """Rows as a Word table shows them."""
    return [tuple("" if value is None else str(value) for value in row) for row in rows]
