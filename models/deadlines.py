"""When a bureau's self-assessment is due: on the campaign's own day, or for a county below a city on the day the city sets."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from models import bureau_settings
from models.campaign_files import COUNTY_BY, CampaignFile
from models.db import Prepared, Transaction, table
from models.people import Bureau, Level
from models.zone import ZONE

OF_THIS_ROUND = timedelta(days=183)
"""How long before a campaign's deadline a city's own day can lie: what it set for an earlier round counts no more."""

_b = table(Bureau)
_above = _b.alias("above")
_PLACE = Prepared(
    sa.select(_b.c.level, _above.c.id.label("above"), _above.c.level.label("above_level"))
    .outerjoin(_above, _above.c.id == _b.c.parent_id)
    .where(_b.c.id == sa.bindparam("bureau"))
)


def deadline_of(db: Transaction, bureau: int, file: CampaignFile) -> datetime:
    """When a bureau's self-assessment in a campaign is due. KeyError: there is no such bureau."""
    row = db.one(_PLACE, bureau=bureau)
    if row is None:
        raise KeyError(bureau)
    below_a_city = row.level == Level.COUNTY and row.above_level == Level.CITY
    day = counties_day(db, row.above, file) if below_a_city else file.deadline
    return datetime.combine(day, file.due_hour, ZONE)


def counties_day(db: Transaction, city: int, file: CampaignFile) -> date:
    """The day on which a city's counties are due: as the city has set it, else as the campaign's file says."""
    own: date | None = bureau_settings.value_of(db, city, COUNTY_BY)
    if own is not None and file.deadline - OF_THIS_ROUND < own <= file.deadline:
        return own
    return file.county_by
