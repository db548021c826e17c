"""What happens in a dialogue on the upload page: somebody opens the link made last for them, and brings files by it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from sqlmodel import col, select

from bot.channels.web.guests import OWNER
from bot.messages import Inbound, Into, Piece
from models import members
from models.db import Transaction
from models.upload_links import UploadLink
from tests.dialogue_files import Sending, sending
from tests.dialogue_screens import Stage

_BRINGS = re.compile("(.+)在上传页上传(〔.+〕)")


def happen(stage: Stage, text: str, person: Callable[[str], int]) -> bool:
    """Let it happen, if it is that; whether it is. `person`: the id of somebody so called."""
    found = _BRINGS.fullmatch(text)
    if found is None:
        return False
    who = person(found[1])
    link, place = stage.database.read(lambda db: _made_last(db, who))
    page = _Page(stage, link, place)
    page.open()
    page.bring(sending(found[2]))
    return True


class _Page:
    """What the page's calls make of a link."""

    def __init__(self, stage: Stage, link: UploadLink, place: int) -> None:
        self._stage = stage
        self._link = link
        self._place = place

    def open(self) -> None:
        self._receive(f"open:{self._link.id}", work=("upload_opened", {"link": self._link.id, "browser": "one"}))

    def bring(self, files: list[Sending]) -> None:
        """All of them are announced before the first comes; those that were refused come to nothing."""
        album = f"{OWNER}{self._place}_{uuid4()}" if len(files) > 1 else None
        uploads = [f"{OWNER}{self._place}_{uuid4().hex}_{file.size}" for file in files]
        into = Into(self._link.answer_id, self._link.conversation_id, self._link.question or "")
        for file, upload in zip(files, uploads, strict=True):
            self._receive(upload, piece=Piece(file.name, file.size, upload, album=album, into=into))
        for file, upload in zip(files, uploads, strict=True):
            if file.data:
                self._stage.store.begin(upload)
                self._stage.store.append(upload, 0, file.data, file.size)
                self._receive(f"here:{upload}", work=("here", {"upload": upload}))

    def _receive(self, key: str, **what: Any) -> None:
        self._stage.receive(Inbound(self._link.channel, self._link.address, key, **what))


def _made_last(db: Transaction, person: int) -> tuple[UploadLink, int]:
    links = select(UploadLink).where(UploadLink.person_id == person).order_by(col(UploadLink.id).desc())
    link = db.session.exec(links).first()
    assert link is not None
    place = members.place_at(db, link.channel, link.address)
    assert place is not None
    return link, place.id
