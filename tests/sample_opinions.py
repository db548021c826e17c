"""Opinions as documents hold them, made up: of every kind of point, of one reviewer and of several."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from models.affairs import Check, Scale, affair
from models.matters.opinions import Conclusion, Line, Part, Said, Sheet
from models.matters.settings import Paper

OFFICER, OTHER = "就业促进科法治员", "劳动关系科法治员"
AT = datetime(2026, 8, 25, 2, 0, tzinfo=UTC)
FACTS = "2026年7月，某公司拖欠42名劳动者工资共计128.6万元，经责令限期改正后仍未支付。\n拟作出加付赔偿金和罚款的行政处理决定。"
REASON = "决定书未写明复议机关的名称和申请复议的期限，应补充后再送达。"


def matter(kind: str, **about: Any) -> Any:
    """A matter's row."""
    row = {
        "id": 1, "bureau_id": 4, "unit_id": 9, "affair": kind, "route": "", "step": 0, "year": 2026, "number": 17,
        "title": "关于对某公司拖欠劳动者工资的行政处理决定", "facts": FACTS, "begun_on": date(2026, 8, 19),
    }  # fmt: skip
    return SimpleNamespace(**(row | about))


def said_of(check: Check, *, good: bool = True) -> Said:
    """What could be said of a point."""
    if check.scale is Scale.GRID:
        lines = (
            Line(f"用人单位与劳动者之间的{check.name}", "劳动合同、考勤记录、工资支付台账", enough=True),
            Line("拖欠的数额和期间", "调查询问笔录2份、欠薪明细表", enough=good),
        )
        return Said(check.number, lines=lines)
    if check.scale is Scale.OPINION:
        return Said(check.number, text=f"{check.name}：总体可行。\n建议在实施前再听取一次基层意见。")
    return Said(check.number, check.verdicts[0]) if good else Said(check.number, check.verdicts[2], REASON)


def part(
    kind: str, person: str = OFFICER, unit: str = "就业促进科", *, bad: tuple[int, ...] = (), **about: Any
) -> Part:
    """One reviewer's part; of the points in `bad` something is wrong."""
    said = {check.number: said_of(check, good=check.number not in bad) for check in affair(kind).checks}
    whole = Conclusion.AGREED_IF_AMENDED if bad else Conclusion.AGREED
    made = Part(person, unit, said, whole, "请补正救济途径告知后作出决定。" if bad else "", "", AT)
    return replace(made, **about)


def sheet(kind: str, *parts: Part, **about: Any) -> Sheet:
    """An accepted step's document; what is about it may be otherwise."""
    made = Sheet(
        matter=matter(kind), bureau="示范区人社局", unit="劳动关系科", title=next(iter(affair(kind).outputs.values())),
        checks=affair(kind).checks, parts=parts or (part(kind),), materials=("行政处理决定书（送审稿）.docx", "调查询问笔录.pdf"),
        number=(2026, 3), paper=Paper(red=False, issuer="示范区人社局", code="法审"), accepted_by="法制科科长",
        accepted_on=date(2026, 8, 26),
    )  # fmt: skip
    return replace(made, **about)


RED = Paper(red=True, issuer="示范区人力资源和社会保障局", code="示人社法审")
