"""Fields of every kind of choice, and what their choices are called."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from bot.fields import OneOf, Option, Person, Reading, Several

TODAY = date(2026, 8, 19)


class Reason(StrEnum):
    POSTING = "posting"
    RETIREMENT = "retirement"
    OTHER = "other"


LABELS = {
    "posting": "岗位变动", "retirement": "退休", "other": "其他原因", "yes": "有", "no": "暂无", "today": "今天",
    "a": "劳动关系科", "b": "劳动监察大队", "c": "工伤保险科", "_skip": "跳过",
}  # fmt: skip
CONTEXT = Reading(TODAY, LABELS)
REASON = OneOf(Reason)
SECTIONS = Several(tuple(Option(key) for key in "abc"), least=1, most=2)
PEOPLE = Person((Option("11", "负责人"), Option("7", "法治员甲"), Option("8", "法治员乙")))
PERSON_CONTEXT = Reading(TODAY, {option.key: option.label or "" for option in PEOPLE.options()})
