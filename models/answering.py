"""One item of a self-assessment: read, the next one found, an answer taken, every version kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from models.assessments import Answer, AnswerVersion, SelfAssessment, State
from models.campaigns import Campaign, CatalogueVersion
from models.db import Changed, Prepared, Transaction, table
from models.people import Person, Post

_a, _s, _v, _cv, _c, _p = (
    table(model) for model in (Answer, SelfAssessment, AnswerVersion, CatalogueVersion, Campaign, Person)
)
_post, _absent = table(Post), _p.alias("absent")
_ITEM = Prepared(
    sa.select(
        _a,
        _s.c.bureau_id,
        _s.c.campaign_id,
        _s.c.contact_id,
        _s.c.catalogue_id,
        _s.c.as_of,
        _s.c.dated,
        _s.c.submitted_at,
        _cv.c.sha256,
        _c.c.sha256.label("campaign_sha256"),
        _c.c.years,
    )
    .join(_s, _s.c.id == _a.c.assessment_id)
    .join(_cv, _cv.c.id == _s.c.catalogue_id)
    .join(_c, _c.c.id == _s.c.campaign_id)
    .where(_a.c.id == sa.bindparam("answer"), _a.c.position > 0)
)
_AT = Prepared(
    sa.select(_a.c.id).where(_a.c.assessment_id == sa.bindparam("assessment"), _a.c.position == sa.bindparam("place"))
)
_OWED = sa.select(_a.c.id, _a.c.position, _a.c.item, _a.c.state)
_AHEAD = Prepared(
    _OWED.where(
        _a.c.assessment_id == sa.bindparam("assessment"),
        _a.c.position > sa.bindparam("after"),
        _a.c.state.not_in([sa.literal_column(f"'{state}'") for state in (State.COMPLETE, State.SKIPPED)]),
        _a.c.id != sa.bindparam("but"),
    )
    .order_by(_a.c.position)
    .limit(1)
)
"""What is next for whoever goes from item to item, found without looking at the others."""
_AHEAD_OF_UNIT = Prepared(_AHEAD.statement.where(_a.c.unit_id == sa.bindparam("unit")))
_NEXT = Prepared(
    _OWED.where(
        _a.c.assessment_id == sa.bindparam("assessment"),
        _a.c.position > 0,
        _a.c.state != State.COMPLETE.value,
        _a.c.id != sa.bindparam("but"),
    )
    .order_by(
        sa.case((_a.c.state == State.SKIPPED.value, 1), else_=0),
        sa.case((_a.c.position > sa.bindparam("after"), 0), else_=1),
        _a.c.position,
    )
    .limit(1)
)
_NEXT_OF_UNIT = Prepared(_NEXT.statement.where(_a.c.unit_id == sa.bindparam("unit")))
NOT_GONE_UP = sa.exists(
    sa.select(_s.c.id)
    .where(_s.c.id == _a.c.assessment_id, _s.c.submitted_at.is_(None))
    .with_for_update(read=True, key_share=True)
)
"""The condition that an answer's self-assessment has not gone up; whoever submits it waits for what was changed with that."""
_GIVE = Prepared(
    sa.update(_a)
    .where(_a.c.id == sa.bindparam("answer"), _a.c.version == sa.bindparam("basis"), NOT_GONE_UP)
    .values(version=_a.c.version + 1),
    "state", "verdict", "values", "person_id", "channel", "at",
)  # fmt: skip
_KEEP_VERSION = Prepared(
    sa.insert(_v), "answer_id", "version", "key", "value", "state", "person_id", "post_id", "channel", "at"
)
_HISTORY = Prepared(
    sa.select(_v, _p.c.name, _absent.c.name.label("absent"))
    .join(_p, _p.c.id == _v.c.person_id)
    .outerjoin(_post, _post.c.id == _v.c.post_id)
    .outerjoin(_absent, _absent.c.id == _post.c.on_behalf_of)
    .where(_v.c.answer_id == sa.bindparam("answer"))
    .order_by(_v.c.version)
)


def item(db: Transaction, answer: int) -> Any | None:
    """An item's row with what its self-assessment says beside it; None where there is none, or it is set aside."""
    return db.one(_ITEM, answer=answer)


def at_position(db: Transaction, assessment: int, position: int) -> int | None:
    """The id of the item at a position (an indicator's number), or None."""
    row = db.one(_AT, assessment=assessment, place=position)
    return None if row is None else int(row.id)


def next_owed(db: Transaction, assessment: int, unit: int | None, after: int, but: int = 0) -> Any | None:
    """The next item still owed: the one behind `after`, else from the beginning, those passed over last; or None.

    `unit`: the one whose share counts, None for everything. `but`: an item (answer id) that is not meant.
    """
    wanted: dict[str, Any] = {"assessment": assessment, "after": after, "but": but}
    if unit is None:
        return db.one(_AHEAD, **wanted) or db.one(_NEXT, **wanted)
    return db.one(_AHEAD_OF_UNIT, unit=unit, **wanted) or db.one(_NEXT_OF_UNIT, unit=unit, **wanted)


def history(db: Transaction, answer: int) -> list[Any]:
    """Every version of an item's answers, with the name of whoever gave it, and for whom (代办: absent; else None)."""
    return db.all(_HISTORY, answer=answer)


def give(
    db: Transaction, answer: int, basis: int, *, key: str, value: Any, values: dict[str, Any], verdict: str | None, state: State,
    person: int, post: int | None, channel: str, now: datetime,
) -> int:  # fmt: skip
    """Take an answer: `value` for `key`, which makes the item's values what `values` is; the new version.

    Changed: the item is not at version `basis` any more, or has gone up, and nothing was written.
    """
    changed = db.run(
        _GIVE, answer=answer, basis=basis, state=state.value, verdict=verdict, values=values, person_id=person,
        channel=channel, at=now,
    )  # fmt: skip
    if changed != 1:
        raise Changed(f"answer {answer}")
    db.run(
        _KEEP_VERSION, answer_id=answer, version=basis + 1, key=key, value=value, state=state.value,
        person_id=person, post_id=post, channel=channel, at=now,
    )  # fmt: skip
    return basis + 1
