"""Files of 审核事项 in chat: asked for, taken in, and put to a matter. After that nobody can take them away."""

from __future__ import annotations

from typing import Any

from bot.actions import action
from bot.fields import Ask, Files, Gathered
from bot.messages import Button, Piece
from bot.talk import Talk
from bot.turn import Turn
from handlers import own_files
from handlers.evidence_arrival import take_in as take_in_piece
from handlers.own_files import Wanted, own_at
from models.evidence import Purpose
from models.matters import files
from models.matters.files import Kind
from models.rights import Right

MOST = 20


def asked(
    turn: Turn, bureau: int, key: str = "files", *, least: int = 1, most: int = MOST, instead: tuple[str, ...] = ("none",)
) -> Ask:  # fmt: skip
    """The question for files of a matter of a bureau, with the way to bring what is too large for the sender's channel.

    `instead`: what may be said in their place. The flow takes them in by `take_in`, and its facts have `bureau`.
    """
    return own_files.asked(turn, bureau, key, Files(instead=instead, least=least, most=most, told=True))


def take_in(turn: Turn, talk: Talk, ask: Ask, piece: Piece | str) -> str:
    """What a conversation about a matter does with a file or link that it asked for. Raises Refuse with the reason."""
    return take_in_piece(turn, piece, talk.facts.bureau, None, Purpose.MATTER)


def attach(
    turn: Turn, matter: int, kind: Kind, gathered: Gathered | None, *, key: str = "files", subject: int | None = None
) -> list[int]:  # fmt: skip
    """Put what a question gathered to a matter; the pieces (ids).

    Refuse: one is still on its way; `key`: the question that is asked again then.
    """
    here = own_files.here(turn, gathered, key)
    files.add(turn.db, matter, kind, here, turn.actor.person_id, turn.now, subject)
    return here


@action("mt.del", right=Right.USE, load=own_at)
def delete(turn: Turn, piece: Any, button: Button) -> None:
    """删去这份, as long as it has not been put to a matter."""
    own_files.delete(turn, piece)


own_files.wanted(
    Purpose.MATTER,
    Wanted(
        folder="matter_files",
        delete="mt.del",
        noted="matter.file",
        kind="matter_file",
        is_put=lambda turn, piece: files.of_piece(turn.db, piece.id) is not None,
    ),
)
