"""What happens in a dialogue besides what people say: time passes, somebody leaves, the catalogue changes."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from sqlmodel import col, select

from bot.app import FORGOTTEN_AFTER_SECONDS
from bot.channels.web import NAME as WEB
from bot.clock import ZONE, day_of, local
from bot.operating import catalogue as catalogue_commands
from models import answering, assessments, holders
from models.assessments import Answer, State, Verdict
from models.db import Transaction
from models.demo import CATALOGUE
from models.people import Person, Post, Unit
from tests import (
    dialogue_joining,
    dialogue_matters,
    dialogue_notices,
    dialogue_personnel,
    dialogue_teamwork,
    dialogue_uploads,
)
from tests.dialogue_screens import Stage

HOME = "示范区人社局"
SOURCE = CATALOGUE / "indicators-2022.yaml"
CHANGES = {
    "第11项网上可办率要求提高到95%": (
        ("市县级政务服务事项网上可办率不低于90%", "市县级政务服务事项网上可办率不低于95%"),
        ('op: ">=", threshold: 90, per: period', 'op: ">=", threshold: 95, per: period'),
    ),
    "第6项不再要求": (('      - number: 6\n        text: "全面落实并严格执行全国统一的负面清单制度。"\n', ""),),
}
"""Changes of the catalogue as an official letter would put them, and the text replaced in its file."""

_SPAN = re.compile(r"(\d+)(天|小时|分钟)后")
_SPANS = {"天": "days", "小时": "hours", "分钟": "minutes"}
_AT = re.compile(r"(\d+)月(\d+)日 ?(\d+):(\d+)")
DUE = "到点"
_TODAY = re.compile(r"今天是(\d+)年(\d+)月(\d+)日")
_NOT_TOLD = re.compile("(.+)还没有用过助手")
_ON_FILE = re.compile("(.+)登记的(手机|职务|学历专业)是(.+)")
_COLUMNS = {"手机": "mobile", "职务": "title", "学历专业": "education"}
_RETURNED = re.compile(r"第(\d+)项被退回")
_ANSWERED = re.compile("(.+)已把第(\\d+)至(\\d+)项答为“不涉及”")
_ON_TELEGRAM = re.compile("(.+?)(停用|重新启用|注销)了Telegram(?:里的助手|账号)")
_CUT = re.compile("(.+)的Telegram一时连不上")
_ON_WECOM = re.compile("(.+?)(离开|回到)了应用的可见范围")
_CATALOGUE = re.compile("指标更新：(.+)")


class Unreadable(ValueError):
    """A line of a dialogue that means nothing; says which."""


def happen(stage: Stage, text: str) -> None:
    """Let it happen. Raises Unreadable."""
    if _time_passes(stage, text):
        return
    if text.endswith("离任"):
        who = id_of(stage, text.removesuffix("离任"), HOME)
        leaves = sa.update(Post).where(col(Post.person_id) == who)
        _change(stage, leaves.values(ends_on=day_of(stage.clock.now())))
    elif found := _NOT_TOLD.fullmatch(text):
        who = id_of(stage, found[1], HOME)
        _change(stage, sa.update(Person).where(col(Person.id) == who).values(informed_at=None))
    elif (found := _ON_FILE.fullmatch(text)) and "人社局" not in text:
        who = id_of(stage, found[1], HOME)
        _change(stage, sa.update(Person).where(col(Person.id) == who).values({_COLUMNS[found[2]]: found[3]}))
    elif found := _RETURNED.fullmatch(text):
        _change(stage, sa.update(Answer).where(col(Answer.position) == int(found[1])).values(state=State.RETURNED))
    elif found := _ANSWERED.fullmatch(text):
        who = id_of(stage, found[1], HOME)
        numbers = range(int(found[2]), int(found[3]) + 1)
        stage.database.write(lambda db: _answer(db, who, numbers, stage.clock.now())).result()
    elif found := _CATALOGUE.fullmatch(text):
        _new_catalogue(stage, found[1])
    elif not (
        _on_a_platform(stage, text)
        or dialogue_teamwork.happen(stage, text, HOME)
        or dialogue_joining.happen(stage, text, lambda name: id_of(stage, name, HOME))
        or dialogue_uploads.happen(stage, text, lambda name: id_of(stage, name, HOME))
        or dialogue_personnel.happen(stage, text, HOME)
        or dialogue_matters.happen(stage, text, HOME)
        or dialogue_notices.happen(stage, text, partial(id_of, stage), HOME)
    ):
        raise Unreadable(text)


def _on_a_platform(stage: Stage, text: str) -> bool:
    """Whether that is what somebody does there without a word to the assistant."""
    if found := _ON_TELEGRAM.fullmatch(text):
        who = id_of(stage, found[1], HOME)
        leaves = found[2] == "注销"
        assert stage.leave_telegram(who) if leaves else stage.stop_telegram(who, again=found[2] == "重新启用")
    elif found := _CUT.fullmatch(text):
        assert stage.cut_telegram(id_of(stage, found[1], HOME))
    elif found := _ON_WECOM.fullmatch(text):
        assert stage.leave_wecom(id_of(stage, found[1], HOME), again=found[2] == "回到")
    return found is not None


def _time_passes(stage: Stage, text: str) -> bool:
    """Whether that is all that happens. Nothing falls due with it but at 到点 and at a named moment."""
    if found := _SPAN.fullmatch(text):
        _pass(stage, timedelta(**{_SPANS[found[2]]: int(found[1])}))
    elif found := _TODAY.fullmatch(text):
        _begin_anew(stage, date(*map(int, found.groups())))
    elif found := _AT.fullmatch(text):
        _pass(stage, _next(stage.clock.now(), *map(int, found.groups())) - stage.clock.now())
        stage.due()
    elif text == DUE:
        stage.due()
    else:
        return False
    return True


def id_of(stage: Stage, name: str, bureau: str) -> int:
    """The id of one of the demo's people."""
    rows = stage.database.read(holders.everyone)
    return next(int(row.person_id) for row in rows if (row.name, row.bureau) == (name, bureau))


def _pass(stage: Stage, span: timedelta) -> None:
    stage.clock.pass_(seconds=span.total_seconds())
    if span.total_seconds() >= FORGOTTEN_AFTER_SECONDS:
        stage.give_up_uploads()


def _next(now: datetime, month: int, day: int, hour: int, minute: int) -> datetime:
    """The next such moment."""
    this_year = datetime(local(now).year, month, day, hour, minute, tzinfo=ZONE)
    return this_year if this_year >= now else this_year.replace(year=this_year.year + 1)


def _begin_anew(stage: Stage, today: date) -> None:
    """Another day at 09:00, everybody long in their posts."""
    stage.clock.pass_(seconds=(datetime.combine(today, time(9), ZONE) - stage.clock.now()).total_seconds())
    _change(stage, sa.update(Post).values(starts_on=today.replace(month=1, day=1)))


def _change(stage: Stage, change: sa.Update) -> None:
    stage.database.write(lambda db: db.session.execute(change)).result()


def _answer(db: Transaction, who: int, numbers: range, now: datetime) -> None:
    """Answer items as if the person had: 不涉及, with a reason."""
    values = {"verdict": Verdict.NOT_APPLICABLE.value, "reason": "本单位没有这类事项"}
    bureau = db.session.exec(select(Unit.bureau_id).join(Post).where(Post.person_id == who)).one()
    assessment = assessments.of_bureau(db, bureau)
    assert assessment is not None
    for number in numbers:
        answer = answering.at_position(db, assessment.id, number)
        assert answer is not None
        for basis, (key, value) in enumerate(values.items()):
            answering.give(
                db, answer, basis, key=key, value=value, values=values, verdict=values["verdict"],
                state=State.COMPLETE if key == "reason" else State.DRAFT, person=who, post=None, channel=WEB, now=now,
            )  # fmt: skip


def _new_catalogue(stage: Stage, change: str) -> None:
    """Load a changed catalogue and move the bureau's self-assessment to it, as the operator's commands do."""
    source = SOURCE.read_text("utf-8")
    for before, after in CHANGES[change]:
        assert before in source
        source = source.replace(before, after)
    numbers = count(1)
    source = re.sub(r"(?<=      - number: )\d+", lambda _: str(next(numbers)), source)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "catalogue.yaml"
        file.write_text(source, "utf-8")
        now = stage.clock.now()
        catalogue_commands.load(stage.database, file, now)
        catalogue_commands.move(stage.database, HOME, now)
    stage.sweep()
