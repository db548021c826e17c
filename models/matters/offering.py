"""What the system's own reviews say beside a bureau's figures: offered where an indicator or the 数字台账 asks for them.

The bureau's own counts decide (全年制发件数, 决定件数): the system knows only what went through it, so that nothing of this
is ever filled in by itself (DOMAIN 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from models import ledger_checks
from models.affairs import Affair, affair
from models.catalogue_types import Indicator, Period
from models.db import Transaction
from models.ledger_checks import Values
from models.ledger_file import WHOLE_PERIOD, LedgerFigure, definitions
from models.matters import figures
from models.matters.figures import Span

REVIEWED: Mapping[str, str] = {"documents_reviewed": "normative", "rulings_reviewed": "enforcement"}
"""Figures of the ledger (their keys) that count what was reviewed, and the kinds of matters (theirs) that were."""
REVIEWERS: Mapping[str, str] = {"reviewers": "enforcement"}
"""Those that count people who review, and what they review."""
SPOKEN_OF: Mapping[str, tuple[str, str]] = {"全部经合法性审查": ("decision", "decisions")}
"""Words of an indicator without a figure, the kind that it is about, and the ledger's count of all there were."""


@dataclass(frozen=True, slots=True)
class InSystem:
    """What the system knows of what an indicator is about. `people`: reviewers are counted, not matters.

    `whole`: the ledger's figure for all there were, `of` what it says; None: it does not say.
    """

    kind: Affair
    count: int
    people: bool
    whole: LedgerFigure
    of: Decimal | None


def of_indicator(db: Transaction, bureau: int, about: Indicator, period: Period, values: Values) -> InSystem | None:
    """What the system knows of it in a period; None: nothing. `values`: what the bureau's ledger says."""
    known = definitions()
    for kind, part, whole in _sources(about):
        count = of_figure(db, bureau, part, period) if part else _reviewed(db, bureau, kind, period)
        if count:
            of = ledger_checks.of_period(values, known.figures[whole], period)
            people = part in REVIEWERS
            return InSystem(affair(kind), count, people, known.figures[whole], of.value if of is not None else None)
    return None


def of_figure(db: Transaction, bureau: int, key: str, period: Period, year: int = WHOLE_PERIOD) -> int | None:
    """What the system counts for a figure of the ledger in a period, or in a year of it; None: it counts no such thing."""
    if year != WHOLE_PERIOD:
        period = Period(max(period.first, date(year, 1, 1)), min(period.last, date(year, 12, 31)))
    if key in REVIEWED:
        return _reviewed(db, bureau, REVIEWED[key], period)
    if key in REVIEWERS:
        return figures.reviewers(db, bureau, REVIEWERS[key], Span(period.first, period.last))
    return None


def speaks_of(about: Indicator) -> bool:
    """Whether an indicator is about something that the system counts."""
    return bool(_sources(about))


def _reviewed(db: Transaction, bureau: int, kind: str, period: Period) -> int:
    return figures.reviewed(db, bureau, kind, Span(period.first, period.last))


def _sources(about: Indicator) -> list[tuple[str, str, str]]:
    """Kind of matter, the ledger's figure that counts it (empty: none does), and its figure for all there were."""
    rates = [rate for measure in about.measures if (rate := definitions().rates.get(measure.key)) is not None]
    counted = {**REVIEWED, **REVIEWERS}
    found = [(counted[rate.part], rate.part, rate.whole) for rate in rates if rate.part in counted]
    return found + [(kind, "", whole) for words, (kind, whole) in SPOKEN_OF.items() if words in about.text]
