"""A matter moved on as its people would move it, and what of it can be downloaded: for tests of documents and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from docx import Document

from bot import downloads
from bot.actions import Made, token
from bot.messages import Button
from models.affairs import affair
from models.db import Transaction
from models.matters import assignments, drafts, matters, opinions
from models.matters.opinions import Conclusion, Said
from tests.sample_matters import HEAD, matter
from tests.world import BEGINNING, Phone, World

SECTION, OTHER = "法制科科长", "工伤保险科法治员"
REASON = "付款条件与预算安排不符"


def said(verdict: str = "合法", text: str = "") -> list[Said]:
    return [Said(check.number, verdict, text) for check in affair("contract").checks]


class Matter:
    """A matter, moved on as its people would."""

    def __init__(self, world: World, **about: Any) -> None:
        self.world = world
        self.id = matter(world.database, BEGINNING, **about)

    def parts(self) -> list[Any]:
        return self.world.database.read(lambda db: assignments.of_matter(db, self.id))

    def drafted(self, place: int = 0, text: str = REASON) -> int:
        """A reviewer has written something, and looks at it; the assignment."""
        part = self.parts()[place]
        self._do(
            lambda db: drafts.keep(db, part, said("需补正", text), Conclusion.AGREED_IF_AMENDED, text, None, BEGINNING)
        )
        return int(part.id)

    def handed_in(self, text: str = REASON) -> None:
        """Everybody's is in, and waits to be accepted."""

        def hand_in(db: Transaction) -> None:
            for part in assignments.of_matter(db, self.id):
                by = part.person_id
                opinions.hand_in(db, part, said("需补正", text), Conclusion.AGREED_IF_AMENDED, text, by, BEGINNING)
                assignments.move(db, part, assignments.State.SUBMITTED, by, BEGINNING)
            matters.move(db, matters.by_id(db, self.id), matters.State.SUBMITTED, by, BEGINNING)

        self._do(hand_in)

    def accepted(self, materials: Sequence[str] = ()) -> int:
        """The step is accepted; its document."""
        who = self.world.person(HEAD)
        row = self._do(
            lambda db: opinions.accept(db, matters.by_id(db, self.id), who, BEGINNING.date(), BEGINNING, materials).id
        )  # fmt: skip
        for part in self.parts():
            self._do(lambda db, part=part: assignments.move(db, part, assignments.State.DONE, who, BEGINNING))
        self._do(lambda db: matters.move(db, matters.by_id(db, self.id), matters.State.DONE, who, BEGINNING))
        return int(row)

    def _do(self, work: Any) -> Any:
        return self.world.database.write(work).result()


def get(world: World, phone: Phone, url: str) -> Any:
    named = downloads.named(url)
    assert named is not None
    return downloads.find(world.assistant, world.store, phone.channel, phone.address, *named)


def text(found: Any) -> str:
    """Everything that a document says."""
    assert isinstance(found, Made)
    document = Document(BytesIO(found.content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def offered(phone: Phone, the_id: int) -> list[dict[str, Any]]:
    """The files that pressing 下载 brings."""
    before = len(phone.seen)
    phone.deliver(press=token(Button("mt.doc", the_id)), label="下载")
    return [row.body["file"] for row in phone.seen[before:] if "file" in row.body]
