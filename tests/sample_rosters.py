"""Roster files (名册) as people send them, and as dialogues write them: 〔文件 名册.xlsx 含：…〕.

Rows stand between ；, cells between ，: 部门，姓名，手机，角色, then 列=值 for other columns. 局：名称，级别，上级局 is a row of
the sheet 局. （共7行） behind a row makes seven of it, their names numbered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook

from models.demo import AFFILIATES

HOME = "示范区人社局"

BUREAU_COLUMNS = ("名称", "级别", "上级局")
PERSON_COLUMNS = (
    "局", "部门", "部门类别", "姓名", "职务", "手机", "角色", "企业微信账号", "任职日期", "法律职业资格", "学历专业",
)  # fmt: skip
_TIMES = re.compile(r"(.+)（共(\d+)行）")


def workbook(sheets: Mapping[str, Iterable[Sequence[Any]]]) -> bytes:
    """A workbook of these sheets, row by row."""
    book = Workbook()
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for number, row in enumerate(rows, 1):
            for place, value in enumerate(row, 1):
                cell = sheet.cell(number, place, value)
                if isinstance(value, str):
                    cell.data_type = "s"  # as a text, whatever it begins with
    del book["Sheet"]
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def roster(people: Iterable[Mapping[str, Any]], bureaus: Iterable[Sequence[Any]] = ()) -> bytes:
    """A roster: people as {列: 值}, bureaus as rows."""
    rows = [[one.get(column) for column in PERSON_COLUMNS] for one in people]
    return workbook({"局": [BUREAU_COLUMNS, *bureaus], "人员": [PERSON_COLUMNS, *rows]})


def somebody(
    unit: str = "就业促进科", name: str = "", mobile: Any = "", roles: str = "法治员", **more: Any
) -> dict[str, Any]:
    """A person of the demo's own bureau, as a row."""
    kind = "局属单位" if unit in AFFILIATES else "机关科室"
    row = {"局": HOME, "部门": unit, "部门类别": kind, "姓名": name, "职务": "科员", "手机": mobile, "角色": roles}
    return row | more


def as_written(text: str) -> bytes:
    """The file that a dialogue describes."""
    people, bureaus = [], []
    for item in text.split("；"):
        if item.startswith("局："):
            bureaus.append(item.removeprefix("局：").split("，"))
            continue
        found = _TIMES.fullmatch(item)
        cells, times = (found[1], int(found[2])) if found else (item, 1)
        given = [cell for cell in cells.split("，") if "=" not in cell]
        more = dict(cell.split("=") for cell in cells.split("，") if "=" in cell)
        row = somebody(*given, **more)
        numbers = [""] if times == 1 else range(1, times + 1)
        people += [row | {"姓名": f"{row['姓名']}{number}"} for number in numbers]
    return roster(people, bureaus)
