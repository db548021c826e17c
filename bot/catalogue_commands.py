"""catalogue load, diff and move: what each does, and the sentence of templates/commands that says so."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import select

from bot.channels.web import WebChannel
from bot.messages import Button, Inbound
from bot.render import Words
from bot.turn import House, Turn
from models import assessments, campaigns, moving
from models.catalogues import CatalogueError, compare, read_catalogue
from models.db import Database, Transaction
from models.moving import Moved
from models.people import Bureau
from models.yaml_lines import MAX_MEGABYTES

FOLDER = "commands"


class Stopped(Exception):
    """Nothing was done: `name` is the sentence that says why and what to do, `context` what it draws on."""

    def __init__(self, name: str, **context: Any) -> None:
        super().__init__(name)
        self.name = name
        self.context = context


Sentence = tuple[str, dict[str, Any]]
"""The name of a sentence, and what it draws on."""


def load(database: Database, file: Path, now: datetime) -> Sentence:
    """Load a file as the version that its campaigns go by from now on. Raises Stopped, DatabaseDown."""
    data = _bytes(file)

    def work(db: Transaction) -> Sentence:
        version, followers = moving.adopt(db, data, now)
        catalogue = campaigns.catalogue_of(db, version.id, version.sha256)
        return "loaded", {"version": version.id, "catalogue": catalogue, "followers": followers}

    return _faults_told(lambda: database.write(work).result())


def diff(database: Database, file: Path) -> Sentence:
    """What a file changes against the version of the same id that was loaded last. Raises Stopped, DatabaseDown."""


def move(database: Database, bureau: str, now: datetime) -> Sentence:
    """Move a bureau's self-assessment to the version loaded last. Raises Stopped, DatabaseDown."""
