"""The catalogue commands: what each does, and which sentence of templates/commands says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import col, select

from bot.channels import Traits
from bot.channels.terminal import TerminalChannel
from bot.channels.web import WebChannel
from bot.house import House
from bot.messages import Button, Inbound
from bot.render import Words
from bot.turn import Turn
from models import assessments, campaigns, moving
from models.assessments import SelfAssessment
from models.campaign_files import read_campaign, shift
from models.catalogues import CatalogueError, compare, read_catalogue
from models.db import Database, Transaction
from models.people import Bureau
from models.yaml_lines import MAX_MEGABYTES

OURS = {channel.name: channel.traits for channel in (WebChannel, TerminalChannel)}
T = TypeVar("T")
Sentence = tuple[str, dict[str, Any]]
"""The name of a sentence, and what it draws on."""


class Stopped(Exception):
    """Nothing was done; `sentence` says why, and what to do."""

    def __init__(self, name: str, **context: Any) -> None:
        super().__init__(name)
        self.sentence: Sentence = name, context


def load(database: Database, file: Path, now: datetime) -> Sentence:
    """Load a file as the version by which the campaigns of its id go from now on. Raises Stopped, DatabaseDown."""
    data, catalogue = _read(file, read_catalogue)

    def work(db: Transaction) -> Sentence:
        version, followers = moving.adopt(db, data, now)
        return "loaded", {"version": version.id, "catalogue": catalogue, "followers": followers}

    return database.write(work).result()


def load_campaign(database: Database, file: Path, years: int) -> Sentence:
    """Load a campaign, its dates moved by whole years, so that bureaus can begin it. Raises Stopped, DatabaseDown."""
    data, campaign = _read(file, read_campaign)
    try:
        moved = shift(campaign, years)
    except ValueError:
        raise Stopped("bad_years", years=years) from None

    def work(db: Transaction) -> Sentence:
        catalogue = campaigns.latest_catalogue(db, campaign.catalogue)
        if catalogue is None:
            raise Stopped("no_catalogue_for_campaign", key=campaign.catalogue)
        campaigns.load_campaign(db, data, years, catalogue.id)
        return "campaign_loaded", {"campaign": moved}

    return database.write(work).result()


def diff(database: Database, file: Path) -> Sentence:
    """What a file changes against the version of its id that was loaded last. Raises Stopped, DatabaseDown."""
    _, catalogue = _read(file, read_catalogue)

    def work(db: Transaction) -> Sentence:
        latest = campaigns.latest_catalogue(db, catalogue.id)
        if latest is None:
            raise Stopped("none_loaded", key=catalogue.id)
        return "changes", {"listed": compare(campaigns.catalogue_of(db, latest.id, latest.sha256), catalogue)}

    return database.read(work)


def move(database: Database, bureau: str, now: datetime, traits: Mapping[str, Traits] = OURS) -> Sentence:
    """Move a bureau's latest self-assessment to the version its campaign goes by, and tell those whom it concerns.

    `traits`: what each channel is like on which they are told. Raises Stopped, DatabaseDown.
    """

    def work(db: Transaction) -> Sentence:
        found = db.session.exec(select(Bureau.id).where(Bureau.name == bureau)).first()
        assessment = None if found is None else assessments.of_bureau(db, found)
        if assessment is None:
            begun = select(Bureau.name).where(col(Bureau.id).in_(select(SelfAssessment.bureau_id)))
            raise Stopped("no_bureau", bureau=bureau, names=db.session.exec(begun).all())
        moved = moving.move(db, assessment.id, now)
        if moved is None:
            return "already_newest", {}
        _tell(db, moved.interrupted | ({assessment.contact_id} - {None}), moved, now, traits)
        return "moved", {"moved": moved}

    return database.write(work).result()


def _read(file: Path, read: Callable[[bytes], T]) -> tuple[bytes, T]:
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_MEGABYTES * 1024 * 1024 + 1)
    except OSError:
        raise Stopped("no_file", file=file) from None
    try:
        return data, read(data)
    except CatalogueError as error:
        raise Stopped("faults", listed=error.faults) from None


def _tell(db: Transaction, persons: set[int], moved: moving.Moved, now: datetime, traits: Mapping[str, Traits]) -> None:
    turn = Turn(db, House(Words(), traits, "", frozenset()), Inbound(moving.CHANNEL, "", ""), now)
    with turn.within("commands"):
        turn.notify(sorted(persons), "told_moved", Button("resume", primary=True), moved=moved)
