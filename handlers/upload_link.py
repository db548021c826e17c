"""上传较大文件: a page for files that are too large for the channel, reached by a link that is made when it is asked for."""

from __future__ import annotations

from typing import Any

from bot import gathering, hidden, inside
from bot.actions import action, command, result
from bot.fields import Files
from bot.flow import Refuse
from bot.messages import Button, Into, Piece
from bot.router import BROUGHT
from bot.talk import current
from bot.turn import Turn
from handlers import evidence as handler
from handlers.evidence_arrival import take_in
from handlers.file_limits import most_bytes, most_here
from handlers.item_facts import facts_of, item_at
from models import assessments, evidence, upload_links
from models.rights import Right

OPENED, CLOSED = "upload_opened", "upload_closed"
"""The results under which it enters that a browser opens a link, and that its person has done with it."""


@action("up", right=Right.ANSWER, load=item_at)
def for_item(turn: Turn, row: Any, button: Button) -> None:
    """上传较大文件, beside the question for an item's evidence."""
    if row.submitted_at is not None:
        turn.say("submitted", Button("menu"))
    else:
        _give(turn, row.bureau_id, row=row)


@command("upload", right=Right.ANSWER, ambiguous=False)
@action("up.box", right=Right.ANSWER)
def for_whatever(turn: Turn, button: Button) -> None:
    """上传文件: for the item whose evidence is being asked for, else for the box."""
    assert turn.post is not None
    row = handler.item_asked(turn)
    if turn.was_ended:  # it has gone up, or is somebody else's now, which has been said
        return
    if row is not None:
        _give(turn, row.bureau_id, row=row)
    elif assessments.of_bureau(turn.db, turn.post.bureau_id) is None:
        turn.say("none_begun", Button("menu"))
    else:
        _give(turn, turn.post.bureau_id)


@action("up.q", right=Right.USE)
def for_question(turn: Turn, button: Button) -> None:
    """上传较大文件, beside a question for files that is not an item's: for the one being asked now. `id`: the bureau."""
    talk = current(turn)
    if turn.was_ended:
        return
    if talk is None or not talk.gathers_files or inside.withheld(turn, talk):
        turn.say("not_asked", Button("resume"))
    else:
        _give(turn, talk.facts.bureau, question=(talk.id, talk.key))


@result(OPENED)
def opened(turn: Turn, outcome: dict[str, Any]) -> None:
    """A browser opens a link first: it belongs to that browser from here on."""
    if upload_links.claim(turn.db, outcome["link"], outcome["browser"], turn.now):
        turn.audit("upload.open", "upload_link", outcome["link"])


@result(CLOSED)
def closed(turn: Turn, outcome: dict[str, Any]) -> None:
    """完成 on the page."""
    upload_links.end(turn.db, outcome["link"], turn.actor.person_id, turn.now)


@result(BROUGHT)
def brought(turn: Turn, outcome: dict[str, Any]) -> None:
    """A file that comes by the page goes where its link says, if it still may, whatever is being asked meanwhile."""
    piece: Piece = outcome["piece"]
    try:
        _put(turn, piece, piece.into or Into())
    except Refuse as refusal:
        with turn.within("items"):
            turn.say(refusal.reason, **refusal.params)


def _give(turn: Turn, bureau: int, *, row: Any | None = None, question: tuple[int, str] | None = None) -> None:
    """A link for an item, a question of a conversation, or else the box, to whoever asks for it here."""
    if most_here(turn, bureau) is None:
        turn.say("send_here", most=most_bytes(turn, bureau))
        return
    if turn.house.site is None:
        turn.say("no_page", Button("menu"))
        return
    inbound, actor, item = turn.inbound, turn.actor.person_id, row.id if row is not None else None
    link, name = upload_links.make(
        turn.db, turn.house.vault, actor, inbound.channel, inbound.address, turn.now, answer=item, question=question
    )
    turn.audit("upload.link", "upload_link", link, None, item)
    address = f"{turn.house.site}/upload#{hidden.token(name)}"
    minutes = int(upload_links.LASTS.total_seconds()) // 60
    asked = question is not None
    turn.say("link", link=address, minutes=minutes, most=most_bytes(turn, bureau), row=row, asked=asked)


def _put(turn: Turn, piece: Piece, into: Into) -> None:
    if into.conversation is not None:
        gathering.bring(turn, into.conversation, into.question, piece)
    elif into.item is not None:
        _for_item(turn, piece, into.item)
    else:
        _into_box(turn, piece)


def _into_box(turn: Turn, piece: Piece) -> None:
    post = turn.acts(Right.ANSWER)
    if post is None or assessments.of_bureau(turn.db, post.bureau_id) is None:
        raise Refuse(None, "not_there")
    take_in(turn, piece, post.bureau_id, None)


def _for_item(turn: Turn, piece: Piece, item: int) -> None:
    row = facts_of(turn, item, None).row
    if len(evidence.pieces_of(turn.db, row.id)) >= Files.most:
        raise Refuse(None, "wrong_too_many", field=None, about=None, p={"most": Files.most})
    take_in(turn, piece, row.bureau_id, row)
