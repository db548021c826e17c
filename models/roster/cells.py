"""Single cells of a roster file: what may be written in each column, and what it means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from models.people import Level, Role, UnitKind

T = TypeVar("T")

LEVELS: Mapping[str, Level] = (
    dict.fromkeys(("省", "省级", "省厅", "自治区", "直辖市"), Level.PROVINCE)
    | dict.fromkeys(("市", "市级", "市局", "地市", "地级市", "设区市", "地市级"), Level.CITY)
    | dict.fromkeys(("县区", "县", "区", "县级", "区级", "区县", "县区级", "县市区", "县级市", "区县级", "县局", "区局"), Level.COUNTY)
)  # fmt: skip
KINDS: Mapping[str, UnitKind] = (
    dict.fromkeys(("机关科室", "科室", "机关", "机关处室", "处室", "内设机构"), UnitKind.SECTION)
    | dict.fromkeys(("局属单位", "局属", "下属单位", "直属单位", "事业单位", "局属事业单位", "厅属单位"), UnitKind.AFFILIATE)
)  # fmt: skip
ROLES: Mapping[str, Role] = (
    dict.fromkeys(("法治联络员", "联络员"), Role.LIAISON)
    | {"法治员": Role.LEGAL_OFFICER}
    | dict.fromkeys(("部门负责人", "负责人"), Role.HEAD)
    | dict.fromkeys(("法制科", "局法制科", "政策法规处", "省厅政策法规处"), Role.LEGAL_SECTION)
    | dict.fromkeys(("局办公室", "办公室"), Role.OFFICE)
    | dict.fromkeys(("局党群科", "党群科"), Role.PARTY_SECTION)
    | dict.fromkeys(("局领导", "领导"), Role.LEADER)
)
"""What may be written; the first name of each is the one that the template offers."""

EARLIEST = date(1950, 1, 1)
AHEAD = timedelta(days=366)

_SHOWN = 20
"""Characters of an unknown word that are shown back."""
_FILLERS = {"", "/", "-", "--", "—", "——", "无", "none", "n/a"}
"""What people put into a cell that is to stay empty."""
_DROPPED = re.compile("[\u200b-\u200d\u2060\ufeff\u00ad]")
_PADDING = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_FORMULA = tuple("=+-@＝＋－＠")
_ROLE_MARKS = re.compile(r"[、,，;；/\s]+")
_NOT_IN_WORDS = re.compile(r"[\s()（）、,，·/\-]+")
_COUNTRY_CODE = re.compile(r"^(?:\+|00)?86(?=1\d{10}$)")
_MOBILE = re.compile(r"1\d{10}")
_WECOM_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_\-@.]{0,63}")
_DAY = re.compile(r"(\d{4})(?:[年./\-](\d{1,2})(?:[月./\-](\d{1,2})日?|月?)|(\d{2})(\d{2}))")
_SERIALS = range(18_264, 73_051)
"""Excel's numbers for the days from 1950 to 2099."""
_SERIAL_ZERO = date(1899, 12, 30)


class Wrong(Exception):
    """A cell that cannot be taken: the code of its sentence, and what that draws on."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def written(value: Any) -> str:
    """A cell's value as a text with single spaces; empty where a filler stands. Wrong: control."""
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    found = " ".join(_DROPPED.sub("", "" if value is None else str(value)).split())
    if not found.isprintable() and any(unicodedata.category(mark) in ("Cc", "Cf", "Cs") for mark in found):
        raise Wrong("control")
    return "" if found.lower() in _FILLERS else found


def text(value: Any, today: date, most: int) -> str:
    """A text of at most `most` characters. Wrong: too_long, formula, control."""
    found = written(value)
    if found.startswith(_FORMULA):
        raise Wrong("formula", mark=found[0])
    if len(found) > most:
        raise Wrong("too_long", most=most, length=len(found))
    return found


def called(value: Any, today: date, most: int) -> str:
    """What somebody or something is called: as `text`, without the spaces that pad Chinese names."""
    return _PADDING.sub("", text(value, today, most))


def level(value: Any, today: date) -> Level | None:
    """省, 市 or 县区, in any usual spelling. Wrong: level."""
    return _named(value, LEVELS, "level")


def kind(value: Any, today: date) -> UnitKind | None:
    """机关科室 or 局属单位. Wrong: kind."""
    return _named(value, KINDS, "kind")


def roles(value: Any, today: date) -> tuple[Role, ...]:
    """One or several of the seven roles, in their own order. Wrong: role (the first that is none)."""
    found = {_named(one, ROLES, "role") for one in _ROLE_MARKS.split(written(value))}
    return tuple(role for role in Role if role in found)


def mobile(value: Any, today: date) -> str:
    """A mobile number's 11 digits, however Excel or people wrote them. Wrong: mobile (digits: how many there are)."""
    shown = unicodedata.normalize("NFKC", written(value))
    digits = _COUNTRY_CODE.sub("", re.sub(r"[\s\-—()]|\.0*$", "", shown))
    if shown and not _MOBILE.fullmatch(digits):
        raise Wrong("mobile", digits=sum(map(str.isdecimal, digits)))
    return digits


def wecom_id(value: Any, today: date) -> str:
    """A member's id in 企业微信: letters, digits and _-@., 64 at most. Wrong: wecom_id."""
    found = unicodedata.normalize("NFKC", written(value))
    if found and not _WECOM_ID.fullmatch(found):
        raise Wrong("wecom_id")
    return found


def day(value: Any, today: date) -> date | None:
    """A date, as Excel keeps it or as people write it; a month alone is its first day. Wrong: date, date_range."""
    found = _day(value)
    if found is not None and not EARLIEST <= found <= today + AHEAD:
        raise Wrong("date_range", first=EARLIEST.isoformat(), last=(today + AHEAD).isoformat())
    return found


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, float) and not value.is_integer():
        raise Wrong("date")  # 2019.10 typed as a number is 2019.1
    shown = unicodedata.normalize("NFKC", written(value)).replace(" ", "")
    if not shown:
        return None
    if shown.isdecimal() and int(shown) in _SERIALS:
        return _SERIAL_ZERO + timedelta(days=int(shown))
    parts = _DAY.fullmatch(shown)
    if parts is None:
        raise Wrong("date")
    year, month, on, *together = (int(part) if part else 0 for part in parts.groups())
    month, on = together if together[0] else (month, on or 1)
    try:
        return date(year, month, on)
    except ValueError:
        raise Wrong("date") from None


def _named(value: Any, names: Mapping[str, T], code: str) -> T | None:
    found = written(value)
    plain = _NOT_IN_WORDS.sub("", unicodedata.normalize("NFKC", found))
    if found and plain not in names:
        raise Wrong(code, value=found[:_SHOWN])
    return names.get(plain)
