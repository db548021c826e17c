"""What happens in a dialogue to 审核事项 without anybody typing it: one is opened, and somebody has it already.

…… 法制科经办为劳动监察大队请就业促进科法治员审核重大行政执法决定“某公司欠薪案”，8月26日前，已接受
Before the kind may stand 内部, behind it the route in （）; several reviewers are joined by 、; 送审 instead of 请…审核:
nobody has it yet. 已办结 instead of 已接受: they have agreed, and it is done with; neither: they have not answered.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from sqlmodel import col, select

from bot.clock import day_of
from models import affairs
from models.db import Transaction
from models.matters import assignments, matters, opinions
from models.matters.assignments import State as Task
from models.matters.matters import Opening, State
from models.matters.opinions import Conclusion
from models.people import Bureau, Person, Post, Role, Unit
from tests.dialogue_screens import Stage

_OPENED = re.compile(
    "(.+?)为(.+?)(?:请(.+?)审核|送审)(内部)?(.+?)(?:（(.+议)）)?“(.+)”，(\\d+)月(\\d+)日前(?:，(已接受|已办结))?"
)
DONE = "已办结"
FACTS = "请审核事实、依据和程序。"


def happen(stage: Stage, text: str, bureau: str) -> bool:
    """Let it happen in a bureau, if it is one of these; whether it is."""
    found = _OPENED.fullmatch(text)
    if found is None:
        return False
    stage.database.write(lambda db: _open(db, stage, bureau, found)).result()
    return True


def _open(db: Transaction, stage: Stage, bureau: str, found: re.Match[str]) -> None:
    opener, unit, reviewers, confidential, title, route, called, month, day, state = found.groups()
    now = stage.clock.now()
    today = day_of(now)
    by, of = _post(db, bureau, opener), _unit(db, bureau, unit)
    kind = next(one for one in affairs.affairs().kinds.values() if one.title == title)
    opening = Opening(
        of.bureau_id, of.id, kind.key, called, FACTS, date(today.year, int(month), int(day)), route or next(iter(kind.routes)),
        confidential is not None,
    )  # fmt: skip
    matter = matters.by_id(db, matters.open_matter(db, opening, by.person_id, by.id, today, now))
    if not reviewers:
        return
    step = matters.step_of(matter)
    wanted = {_post(db, bureau, one).person_id for one in reviewers.split("、")}
    chosen = [one for one in assignments.candidates(db, matter, step, today) if one.person_id in wanted]
    assert len(chosen) == len(wanted)
    asked = assignments.assign(db, matter, chosen, by.person_id, now)
    matter = matters.move(db, matter, State.WORKING, by.person_id, now)
    for the_id in asked if state else ():
        row: Any = assignments.by_id(db, the_id)
        if state == DONE:
            opinions.hand_in(db, row, [], Conclusion.AGREED, "", row.person_id, now)
        assignments.move(db, row, Task.DONE if state == DONE else Task.ACCEPTED, row.person_id, now)
    if state == DONE:
        opinions.accept(db, matter, by.person_id, today, now)
        matters.move(db, matter, State.DONE, by.person_id, now)


def _post(db: Transaction, bureau: str, called: str) -> Post:
    """The post that gives somebody most to do with matters."""
    posts = db.session.exec(
        select(Post).join(Person, col(Person.id) == Post.person_id).join(Unit, col(Unit.id) == Post.unit_id).join(Bureau)
        .where(Person.name == called, Bureau.name == bureau)
    ).all()  # fmt: skip
    return min(posts, key=lambda post: post.role not in (Role.LEGAL_SECTION, Role.OFFICE, Role.PARTY_SECTION))


def _unit(db: Transaction, bureau: str, name: str) -> Unit:
    return db.session.exec(select(Unit).join(Bureau).where(Bureau.name == bureau, Unit.name == name)).one()
