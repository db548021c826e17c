"""The columns of a roster file's two sheets, found by their headers in any order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from models.roster import cells
from models.roster.rows import BUREAUS, PEOPLE, Fault

Read = Callable[[Any, date], Any]
"""(cell, today) → its value, empty where it has none. Raises `cells.Wrong`."""

EXAMPLE = "示例"
"""A row whose first cell begins so only shows how to fill in the others."""

LONGEST_NAME = 20
LONGEST_PLACE = 50
LONGEST_TEXT = 100


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field it fills, its header, how a cell is read, whether it may be empty, other names for it."""

    field: str
    header: str
    read: Read
    optional: bool = False
    others: tuple[str, ...] = ()


_place: Read = partial(cells.called, most=LONGEST_PLACE)
_text: Read = partial(cells.text, most=LONGEST_TEXT)

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    BUREAUS: (
        Column("name", "名称", _place, others=("局", "局名称", "单位名称")),
        Column("level", "级别", cells.level, others=("层级",)),
        Column("parent", "上级局", _place, optional=True, others=("上级", "上级单位")),
    ),
    PEOPLE: (
        Column("bureau", "局", _place, others=("局名称",)),
        Column("unit", "部门", _place, others=("部门名称", "科室")),
        Column("kind", "部门类别", cells.kind, others=("类别",)),
        Column("name", "姓名", partial(cells.called, most=LONGEST_NAME)),
        Column("title", "职务", partial(cells.text, most=LONGEST_PLACE), others=("职务职级",)),
        Column("mobile", "手机", cells.mobile, others=("手机号", "手机号码", "移动电话")),
        Column("roles", "角色", cells.roles, others=("法治岗位",)),
        Column("wecom_id", "企业微信账号", cells.wecom_id, optional=True, others=("企业微信", "企业微信号")),
        Column("starts_on", "任职日期", cells.day, optional=True, others=("任职时间",)),
        Column("qualification", "法律职业资格", _text, optional=True),
        Column("education", "学历专业", _text, optional=True, others=("学历及专业", "学历", "学历学位")),
    ),
}
HEADERS: Mapping[str, Mapping[str, str]] = {
    sheet: {column.field: column.header for column in columns} for sheet, columns in COLUMNS.items()
}
"""The header by sheet and field."""

_UNREAD = {"序号", "备注"}
"""Columns that many files have besides, and that mean nothing here."""
_NOTE = re.compile(r"[(（][^()（）]*[)）]|[\s*＊：:]")


@dataclass(frozen=True, slots=True)
class Header:
    """A sheet's header row, and where each column stands in it; None: the sheet cannot be read."""

    row: int
    places: Mapping[int, Column] | None
    faults: tuple[Fault, ...]


def header(sheet: str, row: int, values: Sequence[Any]) -> Header | None:
    """What a row is as a header: None if it is none. Two known headers make one, so that titles are passed over."""
    known = {name: column for column in COLUMNS[sheet] for name in (column.header, *column.others)}
    titles = {place: _plain(value) for place, value in enumerate(values) if _plain(value)}
    places = {place: known[title] for place, title in titles.items() if title in known}
    if len({column.field for column in places.values()}) < 2:
        return None
    fields = [column.field for column in places.values()]
    missing = [column.header for column in COLUMNS[sheet] if column.field not in fields]
    twice = [column.header for column in COLUMNS[sheet] if fields.count(column.field) > 1]
    unknown = [title for title in titles.values() if title not in known and title not in _UNREAD]
    faults = [
        Fault(sheet, row, name, code)
        for code, names in (("missing_header", missing), ("header_twice", twice), ("unknown_header", unknown))
        for name in names
    ]
    return Header(row, None if missing or twice else places, tuple(faults))


def _plain(value: Any) -> str:
    title = unicodedata.normalize("NFKC", value) if isinstance(value, str) else ""
    return _NOTE.sub("", title)[:LONGEST_NAME]
