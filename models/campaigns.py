"""Campaigns and the catalogue versions they go by, as stored: the official file itself, parsed once a process."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.campaign_files import CampaignFile, read_campaign, shift
from models.catalogue_types import Catalogue
from models.catalogues import read_catalogue
from models.db import Prepared, Transaction, UtcDateTime, table


class CatalogueVersion(SQLModel, table=True):
    """One version of a catalogue of indicators, for ever as it was loaded."""

    id: int = Field(default=None, primary_key=True)
    key: str = Field(index=True)
    sha256: str = Field(unique=True)
    source: str
    loaded_at: datetime = Field(sa_type=UtcDateTime)


class Campaign(SQLModel, table=True):
    """One round of the demonstration campaign: its file, moved by whole years, and its catalogue's latest version."""

    id: int = Field(default=None, primary_key=True)
    key: str
    title: str
    source: str
    sha256: str
    """Of the source, so that a process parses each campaign once."""
    years: int = 0
    catalogue_id: int = Field(foreign_key="catalogueversion.id")


_version, _campaign = table(CatalogueVersion), table(Campaign)
_SOURCE = Prepared(sa.select(_version.c.source).where(_version.c.id == sa.bindparam("the_id")))
_CAMPAIGN = Prepared(sa.select(_campaign.c.source).where(_campaign.c.id == sa.bindparam("the_id")))

_catalogues: dict[str, Catalogue] = {}
_files: dict[tuple[str, int], CampaignFile] = {}


def load_catalogue(db: Transaction, data: bytes, now: datetime) -> CatalogueVersion:
    """Store a catalogue as a version, or find it if it is stored. Raises CatalogueError with everything wrong in it."""
    catalogue = read_catalogue(data)
    found = db.session.exec(select(CatalogueVersion).where(CatalogueVersion.sha256 == catalogue.sha256)).first()
    if found is None:
        found = CatalogueVersion(key=catalogue.id, sha256=catalogue.sha256, source=data.decode(), loaded_at=now)
        db.session.add(found)
        db.session.flush()
    return found


def latest_catalogue(db: Transaction, key: str) -> CatalogueVersion | None:
    """The version of a catalogue that was loaded last."""
    statement = select(CatalogueVersion).where(CatalogueVersion.key == key)
    return db.session.exec(
        statement.order_by(col(CatalogueVersion.loaded_at).desc(), col(CatalogueVersion.id).desc())
    ).first()


def load_campaign(db: Transaction, data: bytes, years: int, catalogue: int) -> Campaign:
    """Store a campaign, its dates moved by whole years, that goes by a catalogue version; or find it if it is stored.

    Raises CatalogueError with everything wrong in it.
    """
    file, digest = read_campaign(data), sha256(data).hexdigest()
    same = select(Campaign).where(Campaign.sha256 == digest, Campaign.years == years)
    found = db.session.exec(same).first()
    if found is None:
        found = Campaign(
            key=file.id, title=file.title, source=data.decode(), sha256=digest, years=years, catalogue_id=catalogue
        )
        db.session.add(found)
        db.session.flush()
    return found


def newest(db: Transaction) -> Campaign | None:
    """The campaign that was loaded last, or None."""
    return db.session.exec(select(Campaign).order_by(col(Campaign.id).desc())).first()


def file_of(db: Transaction, campaign: Campaign) -> CampaignFile:
    """A campaign's file, its dates moved by its years."""
    return campaign_of(db, campaign.id, campaign.sha256, campaign.years)


def catalogue_of(db: Transaction, version: int, digest: str) -> Catalogue:
    """A catalogue version, parsed; a process parses each once."""
    found = _catalogues.get(digest)
    if found is None:
        row = db.one(_SOURCE, the_id=version)
        assert row is not None
        found = _catalogues[digest] = read_catalogue(row.source.encode())
    return found


def campaign_of(db: Transaction, campaign: int, digest: str, years: int) -> CampaignFile:
    """A campaign's file, its dates moved by its years; a process parses each once."""
    found = _files.get((digest, years))
    if found is None:
        row: Any = db.one(_CAMPAIGN, the_id=campaign)
        found = _files[digest, years] = shift(read_campaign(row.source.encode()), years)
    return found
