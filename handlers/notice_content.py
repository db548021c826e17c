"""What a notice says, with its attachments: for who has a copy, and for the section that sends it; 内部 on its page alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.actions import Stored, Target, action, download, page
from bot.messages import Button
from bot.turn import Turn
from handlers import notice_cards, notice_copies, view_links
from handlers.attached import attached
from handlers.notice_cards import KIND, notice_at
from handlers.notice_copies import Held, copy_at
from models import albums, evidence
from models.evidence import Stage
from models.notices import files, notices
from models.notices.notices import State
from models.rights import Right

SENT = "sent_notice"
"""The page, and the kinds of downloads, for the section that sends it."""
MOST_SENT = 6
"""So many attachments are sent into a chat; more are looked at on the page."""


def may_show(turn: Turn, notice: Any) -> bool:
    """Whether the content of a notice (a row) may be said to the sender here."""
    return turn.inside or not notice.confidential


@action("nt.in", right=Right.USE, load=copy_at)
def look_inside(turn: Turn, held: Held, button: Button) -> None:
    """查看内容 of what is 内部: a link to its page, made at this moment for whoever has a copy."""
    _open(turn, KIND, held.notice)


@action("nt.f", right=Right.USE, load=copy_at)
def attachments(turn: Turn, held: Held, button: Button) -> None:
    """附件: the way to the page with all of them; a chat gets them as well, as far as they may stand there."""
    if held.notice.state == State.WITHDRAWN:
        turn.send(notice_copies.message(turn, held.notice))
    elif _open(turn, KIND, held.notice) and not turn.inside and may_show(turn, held.notice):
        _send(turn, "notice_file", files.of_notice(turn.db, held.notice.id)[:MOST_SENT])


@action("nt.c", right=Right.WRITE_NOTICE, load=notice_at)
def look_at_sent(turn: Turn, notice: Any, button: Button) -> None:
    """查看正文, for those who send it: as it is read, and its page where there is more than that."""
    shown = may_show(turn, notice)
    if shown:
        turn.send(notice_copies.as_sent(turn, notice))
    if not shown or files.of_notice(turn.db, notice.id):
        _open(turn, SENT, notice)


@page(KIND, right=Right.USE, load=copy_at)
def content(turn: Turn, held: Held) -> dict[str, Any]:
    """Everything that the reader of a copy sees; of what was withdrawn, that it was."""
    gone = held.notice.state == State.WITHDRAWN
    return _page(turn, held.notice, "notice_file", "notice_picture", copy=held.copy, gone=gone)


@page(SENT, right=Right.WRITE_NOTICE, load=notice_at)
def content_sent(turn: Turn, notice: Any) -> dict[str, Any]:
    """As recipients see it."""
    return _page(turn, notice, "sent_file", "sent_picture", copy=None, gone=False)


@download("notice_file", right=Right.USE)
def file(turn: Turn, piece_id: int) -> Target | None:
    """An attachment (of an album its cover) of a notice of which the sender has a copy."""
    return _of_copy(turn, piece_id, evidence.by_id(turn.db, piece_id))


@download("notice_picture", right=Right.USE)
def picture(turn: Turn, file_id: int) -> Target | None:
    """One picture of an attached album, likewise."""
    found = albums.by_id(turn.db, file_id)
    return None if found is None else _of_copy(turn, found.evidence_id, found)


@download("sent_file", right=Right.WRITE_NOTICE)
def sent_file(turn: Turn, piece_id: int) -> Target | None:
    """An attachment, for the section of a bureau that sends it."""
    return _of_sent(turn, piece_id, evidence.by_id(turn.db, piece_id))


@download("sent_picture", right=Right.WRITE_NOTICE)
def sent_picture(turn: Turn, file_id: int) -> Target | None:
    """One picture of an attached album, likewise."""
    found = albums.by_id(turn.db, file_id)
    return None if found is None else _of_sent(turn, found.evidence_id, found)


def _open(turn: Turn, kind: str, notice: Any) -> bool:
    opened = view_links.open_page(turn, kind, notice.id, notice_cards.called(turn, notice))
    if opened:
        turn.audit("notice.view", KIND, notice.id)
    return opened


def _of_copy(turn: Turn, piece_id: int, found: Any | None) -> Target | None:
    held = (copy_at(turn, one) for one in files.notices_with(turn.db, piece_id))
    mine = (one for one in held if one is not None and one.value.notice.state != State.WITHDRAWN)
    return next((_stored(one, one.value.notice, found) for one in mine if may_show(turn, one.value.notice)), None)


def _of_sent(turn: Turn, piece_id: int, found: Any | None) -> Target | None:
    sent = (notice_at(turn, one) for one in files.notices_with(turn.db, piece_id))
    return next((_stored(one, one.value, found) for one in sent if one is not None and may_show(turn, one.value)), None)


def _stored(target: Target, notice: Any, found: Any | None) -> Target | None:
    if found is None or not found.sha256 or found.stage != Stage.STORED:
        return None
    return Target(Stored(found.sha256, found.name, found.mime, private=bool(notice.confidential)), target.place)


def _page(turn: Turn, notice: Any, piece: str, picture: str, *, copy: Any | None, gone: bool) -> dict[str, Any]:
    found = [] if gone else [attached(turn, row, piece, picture) for row in files.of_notice(turn.db, notice.id)]
    corrected = notices.by_id(turn.db, notice.corrects) if notice.corrects is not None else None
    sender = notices.sender_of(turn.db, notice)
    return {"notice": notice, "sender": sender, "copy": copy, "gone": gone, "files": found, "corrected": corrected}


def _send(turn: Turn, kind: str, pieces: Iterable[Any]) -> None:
    for piece in pieces:
        url = f"/api/files/{kind}/{piece.id}"
        turn.say_text(piece.name, file={"name": piece.name, "size": piece.size, "url": url} if piece.sha256 else None)
