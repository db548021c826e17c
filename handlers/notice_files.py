"""Attachments of a notice that is being written: brought at any time, looked at, taken away one by one.

Before it goes out they are nobody's but of whoever brought them; after that its recipients have them (handlers/notice_content.py).
"""

from __future__ import annotations

from typing import Any

from bot import conversation, gathering, inside
from bot.actions import Target, action
from bot.fields import Ask, Files, Gathered
from bot.flow import Answers
from bot.messages import Button, Piece
from bot.stored import gathered_so_far
from bot.talk import Talk, current
from bot.turn import Turn
from handlers import own_files
from handlers.evidence_arrival import take_in as take_in_piece
from handlers.own_files import Wanted, own_at, piece_of
from models.evidence import Purpose
from models.notices import files
from models.rights import Place, Right

KEY, NONE, MOST = "files", "none", 9


def asked(turn: Turn, bureau: int, a: Answers) -> Ask:
    """The question for attachments. It is not asked but where somebody wants to; what they bring meanwhile belongs to it."""
    so_far = a.so_far(KEY)
    field = Files(instead=(NONE,), besides=(NONE,), most=MOST, told=True)
    singly = (("nt.rm", 0),) if so_far else ()
    assumed = Gathered(so_far, None if so_far else NONE)
    return own_files.asked(turn, bureau, KEY, field, assumed=assumed, beside=singly)


def take_in(turn: Turn, talk: Talk, ask: Ask, piece: Piece | str) -> str:
    """What a conversation about a notice does with a file or link. Raises Refuse with the reason."""
    return take_in_piece(turn, piece, talk.facts.bureau, None, Purpose.NOTICE)


def here(turn: Turn, gathered: Gathered) -> tuple[int, ...]:
    """The pieces (ids) that a notice goes out with. Refuse: one of those that were brought is still on its way."""
    return tuple(own_files.here(turn, gathered))


def names(turn: Turn, gathered: Gathered) -> list[str]:
    """What the attachments are called, those that are still on their way too."""
    return [piece.name for item in gathered.items if (piece := piece_of(turn, item)) is not None]


def attached_at(turn: Turn, piece_id: int) -> Target | None:
    """A piece for whoever brought it, and for whoever is writing a notice that it is to go with."""
    found = own_at(turn, piece_id)
    if found is not None and gathering.has(turn, f"e{piece_id}"):
        return Target(found.value, Place(found.place.bureau, person=turn.actor.person_id))
    return found


@action("nt.rm", right=Right.WRITE_NOTICE)
def choose(turn: Turn, button: Button) -> None:
    """删去附件: which?"""
    talk, items = _being_written(turn)
    if talk is None:
        turn.say("not_writing", Button("nt.new"), Button("menu"))
    elif not items or inside.withheld(turn, talk):
        conversation.ask(turn, talk)
    else:
        pieces = [piece for item in items if (piece := piece_of(turn, item)) is not None]
        drops = [Button("nt.del", one.id, label=turn.text("drop_label", piece=one)) for one in pieces]
        turn.say("which", *drops, Button("resume"))


@action("nt.del", right=Right.USE, load=attached_at)
def delete(turn: Turn, piece: Any, button: Button) -> None:
    """删去这份, as long as it goes with no notice; one that does stays with that, and is left out of what is being written."""
    talk, items = _being_written(turn)
    item = f"e{piece.id}"
    if talk is None or item not in items or not _goes_out(turn, piece):
        own_files.delete(turn, piece)
        return
    question = talk.place.ask(KEY)
    assert question is not None
    gathering.put_draft(talk, question, tuple(one for one in items if one != item))
    talk.stamp += 1
    conversation.ask(turn, talk, lead=turn.text("left_out", piece=piece))


def _being_written(turn: Turn) -> tuple[Talk | None, tuple[str, ...]]:
    """The sender's notice, if they are writing one, and its attachments so far."""
    talk = current(turn)
    question = talk.place.ask(KEY) if talk is not None and talk.flow.attaches == KEY else None
    if talk is None or question is None:
        return None, ()
    return talk, gathered_so_far(question, talk.draft.answers)


def _goes_out(turn: Turn, piece: Any) -> bool:
    return bool(files.notices_with(turn.db, piece.id))


own_files.wanted(
    Purpose.NOTICE,
    Wanted(
        folder="notice_files",
        delete="nt.del",
        noted="notice.file",
        kind="notice_file",
        is_put=_goes_out,
    ),
)
