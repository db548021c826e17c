"""The score of a self-assessment, in exact fractions (闽人社函〔2022〕267号 四(一): 符合评估指标90%以上指标)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from models import assessments, bureau_settings, campaigns, entries, evidence, judging
from models.assessments import Answer, State, Verdict
from models.catalogue_types import Catalogue, Group, Indicator, Period
from models.db import Prepared, Transaction, table
from models.evidence import Evidence, EvidenceUse, Stage
from models.judging import Outcome

_a, _e, _use = table(Answer), table(Evidence), table(EvidenceUse)
_PIECES = Prepared(
    sa.select(_a.c.id.label("answer"), _e.c.stage, _e.c.dated, _e.c.outside_kept)
    .join(_use, _use.c.answer_id == _a.c.id)
    .join(_e, _e.c.id == _use.c.evidence_id)
    .where(
        _a.c.assessment_id == sa.bindparam("assessment"),
        sa.or_(_e.c.stage == Stage.RECEIVING.value, _e.c.stage == Stage.STORED.value),
    )
)


@dataclass(frozen=True, slots=True)
class Item:
    """One item as the score sees it. `lacking`: what keeps a 符合 from counting (evidence, date, receiving, figure, answer)."""

    id: int
    position: int
    item: str
    state: str
    verdict: str | None
    met: bool
    lacking: tuple[str, ...]
    unproven: bool
    """Whether 暂无 stands for its evidence."""
    later: bool
    """Whether figures still run on and are to be handed in later (补报)."""
    accepted: bool
    """Whether the legal section has accepted it as it stands."""
    unit_id: int | None
    """The unit that it was given to."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The score. Met and applicable count indicators; bonus and veto items stand apart."""

    items: tuple[Item, ...]
    bonus: tuple[Item, ...]
    veto: tuple[Item, ...]
    groups: tuple[Group, ...]
    pass_percent: int
    period: Period
    met: int
    applicable: int
    both_readings: bool = True
    """Whether the pass percent is wanted of all indicators too, not only of the applicable ones."""

    @property
    def total(self) -> int:
        """All indicators, the denominator of the second reading."""
        return len(self.items)

    @property
    def answered(self) -> int:
        """Indicators with a finished answer."""
        return sum(1 for one in self.items if one.state == State.COMPLETE)

    @property
    def owed(self) -> int:
        """Items, bonus and veto included, that still want an answer."""
        return self.owed_by(None)

    @property
    def of_applicable(self) -> str:
        """符合 / 适用 in percent, rounded down to a tenth."""
        return percent(self.met, self.applicable)

    @property
    def of_all(self) -> str:
        """符合 / 全部 in percent, rounded down to a tenth."""
        return percent(self.met, self.total)

    @property
    def missing(self) -> int:
        """How many more indicators must be met before both readings reach the gate; 0: it is reached."""
        wanted = max(_least(self.pass_percent, whole) for whole in self._readings)
        return max(0, wanted - self.met)

    @property
    def unreachable(self) -> bool:
        """Whether even all applicable indicators together would not reach the gate of all: too many 不涉及."""
        return self.both_readings and self.applicable < _least(self.pass_percent, self.total)

    @property
    def _readings(self) -> tuple[int, ...]:
        return (self.applicable, self.total) if self.both_readings else (self.applicable,)

    @property
    def vetoed(self) -> tuple[Item, ...]:
        """Veto items answered 有: any one stops the application."""
        return tuple(one for one in self.veto if one.verdict == "has")

    @property
    def returned(self) -> tuple[Item, ...]:
        """Items sent back by the legal section."""
        return tuple(one for one in self.items if one.state == State.RETURNED)

    @property
    def without_evidence(self) -> tuple[Item, ...]:
        """Indicators that lack evidence and nothing else."""
        return tuple(one for one in self.items if one.lacking == ("evidence",))

    @property
    def to_follow(self) -> tuple[Item, ...]:
        """Indicators whose figures are to be handed in again when the period ends (补报)."""
        return tuple(one for one in self.items if one.later)

    @property
    def undated(self) -> tuple[Item, ...]:
        """Indicators whose only evidence still wants a date, or to be kept although it lies outside the period."""
        return tuple(one for one in self.items if "date" in one.lacking)

    @property
    def receiving(self) -> tuple[Item, ...]:
        """Indicators with a piece that is still on its way."""
        return tuple(one for one in self.items if "receiving" in one.lacking)

    @property
    def unproven(self) -> tuple[Item, ...]:
        """Indicators with 暂无 for evidence, which the material must say."""
        return tuple(one for one in self.items if one.unproven)

    @property
    def nearest(self) -> tuple[Item, ...]:
        """Indicators that one thing alone keeps from counting."""
        return tuple(one for one in self.items if len(one.lacking) == 1)

    def share(self, unit: int | None) -> tuple[Item, ...]:
        """The items, bonus and veto included, that were given to a unit; None: all."""
        return tuple(one for one in (*self.items, *self.bonus, *self.veto) if unit is None or one.unit_id == unit)

    def owed_by(self, unit: int | None) -> int:
        """How many of a unit's items (None: of all) still want an answer."""
        return sum(1 for one in self.share(unit) if one.state != State.COMPLETE)

    def of_group(self, group: Group) -> tuple[Item, ...]:
        """The items of one 一级指标."""
        first = group.indicators[0].number
        return self.items[first - 1 : first - 1 + len(group.indicators)]


def percent(part: int, whole: int) -> str:
    """part / whole in percent, rounded down to a tenth: 51 of 58 is 87.9."""
    tenths = part * 1000 // whole if whole else 0
    return f"{tenths // 10}.{tenths % 10}"


def tally_of(db: Transaction, assessment: Any) -> Tally:
    """The score of a self-assessment (its row as `assessments.of_bureau` gives it)."""
    catalogue = campaigns.catalogue_of(db, assessment.catalogue_id, assessment.sha256)
    period = assessments.campaign_file(db, assessment).period
    pieces: dict[int, list[Any]] = {}
    for piece in db.all(_PIECES, assessment=assessment.id):
        pieces.setdefault(piece.answer, []).append(piece)
    listed = [_item(row, pieces.get(row.id, []), catalogue, period) for row in assessments.all_items(db, assessment.id)]
    total = len(catalogue.indicators)
    items = tuple(listed[:total])
    return Tally(
        items,
        tuple(one for one in listed if one.item.startswith("bonus.")),
        tuple(one for one in listed if one.item.startswith("veto.")),
        catalogue.groups,
        catalogue.pass_percent,
        period,
        met=sum(1 for one in items if one.met),
        applicable=sum(
            1 for one in items if not (one.state == State.COMPLETE and one.verdict == Verdict.NOT_APPLICABLE)
        ),
        both_readings=bureau_settings.value_of(db, assessment.bureau_id, "gate") == bureau_settings.BOTH,
    )


def _item(row: Any, pieces: list[Any], catalogue: Catalogue, period: Period) -> Item:
    entry = entries.entry(catalogue, row.item)
    lacking: tuple[str, ...] = ()
    later = False
    if isinstance(entry, Indicator) and row.verdict == Verdict.MET and row.state != State.RETURNED:
        lacking = tuple(_lacking(row, pieces, entry, period))
        later = _runs_on(row, entry, period)
    met = row.state == State.COMPLETE and row.verdict == Verdict.MET and not lacking
    unproven = (
        row.state == State.COMPLETE and (row.values.get("evidence") or {}).get("instead") == "none" and not pieces
    )
    accepted = row.state == State.COMPLETE and row.accepted == row.version
    return Item(
        row.id, row.position, row.item, row.state, row.verdict, met, lacking, unproven, later, accepted, row.unit_id
    )  # fmt: skip


def _lacking(row: Any, pieces: list[Any], indicator: Indicator, period: Period) -> list[str]:
    lacking = [
        "figure"
        for figure in judging.figures(indicator, period)
        if figure.key not in row.values or judging.judge_stored(figure, row.values[figure.key]) is Outcome.MISSED
    ]
    instead = (row.values.get("evidence") or {}).get("instead")
    # 暂无 was said of nothing, 实地核查时提供 of whatever the pieces do not show.
    said = instead is not None and (instead == "on_site" or not pieces)
    if any(piece.stage == Stage.RECEIVING for piece in pieces):
        lacking.append("receiving")
    elif not said and not any(evidence.counts(piece, period) for piece in pieces):
        lacking.append("date" if pieces else "evidence")
    if not lacking and row.state != State.COMPLETE:
        lacking.append("answer")
    return lacking


def _runs_on(row: Any, indicator: Indicator, period: Period) -> bool:
    """Whether a figure may still change before the period ends: counted up to an earlier day, or short so far."""
    given = [figure for figure in judging.figures(indicator, period) if figure.key in row.values]
    short = any(judging.judge_stored(figure, row.values[figure.key]) is Outcome.RUNNING for figure in given)
    counted = any(isinstance(judging.stored_value(figure, row.values[figure.key]), Decimal) for figure in given)
    as_of = row.values.get("as_of")
    return short or (counted and as_of is not None and date.fromisoformat(as_of) < period.last)


def _least(of_percent: int, whole: int) -> int:
    return -(-of_percent * whole // 100)
