"""Self-assessments as far as a test wants them, as the progress picture takes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from models.assessments import State
from models.catalogue_types import Catalogue
from models.catalogues import read_catalogue
from models.progress import progress_of
from models.scoring import Tally

CATALOGUE = read_catalogue((Path(__file__).parents[1] / "models/catalogue/indicators-2022.yaml").read_bytes())

ACCEPTED = SimpleNamespace(state=State.COMPLETE, accepted=True)
WAITING = SimpleNamespace(state=State.COMPLETE, accepted=False)
RETURNED = SimpleNamespace(state=State.RETURNED, accepted=False)
UNANSWERED = SimpleNamespace(state=State.OPEN, accepted=False)

SIXTY = (*[ACCEPTED] * 14, *[ACCEPTED, WAITING, WAITING, RETURNED, UNANSWERED] * 9, UNANSWERED)
"""Somewhere in the middle."""


def shown(items: Sequence[Any], catalogue: Catalogue = CATALOGUE, **changed: Any) -> dict[str, Any]:
    """What the picture is drawn from, where the indicators stand as given."""
    met = sum(item.accepted for item in items)
    score = Tally(
        tuple(items), (), (), catalogue.groups, catalogue.pass_percent, catalogue.period, met=met, applicable=len(items)
    )
    return {
        "bureau": "示范区人力资源和社会保障局",
        "campaign": "全国人力资源社会保障系统法治人社示范创建活动",
        "at": datetime(2022, 9, 6, 9, 30, tzinfo=UTC),
        "due": datetime(2022, 9, 9, 9, 30, tzinfo=UTC),
        "progress": progress_of(score),
        "score": score,
    } | changed
