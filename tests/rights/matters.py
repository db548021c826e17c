"""Matters at every site, with whatever belongs to them: for the tests of rights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models import albums, evidence, pictures
from models.affairs import affair
from models.db import Transaction
from models.evidence import Purpose
from models.matters import assignments, drafts, extensions, files, matters, opinions, records
from models.matters.files import Kind
from models.matters.matters import Opening, State
from models.matters.opinions import Conclusion, Said
from tests.rights.domain import Site
from tests.rights.people import TODAY
from tests.world import BEGINNING

KINDS = {"matter": "normative", "office matter": "disclosure", "party matter": "decision"}
"""What is built → the kind of affair, each opened, assigned and accepted by others."""
SEVERAL_NAMES = {"matter": ("assigned matter",), "submitted matter": ("accepted matter", "decided matter")}
"""The same object under other names: where it stands differs by what is to be done with it."""
SAID = [Said(check.number, check.verdicts[0]) for check in affair(KINDS["matter"]).checks]


class Matters:
    """Makes what stands at one site. `who`: somebody there, who reviews everything; `mark`: stands in all that is written."""

    def __init__(
        self, db: Transaction, put: Callable[[str, int], None], *, site: Site, bureau: int, unit: int, who: int, post: int, mark: str
    ) -> None:  # fmt: skip
        self.db, self.put, self.site, self.bureau, self.unit = db, put, site, bureau, unit
        self.who, self.post, self.mark = who, post, mark

    def build(self) -> None:
        """One of each kind."""
        for name, kind in KINDS.items():
            self._put(name, self._matter(kind))
        reviewed = self._matter("normative")
        self._put("submitted matter", reviewed)
        self._hand_in(reviewed)
        self.put("proof picture", pictures.keep(self.db, "proof", reviewed, f"{reviewed:064x}", BEGINNING))
        done = self._matter("normative")
        self._hand_in(done)
        row: Any = matters.by_id(self.db, done)
        self.put("document", opinions.accept(self.db, row, self.who, TODAY, BEGINNING).id)
        matters.move(self.db, row, State.DONE, self.who, BEGINNING)
        self._note(done)
        self._files()

    def _put(self, name: str, the_id: int) -> None:
        self.put(name, the_id)
        for other in SEVERAL_NAMES.get(name, ()):
            # A unit without a head has nobody who accepts but the legal section.
            if other != "accepted matter" or self.site is not Site.NOBODYS:
                self.put(other, the_id)

    def _matter(self, kind: str) -> int:
        opening = Opening(self.bureau, self.unit, kind, f"{self.mark}的文件", f"{self.mark}的情况", TODAY)
        the_id = matters.open_matter(self.db, opening, self.who, self.post, TODAY, BEGINNING)
        part = assignments.Assignment(
            matter_id=the_id, person_id=self.who, unit_id=self.unit, state=assignments.State.ACCEPTED, assigned_by=self.who,
            assigned_at=BEGINNING, moved_by=self.who, moved_at=BEGINNING,
        )  # fmt: skip
        self.db.session.add(part)
        self.db.session.flush()
        row: Any = matters.by_id(self.db, the_id)
        matters.move(self.db, row, State.WORKING, self.who, BEGINNING)
        if kind == KINDS["matter"]:
            self._of_reviewer(part.id)
        return the_id

    def _of_reviewer(self, part: int) -> None:
        """What is about one reviewer's part: their own, but for the wish for more time, which is of whoever assigns."""
        row: Any = assignments.by_id(self.db, part)
        self.put("assignment", part)
        self.put("extension", extensions.ask(self.db, row, TODAY, f"{self.mark}的理由", self.who, BEGINNING))
        drafts.keep(self.db, row, SAID, Conclusion.AGREED, f"{self.mark}的意见", None, BEGINNING)
        self.put("preview", pictures.keep(self.db, "opinion", part, f"{part:064x}", BEGINNING))

    def _hand_in(self, the_id: int) -> None:
        part = assignments.of_matter(self.db, the_id)[0]
        opinions.hand_in(self.db, part, SAID, Conclusion.AGREED, f"{self.mark}的意见", self.who, BEGINNING)
        assignments.move(self.db, part, assignments.State.SUBMITTED, self.who, BEGINNING)
        matters.move(self.db, matters.by_id(self.db, the_id), State.SUBMITTED, self.who, BEGINNING)

    def _note(self, matter: int) -> None:
        note = records.note(
            self.db, matter, kind="出庭应诉", held_on=TODAY, court=f"{self.mark}的法院", attended=[self.who], text="",
            by=self.who, now=BEGINNING,
        )  # fmt: skip
        self.put("court note", note)

    def _files(self) -> None:
        """A file and an album of a matter; and both of somebody who is still asked for them."""
        matter = self._matter("normative")
        file, (album, picture) = self._piece("file"), self._album("album")
        files.add(self.db, matter, Kind.MATERIAL, [file, album], self.who, BEGINNING)
        self.put("matter file", file)
        self.put("matter picture", picture)
        self.put("own file", self._piece("own"))
        self.put("own picture", self._album("own_album")[1])

    def _piece(self, name: str, **about: Any) -> int:
        values = {
            "bureau_id": self.bureau, "unit_id": self.unit, "stage": "receiving", "name": f"{self.mark}{name}.pdf", "size": 9,
            "kind": "file", "upload": f"{self.who}_m{name}_9", "dated": None, "person_id": self.who, "channel": "web",
            "created_at": BEGINNING, "purpose": Purpose.MATTER,
        }  # fmt: skip
        piece = evidence.announce(self.db, values | about)
        evidence.store(self.db, evidence.by_id(self.db, piece), mime="application/pdf", sha256=f"{piece:064x}", size=9)
        return piece

    def _album(self, name: str) -> tuple[int, int]:
        album = self._piece(name, upload=None, album=f"{self.who}_m{name}")
        albums.add(self.db, album, upload=f"{self.who}_m{name}_9", name=f"{self.mark}一.jpg", size=9)
        picture = albums.files_of(self.db, album)[0]
        albums.stored(self.db, picture, size=9, mime="image/jpeg", sha256=f"{album:064x}")
        return album, picture.id
