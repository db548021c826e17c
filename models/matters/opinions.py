"""Opinions: what a reviewer says of each point and of the whole. Every version that was handed in is kept, for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.affairs import Check
from models.db import Prepared, Transaction, UtcDateTime, table
from models.matters import assignments, clock, matters, names, numbers, settings
from models.matters.assignments import Assignment
from models.matters.names import Names
from models.matters.numbers import Series
from models.matters.settings import Paper


class Conclusion(StrEnum):
    """The whole: 同意, 修改后同意, 不同意."""

    AGREED = "agreed"
    AGREED_IF_AMENDED = "amended"
    NOT_AGREED = "not_agreed"


class Opinion(SQLModel, table=True):
    """One version of what a reviewer handed in."""

    __table_args__ = (sa.UniqueConstraint("assignment_id", "version"),)

    id: int = Field(default=None, primary_key=True)
    assignment_id: int = Field(foreign_key="assignment.id")
    version: int
    """From 1."""
    points: list[dict[str, Any]] = Field(sa_type=sa.JSON)
    """A `Said` each, in the notice's order; none where a file says it."""
    conclusion: str | None = None
    text: str = ""
    """What is said of the whole."""
    evidence_id: int | None = Field(default=None, foreign_key="evidence.id")
    """The file that was given instead of typing."""
    counts: bool = True
    """False: it came when the assignment was another's already; it is kept, and counts for nothing."""
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)


class MatterDocument(SQLModel, table=True):
    """The document that an accepted step came to, with its number."""

    __table_args__ = (sa.UniqueConstraint("bureau_id", "year", "number"), sa.UniqueConstraint("matter_id", "step"))

    id: int = Field(default=None, primary_key=True)
    matter_id: int = Field(foreign_key="matter.id")
    step: int
    bureau_id: int = Field(foreign_key="bureau.id")
    title: str
    code: str
    """文号代字: its number is code〔year〕number号."""
    year: int
    number: int
    red: bool
    """It has a red head, in which `issuer` stands."""
    issuer: str
    in_time: bool
    """What was accepted had been handed in by the end of its due date."""
    accepted_by: int = Field(foreign_key="person.id")
    accepted_at: datetime = Field(sa_type=UtcDateTime)
    accepted_on: date
    names: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    """`Names` as they stood then; None: of a time before they were kept, so that today's stand in it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an evidence grid: what is to be shown, by which item, and whether that is enough."""

    shows: str
    by: str
    enough: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What a reviewer says of a point. `verdict`: empty where the point takes none; `text`: why, or the free text."""

    check: int
    verdict: str = ""
    text: str = ""
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One reviewer's part of a document. `file`: the name of the file that says it instead; `said`: by the point's number."""

    person: str
    unit: str
    said: dict[int, Said]
    conclusion: Conclusion | None
    text: str
    file: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a step's document holds. `number`: None before acceptance, when it is a draft. `paper`: how it looks.

    `accepted_by`: empty before; `accepted_on`: None before. `materials`: names of the attachments.
    """

    matter: Any
    bureau: str
    unit: str
    title: str
    checks: tuple[Check, ...]
    parts: tuple[Part, ...]
    materials: tuple[str, ...]
    number: tuple[int, int] | None
    paper: Paper
    accepted_by: str
    accepted_on: date | None


_o, _d, _a = table(Opinion), table(MatterDocument), table(Assignment)
_ID: sa.BindParameter[int] = sa.bindparam("the_id")
_VERSIONS = Prepared(sa.select(_o).where(_o.c.assignment_id == _ID).order_by(_o.c.version))
_HANDED_IN = Prepared(
    sa.select(sa.type_coerce(sa.func.max(_o.c.at), UtcDateTime).label("at"))
    .join(_a, _a.c.id == _o.c.assignment_id)
    .where(_a.c.matter_id == _ID, _a.c.step == sa.bindparam("the_step"), _o.c.counts)
)
_DOCUMENTS = Prepared(sa.select(_d).where(_d.c.matter_id == _ID).order_by(_d.c.step))


def hand_in(
    db: Transaction, assignment: Any, said: Sequence[Said], conclusion: Conclusion | None, text: str, by: int, now: datetime, *,
    file: int | None = None, counts: bool = True,
) -> int:  # fmt: skip
    """Keep what a reviewer hands in as a new version; its number. Moving the assignment is the caller's."""
    opinion = Opinion(
        assignment_id=assignment.id, version=len(versions(db, assignment.id)) + 1, points=[asdict(one) for one in said],
        conclusion=conclusion, text=text, evidence_id=file, counts=counts, person_id=by, at=now,
    )  # fmt: skip
    db.session.add(opinion)
    db.session.flush()
    return opinion.version


def versions(db: Transaction, assignment: int) -> list[Any]:
    """Everything that was handed in for an assignment, the oldest first."""
    return db.all(_VERSIONS, the_id=assignment)


def latest(db: Transaction, assignment: int) -> Any | None:
    """What counts of an assignment's opinions; None: nothing has been handed in."""
    return next((one for one in reversed(versions(db, assignment)) if one.counts), None)


def points_of(opinion: Any) -> dict[int, Said]:
    """What an opinion (a row) says, by the point's number."""
    said = [Said(**one) for one in opinion.points]
    return {one.check: replace(one, lines=tuple(Line(**line) for line in one.lines)) for one in said}  # type: ignore[arg-type]


def accept(
    db: Transaction, matter: Any, by: int, today: date, now: datetime, materials: Sequence[str] = ()
) -> Any:  # fmt: skip
    """The present step's opinions are accepted: its document, numbered. Moving the matter and its assignments is the caller's.

    `materials`: what the attachments are called by which its reviewers went.
    """
    year, number = numbers.take(db, matter.bureau_id, today.year, Series.DOCUMENT)
    paper = settings.paper_of(db, matter.bureau_id)
    document = MatterDocument(
        matter_id=matter.id, step=matter.step, bureau_id=matter.bureau_id,
        title=settings.output_of(db, matter.bureau_id, matters.step_of(matter)), code=paper.code, year=year, number=number,
        red=paper.red, issuer=paper.issuer, in_time=_handed_in_at(db, matter, now) <= clock.moment(matter.due_on),
        accepted_by=by, accepted_at=now, accepted_on=today, names=names.today(db, matter, by, materials).stored(),
    )  # fmt: skip
    db.session.add(document)
    db.session.flush()
    return document


def _handed_in_at(db: Transaction, matter: Any, now: datetime) -> datetime:
    """When the last opinion of a matter's present step came in; a record, which is none, is accepted as it comes."""
    row = db.one(_HANDED_IN, the_id=matter.id, the_step=matter.step)
    return row.at if row is not None and row.at is not None else now


def documents_of(db: Transaction, matter: int) -> list[Any]:
    """The documents that a matter has come to, step by step."""
    return db.all(_DOCUMENTS, the_id=matter)


def document_of(db: Transaction, matter: int, step: int) -> Any | None:
    """The document that a step of a matter has come to; None: it has not come to its end."""
    return next((one for one in documents_of(db, matter) if one.step == step), None)


def names_in(db: Transaction, matter: Any, document: Any | None, materials: Sequence[str] = ()) -> Names:
    """The names in a document (a row): as they were kept with it; today's, where there is none or it kept none."""
    if document is not None and document.names is not None:
        return names.read(document.names)
    return names.today(db, matter, None if document is None else document.accepted_by, materials)


def sheet(db: Transaction, matter: Any, step: int, materials: Sequence[str] = ()) -> Sheet:
    """What the document of a step of a matter (a row) holds as it stands: accepted, or so far.

    `materials`: what the attachments are called now; an accepted document keeps those of its day.
    """
    kind = matters.kind_of(matter)
    at = kind.step(matter.route, step)
    assert at is not None
    document = document_of(db, matter.id, step)
    named = names_in(db, matter, document, materials)
    return Sheet(
        matter, named.bureau, named.unit,
        document.title if document else settings.output_of(db, matter.bureau_id, at), kind.checks,
        tuple(_parts(db, matter, step, named)), named.materials,
        (document.year, document.number) if document else None,
        Paper(document.red, document.issuer, document.code) if document else settings.paper_of(db, matter.bureau_id),
        named.accepter if document and at.accepted_by else "", document.accepted_on if document else None,
    )  # fmt: skip


def part(db: Transaction, opinion: Any, person: str, unit: str) -> Part:
    """An opinion (a row, or a draft of one) as the part of the person who says it."""
    conclusion = Conclusion(opinion.conclusion) if opinion.conclusion else None
    return Part(
        person, unit, points_of(opinion), conclusion, opinion.text, _file_name(db, opinion.evidence_id), opinion.at
    )


def forget(db: Transaction, person: int, called: str) -> None:
    """A person is erased: documents keep their name no more, who is `called` so from now on."""
    parts = db.session.execute(sa.select(_a.c.id, _a.c.matter_id).where(_a.c.person_id == person)).all()
    theirs, of = {one.id for one in parts}, {one.matter_id for one in parts}
    named = sa.select(_d.c.id, _d.c.names, _d.c.accepted_by).where(
        sa.or_(_d.c.accepted_by == person, _d.c.matter_id.in_(of)), _d.c.names.is_not(None)
    )
    for one in db.session.execute(named).all():
        kept = names.without(one.names, theirs, one.accepted_by == person, called)
        db.session.execute(sa.update(_d).where(_d.c.id == one.id).values(names=kept))


def _parts(db: Transaction, matter: Any, step: int, named: Names) -> list[Part]:
    handed_in = (assignments.State.SUBMITTED, assignments.State.DONE)
    found = []
    for one in assignments.of_matter(db, matter.id):
        opinion = latest(db, one.id) if one.step == step and one.state in handed_in else None
        if opinion is not None:
            found.append(part(db, opinion, *named.parts[one.id]))
    return found


def _file_name(db: Transaction, piece: int | None) -> str:
    from models import evidence  # noqa: PLC0415  (which counts what it is used for)

    found = evidence.by_id(db, piece) if piece is not None else None
    return "" if found is None else str(found.name)
