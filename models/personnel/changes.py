"""Changes of posts as they are reported, recommended by the head, filed by the legal section, and take effect.

submitted → recommended → filed → in effect; returned (and sent again) or withdrawn before it is filed, by the legal section
also until it is in effect. Whoever moves a change says the version they saw; of two at once one wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, select

from models.db import Changed, Prepared, Transaction, UtcDateTime, table


class Kind(StrEnum):
    """有人离任, 补充人选, 更正信息; 部门并入: everybody leaves a unit that goes on as part of another (models/mergers.py)."""

    LEAVING = "leaving"
    ADDING = "adding"
    CORRECTING = "correcting"
    MERGING = "merging"


class State(StrEnum):
    """Where a change stands. The draft is the conversation in which it is reported."""

    SUBMITTED = "submitted"
    RECOMMENDED = "recommended"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    FILED = "filed"
    IN_EFFECT = "in_effect"


class LeaveReason(StrEnum):
    """岗位变动, 退休, 调离, 长期离岗, 其他."""

    MOVED = "moved"
    RETIRED = "retired"
    TRANSFERRED = "transferred"
    ABSENT = "absent"
    OTHER = "other"


class Qualification(StrEnum):
    """法律职业资格, 法学学历, 其他: preferred, never a bar (闵人社发〔2023〕31号 三(一))."""

    LICENCE = "licence"
    DEGREE = "degree"
    OTHER = "other"


OPEN = (State.SUBMITTED, State.RECOMMENDED, State.RETURNED)
"""The states in which a change may still come to nothing."""


class PersonnelChange(SQLModel, table=True):
    """One report: who leaves a unit's posts from a day on, who follows or is added, or what is put right."""

    id: int = Field(default=None, primary_key=True)
    bureau_id: int = Field(foreign_key="bureau.id", index=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    kind: str
    state: str = State.SUBMITTED
    version: int = 0
    effective_on: date
    reason: str | None = None
    reason_text: str | None = None
    answers: dict[str, Any] = Field(sa_type=sa.JSON)
    """The report's answers by key, so that it can be edited and sent again."""
    reporter_id: int = Field(foreign_key="person.id", index=True)
    reporter_post_id: int | None = Field(default=None, foreign_key="post.id")
    reported_at: datetime = Field(sa_type=UtcDateTime)
    recommended_by: int | None = Field(default=None, foreign_key="person.id")
    recommended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    without_recommendation: str | None = None
    """Why it was filed without 部门推荐: no head, or the head is the one leaving."""
    exception: str | None = None
    """Why the legal section allowed more than the quota."""
    comment: str | None = None
    """Why it was returned last, or taken back after it was filed."""
    moved_by: int | None = Field(default=None, foreign_key="person.id")
    """Who moved it to where it stands."""
    moved_at: datetime = Field(sa_type=UtcDateTime)


class ChangedPost(SQLModel, table=True):
    """One post of a change: it ends, or it begins with somebody, or both."""

    __table_args__ = (
        sa.Index(
            "one_open_change_of_a_post",
            "post_id",
            unique=True,
            sqlite_where=sa.text("open"),
            postgresql_where=sa.text("open"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    change_id: int = Field(foreign_key="personnelchange.id", index=True)
    role: str
    post_id: int | None = Field(default=None, foreign_key="post.id")
    """The post that ends; None: somebody is added."""
    successor_id: int | None = Field(default=None, foreign_key="person.id")
    """Who takes the role; None: nobody yet, or somebody new to the roster."""
    newcomer: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """Somebody new: name, title, mobile; once it is filed they are a person, once it is withdrawn the mobile is not kept."""
    qualification: str | None = None
    education: str | None = None
    """What the report says of the successor's: preferred, never a bar."""
    begun_id: int | None = Field(default=None, foreign_key="post.id")
    """The post that begins, once it is filed."""
    cut_short: dict[str, str] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """代办 that filing it has cut short: the posts, and the days on which they were to end."""
    open: bool = True
    """Whether its change may still come to nothing."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who is not in the roster yet."""

    name: str
    title: str
    mobile: str


@dataclass(frozen=True, slots=True)
class Line:
    """One post of a report: the role, the post that ends (None: none), who follows (a person, somebody new, nobody).

    `qualification`, `education`: what is said of who follows.
    """

    role: str
    post: int | None = None
    successor: int | None = None
    newcomer: Newcomer | None = None
    qualification: str | None = None
    education: str | None = None

    @property
    def begins(self) -> bool:
        """Whether somebody takes the role."""
        return self.successor is not None or self.newcomer is not None


_c, _l = table(PersonnelChange), table(ChangedPost)
_ID: sa.BindParameter[int] = sa.bindparam("the_id")
_MOVE = Prepared(
    sa.update(_c)
    .where(_c.c.id == _ID, _c.c.version == sa.bindparam("the_version"), _c.c.state == sa.bindparam("the_state"))
    .values(version=_c.c.version + 1),
    "state", "moved_by", "moved_at", "comment", "recommended_by", "recommended_at", "without_recommendation", "exception",
)  # fmt: skip
_CLOSE = Prepared(sa.update(_l).where(_l.c.change_id == sa.bindparam("change")), "open")
_LINES = Prepared(sa.select(_l).where(_l.c.change_id == sa.bindparam("change")).order_by(_l.c.id))
_BY_ID = Prepared(sa.select(_c).where(_c.c.id == _ID))
_FORGET = Prepared(sa.update(_c).where(_c.c.id == _ID), "answers")


def report(
    db: Transaction, *, bureau: int, unit: int, kind: Kind, effective_on: date, lines: Sequence[Line], answers: dict[str, Any],
    reporter: int, post: int | None, now: datetime, reason: str | None = None, reason_text: str | None = None,
    recommended: bool = False,
) -> int:  # fmt: skip
    """Report a change; its id. `recommended`: by a head, whose report is the recommendation.

    The caller holds the unit (quotas.lock) and has seen that no other open change ends the same posts.
    """
    change = PersonnelChange(
        bureau_id=bureau, unit_id=unit, kind=kind, effective_on=effective_on, reason=reason, reason_text=reason_text,
        answers=answers, reporter_id=reporter, reporter_post_id=post, reported_at=now, moved_by=reporter, moved_at=now,
        state=State.RECOMMENDED if recommended else State.SUBMITTED,
        recommended_by=reporter if recommended else None, recommended_at=now if recommended else None,
    )  # fmt: skip
    db.session.add(change)
    db.session.flush()
    _write_lines(db, change.id, lines)
    return change.id


def send_again(
    db: Transaction, change: Any, *, kind: Kind, effective_on: date, lines: Sequence[Line], answers: dict[str, Any], by: int,
    now: datetime, reason: str | None = None, reason_text: str | None = None, recommended: bool = False,
) -> None:  # fmt: skip
    """Send a returned change again as it is now. Raises Changed if it is not what it was."""
    _move(db, change, State.RECOMMENDED if recommended else State.SUBMITTED, by, now, recommended=recommended)
    stored = db.session.get_one(PersonnelChange, change.id, populate_existing=True)
    stored.kind, stored.effective_on, stored.answers = kind, effective_on, answers
    stored.reason, stored.reason_text = reason, reason_text
    db.session.add(stored)
    for line in db.session.exec(select(ChangedPost).where(ChangedPost.change_id == change.id)).all():
        db.session.delete(line)
    db.session.flush()
    _write_lines(db, change.id, lines)


def recommend(db: Transaction, change: Any, by: int, now: datetime) -> None:
    """部门推荐 by the head. Raises Changed if it is not what it was."""
    _move(db, change, State.RECOMMENDED, by, now, recommended=True)


def send_back(db: Transaction, change: Any, by: int, comment: str, now: datetime) -> None:
    """Return a change to its reporter, with the reason. Raises Changed if it is not what it was."""
    _move(db, change, State.RETURNED, by, now, comment=comment)


def withdraw(db: Transaction, change: Any, by: int, now: datetime) -> None:
    """The reporter takes a change back. Raises Changed if it is not what it was."""
    _move(db, change, State.WITHDRAWN, by, now)
    _close(db, change)
    for line in db.session.exec(select(ChangedPost).where(ChangedPost.change_id == change.id)).all():
        if line.newcomer is not None:
            line.newcomer = line.newcomer | {"mobile": ""}
    db.session.flush()


def file(
    db: Transaction, change: Any, by: int, now: datetime, *, note: str | None = None, exception: str | None = None
) -> None:
    """备案. `note`: why there is no 部门推荐; `exception`: why more than the quota. Raises Changed if it is not what it was."""
    _move(db, change, State.FILED, by, now, note=note, exception=exception)
    _close(db, change)


def undo(db: Transaction, change: Any, by: int, reason: str, now: datetime) -> None:
    """The legal section takes a filed change back before its day. Raises Changed if it is not what it was."""
    _move(db, change, State.WITHDRAWN, by, now, comment=reason)


def take_effect(db: Transaction, change: Any) -> None:
    """A filed change's day has come; who filed it, and when, stays. Raises Changed if it has taken effect already."""
    _move(db, change, State.IN_EFFECT, change.moved_by, change.moved_at)


def by_id(db: Transaction, change: int) -> Any | None:
    """A change, or None."""
    return db.one(_BY_ID, the_id=change)


def lines_of(db: Transaction, change: int) -> list[Any]:
    """The posts of a change, in the order in which they were reported."""
    return db.all(_LINES, change=change)


def line_of(stored: Any) -> Line:
    """A stored line as it was reported."""
    newcomer = Newcomer(**stored.newcomer) if stored.newcomer is not None else None
    return Line(stored.role, stored.post_id, stored.successor_id, newcomer, stored.qualification, stored.education)


def _close(db: Transaction, change: Any) -> None:
    """It comes to nothing else any more, and what was answered is not needed."""
    db.run(_CLOSE, change=change.id, open=False)
    db.run(_FORGET, the_id=change.id, answers={})


def _move(
    db: Transaction, change: Any, to: State, by: int | None, now: datetime, *, recommended: bool = False,
    comment: str | None = None, note: str | None = None, exception: str | None = None,
) -> None:  # fmt: skip
    keeps = State.FILED in (to, change.state)
    moved = db.run(
        _MOVE, the_id=change.id, the_version=change.version, the_state=change.state, state=to.value, moved_by=by, moved_at=now,
        comment=comment,
        recommended_by=by if recommended else change.recommended_by if keeps else None,
        recommended_at=now if recommended else change.recommended_at if keeps else None,
        without_recommendation=note or (change.without_recommendation if keeps else None),
        exception=exception or (change.exception if keeps else None),
    )  # fmt: skip
    if moved != 1:
        raise Changed(f"change {change.id}")


def _write_lines(db: Transaction, change: int, lines: Iterable[Line]) -> None:
    for line in lines:
        newcomer = asdict(line.newcomer) if line.newcomer is not None else None
        db.session.add(
            ChangedPost(
                change_id=change, role=line.role, post_id=line.post, successor_id=line.successor, newcomer=newcomer,
                qualification=line.qualification, education=line.education,
            )
        )  # fmt: skip
    db.session.flush()
