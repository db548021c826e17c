"""申报前检查: what a self-assessment still lacks before it may go up, and its going up.

The gate is that of the campaign (闽人社函〔2022〕267号 四、五): the pass percent by both readings, no veto matter, every
answer accepted, no piece still on its way, no figures that disagree, 领导班子集体研究, the opinions that the form wants.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from models import acceptance, ledger
from models.acceptance import Opinion
from models.assessments import SelfAssessment
from models.db import Changed, Prepared, Transaction, UtcDateTime, table
from models.people import Bureau
from models.scoring import Tally

_s, _b = table(SelfAssessment), table(Bureau)
_SUBMIT = Prepared(
    sa.update(_s).where(_s.c.id == sa.bindparam("assessment"), _s.c.submitted_at.is_(None)), "submitted_at"
)
_WITHDRAW = Prepared(
    sa.update(_s)
    .where(_s.c.id == sa.bindparam("assessment"), _s.c.submitted_at == sa.bindparam("at", type_=UtcDateTime)),
    "submitted_at",
)  # fmt: skip
_HOLD = Prepared(sa.select(_s.c.id).where(_s.c.id == sa.bindparam("assessment")).with_for_update())
_STAYS = Prepared(
    sa.select(_s.c.id)
    .where(_s.c.id == sa.bindparam("assessment"), _s.c.submitted_at.is_(None))
    .with_for_update(read=True, key_share=True)
)
_ABOVE = Prepared(sa.select(_b.c.parent_id).where(_b.c.id == sa.bindparam("bureau")))


@dataclass(frozen=True, slots=True)
class Gate:
    """What is still to be done before a self-assessment may be submitted."""

    score: Tally
    unanswered: int
    """Items, bonus and veto included, without a finished answer."""
    pending: tuple[int, ...]
    """Positions of the answers that nobody has accepted."""
    contradicting: tuple[int, ...]
    """Positions of the answers whose figures disagree, with the 数字台账 or with each other."""
    decided: bool
    """Whether a 集体研究 is recorded."""
    opinions: tuple[Opinion, ...]
    """Opinions not given yet."""

    @property
    def open(self) -> bool:
        """Whether it may go up."""
        held = self.score.missing or self.score.vetoed or self.score.receiving or self.contradicting
        return not (held or self.unanswered or self.pending or self.opinions) and self.decided


def gate(db: Transaction, assessment: Any, score: Tally) -> Gate:
    """Where a self-assessment (its row, and its score) stands at the gate."""
    given = acceptance.opinions_of(db, assessment.id)
    contradicting = {number for one in ledger.contradictions(db, assessment) for number in one.numbers}
    return Gate(
        score,
        unanswered=score.owed,
        pending=tuple(item.position for item in acceptance.pending(db, assessment.id)),
        contradicting=tuple(sorted(contradicting)),
        decided=acceptance.decision_of(db, assessment.id) is not None,
        opinions=tuple(opinion for opinion in Opinion if opinion not in given),
    )


def hold(db: Transaction, assessment: int) -> None:
    """Wait for what is being changed in a self-assessment; nothing that counts at the gate changes until this transaction ends."""
    db.one(_HOLD, assessment=assessment)


def stays_open(db: Transaction, assessment: int) -> bool:
    """Whether a self-assessment has not gone up, nor will before this transaction ends."""
    return db.one(_STAYS, assessment=assessment) is not None


def submit(db: Transaction, assessment: Any, now: datetime) -> None:
    """It goes up, and is answered no more. Raises Changed if it went up already."""
    if db.run(_SUBMIT, assessment=assessment.id, submitted_at=now) != 1:
        raise Changed(f"assessment {assessment.id}")


def withdraw(db: Transaction, assessment: Any) -> None:
    """It comes back, to be answered further. Raises Changed if it is not up any more."""
    if db.run(_WITHDRAW, assessment=assessment.id, at=assessment.submitted_at, submitted_at=None) != 1:
        raise Changed(f"assessment {assessment.id}")


def above(db: Transaction, bureau: int) -> int | None:
    """The bureau to which a bureau submits, or None at the top."""
    row = db.one(_ABOVE, bureau=bureau)
    return None if row is None or row.parent_id is None else int(row.parent_id)
