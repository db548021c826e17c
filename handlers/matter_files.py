"""Files of 审核事项 in chat, by the rules of 佐证材料: asked for, taken in, said to be here, and put to a matter.

They stand in no 证据箱, and no indicator is proposed for them. Before they are put to a matter they belong to the question
that asked for them, and whoever brought them can look at them or take them away; after that nobody can take them away.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot import conversation, gathering
from bot.actions import Stored, Target, action, download
from bot.fields import Ask, Files, Gathered
from bot.flow import Refuse, gathered_so_far
from bot.messages import Button, Piece
from bot.talk import Talk, current
from bot.turn import Turn
from handlers.arrivals import ARRIVALS, Arrival
from handlers.evidence_arrival import take_in as take_in_piece
from handlers.file_limits import how_files_come, to_page
from models import albums, evidence
from models.evidence import Purpose, Stage
from models.matters import files
from models.matters.files import Kind
from models.rights import Place, Right

OBJECT = "matter_file"
"""What the audit log calls such a piece: its name, which may be 内部, is not told there."""
MOST = 20


def asked(
    turn: Turn, bureau: int, key: str = "files", *, least: int = 1, most: int = MOST, instead: tuple[str, ...] = ("none",)
) -> Ask:  # fmt: skip
    """The question for files of a matter of a bureau, with the way to bring what is too large for the sender's channel.

    `instead`: what may be said in their place. The flow takes them in by `take_in`, and its facts have `bureau`.
    """
    here = how_files_come(turn, bureau)
    page = (to_page("up.q", 0, documents=here.documents),) if here.most is not None else ()
    return Ask(key, Files(instead=instead, least=least, most=most, told=True), about=here, beside=page)


def take_in(turn: Turn, talk: Talk, ask: Ask, piece: Piece | str) -> str:
    """What a conversation about a matter does with a file or link that it asked for. Raises Refuse with the reason."""
    return take_in_piece(turn, piece, talk.facts.bureau, None, Purpose.MATTER)


def attach(
    turn: Turn, matter: int, kind: Kind, gathered: Gathered | None, *, key: str = "files", subject: int | None = None
) -> list[int]:  # fmt: skip
    """Put what a question gathered to a matter; the pieces (ids).

    Refuse: one is still on its way; `key`: the question that is asked again then.
    """
    pieces = [piece for item in (gathered.items if gathered is not None else ()) if (piece := _piece(turn, item))]
    coming = [piece for piece in pieces if piece.stage == Stage.RECEIVING]
    if coming:
        raise Refuse(key, "files_receiving", names=[piece.name for piece in coming])
    here = [piece.id for piece in pieces if piece.stage == Stage.STORED]
    files.add(turn.db, matter, kind, here, turn.actor.person_id, turn.now, subject)
    return here


def own_at(turn: Turn, piece_id: int) -> Target | None:
    """A piece for whoever brought it, and nobody else."""
    piece = evidence.by_id(turn.db, piece_id)
    if piece is None or piece.purpose != Purpose.MATTER or piece.stage == Stage.FAILED:
        return None
    return Target(piece, Place(piece.bureau_id, person=piece.person_id))


@download("own_file", right=Right.USE)
def own_file(turn: Turn, piece_id: int) -> Target | None:
    """A piece (of an album its cover), for whoever brought it."""
    found = own_at(turn, piece_id)
    if found is None or not found.value.sha256 or found.value.stage == Stage.DELETED:
        return None
    return Target(stored(found.value), found.place)


@download("own_picture", right=Right.USE)
def own_picture(turn: Turn, file_id: int) -> Target | None:
    """One picture of an album, for whoever brought it."""
    file = albums.by_id(turn.db, file_id)
    found = own_at(turn, file.evidence_id) if file is not None and file.sha256 else None
    if found is None or found.value.stage == Stage.DELETED:
        return None
    return Target(stored(file), found.place)


def stored(file: Any) -> Stored:
    """A piece, or a picture of an album, as it lies in the store."""
    return Stored(file.sha256, file.name, file.mime)


@action("mt.del", right=Right.USE, load=own_at)
def delete(turn: Turn, piece: Any, button: Button) -> None:
    """删去这份, as long as it has not been put to a matter."""
    if files.of_piece(turn.db, piece.id) is not None:
        turn.say("put_already", Button("resume"), piece=piece)
        return
    if piece.stage != Stage.DELETED:
        evidence.change(turn.db, piece, stage=Stage.DELETED.value)
        turn.audit("matter.file", OBJECT, piece.id, piece.stage, Stage.DELETED.value)
    gathering.drop(turn, f"e{piece.id}")
    _say(turn, turn.text("deleted", piece=piece), [])


def _is_here(turn: Turn, piece: Any, missing: Sequence[Any]) -> None:
    turn.audit("matter.file", OBJECT, piece.id, piece.stage, Stage.STORED.value)
    found = evidence.by_id(turn.db, piece.id)
    with turn.within("matter_files"):
        said = turn.text("stored", piece=found, twin=_twin(turn, found), missing=missing)
        _say(turn, said, [Button("mt.del", piece.id)])


def _did_not_come(turn: Turn, piece: Any, lost: Sequence[Any]) -> None:
    turn.audit("matter.file", OBJECT, piece.id, piece.stage, Stage.FAILED.value)
    gathering.drop(turn, f"e{piece.id}")
    if lost:
        with turn.within("matter_files"):
            _say(turn, turn.text("lost", files=lost), [])


def _say(turn: Turn, said: str, buttons: list[Button]) -> None:
    """Say something of a piece; where the open question asks for files, ask it again in the same message."""
    talk = current(turn)
    if talk is not None and talk.gathers_files:
        conversation.ask(turn, talk, lead=said, extra=buttons)
    else:
        turn.say_text(said, buttons)


def _twin(turn: Turn, piece: Any) -> Any | None:
    """Another piece with the same content that was brought for the same."""
    talk = current(turn)
    if talk is None:
        return None
    for ask in gathering.asks_of(talk):
        items = gathered_so_far(ask, talk.draft.answers)
        if f"e{piece.id}" in items:
            others = [_piece(turn, item) for item in items]
            return files.twin(piece, [one for one in others if one is not None and one.stage == Stage.STORED])
    return None


def _piece(turn: Turn, item: str) -> Any | None:
    """The piece that an item of such a question stands for; None: nothing of it was kept."""
    return evidence.by_id(turn.db, int(item[1:]))


ARRIVALS[Purpose.MATTER] = Arrival("own_file", "own_picture", _is_here, _did_not_come)
