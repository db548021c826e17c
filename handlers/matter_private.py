"""内部: what of a matter may be said where, and 查看内容, which leads to its page; and the files that stand there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.actions import Stored, Target, action, download
from bot.messages import Button
from bot.turn import Turn
from handlers import matter_cards, view_links
from handlers.matter_cards import KIND
from handlers.matter_view import View
from models import albums, evidence
from models.evidence import Stage
from models.matters import files, matters
from models.rights import Right

MOST_SENT = 6
"""So many attachments are sent into a chat; more are looked at on the page."""


def may_show(turn: Turn, matter: Any) -> bool:
    """Whether the content of a matter (a row) may be said to the sender here. Cards and notices go everywhere: they never say it."""
    return turn.inside or not matter.confidential


@matter_cards.offers
def offers(turn: Turn, found: View, person: int) -> Iterable[Button]:
    """查看内容, to whoever may see it, where there is more than the card says."""
    if (found.row.confidential or found.materials) and matter_cards.sees(turn, found.row, person):
        yield Button("mt.in", found.row.id)


@action("mt.in", right=Right.SEE_MATTER, load=matter_cards.matter_at)
def look_inside(turn: Turn, matter: Any, button: Button) -> None:
    """查看内容: a link to the page, made at this moment for the sender alone."""
    with turn.within(matter_cards.FOLDER):
        number = turn.text("number_of", row=matter)
    if not view_links.open_page(turn, KIND, matter.id, number):
        return
    turn.audit("matter.view", KIND, matter.id)
    if not turn.inside and may_show(turn, matter):
        _send(turn, files.of_matter(turn.db, matter.id, *files.MATERIALS)[:MOST_SENT])


@download("matter_file", right=Right.SEE_MATTER)
def file_of_matter(turn: Turn, piece_id: int) -> Target | None:
    """A file of a matter (of an album its cover), where it may be shown."""
    piece = evidence.by_id(turn.db, piece_id)
    return None if piece is None else _shown(turn, piece_id, piece)


@download("matter_picture", right=Right.SEE_MATTER)
def picture_of_matter(turn: Turn, file_id: int) -> Target | None:
    """One picture of an album of a matter, where it may be shown."""
    file = albums.by_id(turn.db, file_id)
    return None if file is None else _shown(turn, file.evidence_id, file)


def _shown(turn: Turn, piece_id: int, file: Any) -> Target | None:
    put = files.of_piece(turn.db, piece_id)
    matter = matters.by_id(turn.db, put.matter_id) if put is not None else None
    if matter is None or not file.sha256 or file.stage != Stage.STORED or not may_show(turn, matter):
        return None
    stored = Stored(file.sha256, file.name, file.mime, private=bool(matter.confidential))
    return Target(stored, matter_cards.place_of(turn, matter))


def _send(turn: Turn, pieces: Iterable[Any]) -> None:
    for piece in pieces:
        url = f"/api/files/matter_file/{piece.id}"
        turn.say_text(piece.name, file={"name": piece.name, "size": piece.size, "url": url} if piece.sha256 else None)
