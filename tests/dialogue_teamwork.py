"""What happens in a dialogue to a whole self-assessment or to somebody's posts, without anybody typing it."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from bot.clock import day_of
from models import acceptance, assessments, campaigns, holders, judging, shares
from models.acceptance import Opinion
from models.assessments import Answer, AnswerVersion, SelfAssessment, State
from models.catalogue_types import Indicator, Period
from models.db import Transaction
from models.people import Bureau, Post, Role, Unit
from tests.dialogue_screens import Stage

READY, NOT_BEGUN, NEXT_ROUND = "各项条件均已具备", "本局还没有开始自评", "下一轮创建活动开始"
_BESIDES = re.compile("(.+)兼任(.+?)(法治联络员|法治员|负责人)")
_GIVEN = re.compile("第(\\d+)至(\\d+)项已分给(.+)")
_ROLES = {"法治联络员": Role.LIAISON, "法治员": Role.LEGAL_OFFICER, "负责人": Role.HEAD}


def happen(stage: Stage, text: str, bureau: str) -> bool:
    """Let it happen in a bureau, if it is one of these; whether it is."""
    if text == READY:
        stage.database.write(lambda db: _make_ready(db, stage, bureau)).result()
    elif text == NEXT_ROUND:
        stage.database.write(lambda db: _next_round(db, stage, bureau)).result()
    elif text == NOT_BEGUN:
        stage.database.write(lambda db: _unbegin(db, bureau)).result()
    elif found := _BESIDES.fullmatch(text):
        stage.database.write(lambda db: _give_post(db, stage, bureau, found)).result()
    elif found := _GIVEN.fullmatch(text):
        stage.database.write(lambda db: _give_items(db, bureau, found)).result()
    else:
        return False
    return True


def _make_ready(db: Transaction, stage: Stage, bureau: str) -> None:
    """Everything answered, 暂无 for evidence, accepted, decided, and both opinions given."""
    now = stage.clock.now()
    the_id = db.session.exec(select(Bureau.id).where(Bureau.name == bureau)).one()
    assessment = assessments.of_bureau(db, the_id)
    assert assessment is not None
    catalogue = campaigns.catalogue_of(db, assessment.catalogue_id, assessment.sha256)
    period = assessments.campaign_file(db, assessment).period
    met = {"verdict": "met", "statement": None, "evidence": {"items": [], "instead": "none"}}
    for item in db.session.exec(select(Answer).where(Answer.assessment_id == assessment.id)).all():
        kind = item.item.partition(".")[0]
        values = {"bonus": {"has": "none"}, "veto": {"case_1": "none"}}.get(kind, met)
        verdict = "met" if kind.isdecimal() else "none"
        if kind.isdecimal():
            values = met | _figures(catalogue.indicator(int(kind)), period)
        change = sa.update(Answer).where(col(Answer.id) == item.id)
        db.session.execute(
            change.values(
                state=State.COMPLETE, verdict=verdict, values=values, version=1, accepted=1,
                person_id=assessment.contact_id, channel="web", at=now,
            )
        )  # fmt: skip
    acceptance.decide(db, assessment.id, day_of(now), "局党组会议", "同意申报。", assessment.contact_id, now)
    for opinion in Opinion:
        acceptance.tick(db, assessment.id, opinion, assessment.contact_id, now)


def _next_round(db: Transaction, stage: Stage, bureau: str) -> None:
    the_id = db.session.exec(select(Bureau.id).where(Bureau.name == bureau)).one()
    old, before = campaigns.newest(db), assessments.of_bureau(db, the_id)
    assert old is not None
    assert before is not None
    campaign = campaigns.load_campaign(db, old.source.encode(), old.years + 1, old.catalogue_id)
    assessments.begin_now(db, campaign, the_id, before.contact_id, stage.clock.now())


def _unbegin(db: Transaction, bureau: str) -> None:
    the_id = db.session.exec(select(Bureau.id).where(Bureau.name == bureau)).one()
    whole = select(SelfAssessment.id).where(SelfAssessment.bureau_id == the_id)
    answers = select(Answer.id).where(col(Answer.assessment_id).in_(whole))
    db.session.execute(sa.delete(AnswerVersion).where(col(AnswerVersion.answer_id).in_(answers)))
    db.session.execute(sa.delete(Answer).where(col(Answer.assessment_id).in_(whole)))
    db.session.execute(sa.delete(SelfAssessment).where(col(SelfAssessment.bureau_id) == the_id))


def _give_items(db: Transaction, bureau: str, found: re.Match[str]) -> None:
    unit = db.session.exec(select(Unit).join(Bureau).where(Unit.name == found[3], Bureau.name == bureau)).one()
    assessment = assessments.of_bureau(db, unit.bureau_id)
    assert assessment is not None
    rows = assessments.all_items(db, assessment.id)
    shares.give(db, [row for row in rows if int(found[1]) <= row.position <= int(found[2])], unit.id)


def _figures(indicator: Indicator, period: Period) -> dict[str, Any]:
    return {figure.key: {"instead": judging.NONE} for figure in judging.figures(indicator, period)}


def _give_post(db: Transaction, stage: Stage, bureau: str, found: re.Match[str]) -> None:
    who = next(row.person_id for row in holders.everyone(db) if (row.name, row.bureau) == (found[1], bureau))
    units = select(Unit.id).join(Bureau).where(Unit.name == found[2], Bureau.name == bureau)
    role, starts = _ROLES[found[3]], day_of(stage.clock.now())
    db.session.add(Post(person_id=who, unit_id=db.session.exec(units).one(), role=role, starts_on=starts))
