"""Files that a conversation asked for, by the rules of 佐证材料, until they are put to what they are for.

They stand in no 证据箱, and no indicator is proposed for them. Whoever brought one is told when it is here, and can look at it;
until it is put to a matter or goes with a notice it is nobody else's, and can be taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot import conversation, gathering
from bot.actions import Stored, Target, download
from bot.fields import Ask, Field, Gathered
from bot.flow import Refuse
from bot.messages import Button
from bot.stored import gathered_so_far
from bot.talk import current
from bot.turn import Turn
from handlers.arrivals import ARRIVALS, Arrival
from handlers.file_limits import how_files_come, to_page
from models import albums, evidence
from models.evidence import Purpose, Stage
from models.rights import Place, Right


@dataclass(frozen=True, slots=True)
class Wanted:
    """What files are wanted for, and how they are spoken of.

    `folder`: of the words; `delete`: the code of 删去这份; `noted`: what the audit log calls what becomes of one, and `kind`
    what it calls the piece: its name, which may be 内部, is not told there. `is_put`: (turn, piece) → whether it has been put
    to something, so that it stays.
    """

    folder: str
    delete: str
    noted: str
    kind: str
    is_put: Callable[[Turn, Any], bool]


WANTED: dict[str, Wanted] = {}
"""By purpose."""


def wanted(purpose: Purpose, how: Wanted) -> None:
    """Register what files of a purpose are for, and speak of them so when they arrive."""
    WANTED[purpose] = how
    ARRIVALS[purpose] = Arrival("own_file", "own_picture", partial(_is_here, how), partial(_did_not_come, how))


def asked(turn: Turn, bureau: int, key: str, field: Field, *, assumed: Any = None, beside: tuple[Any, ...] = ()) -> Ask:
    """A question for files of a bureau, with the way to bring what the sender's channel does not.

    `beside`: what is offered besides; `assumed`: as of `Ask`.
    """
    how = how_files_come(turn, bureau)
    page = (to_page("up.q", 0, documents=how.documents),) if how.most is not None else ()
    return Ask(key, field, about=how, assumed=assumed, beside=(*page, *beside))


def here(turn: Turn, gathered: Gathered | None, key: str | None = None) -> list[int]:
    """The pieces (ids) of what a question gathered. Refuse: one is on its way; `key`: the question that is asked again then."""
    items = gathered.items if gathered is not None else ()
    pieces = [piece for item in items if (piece := piece_of(turn, item)) is not None]
    coming = [piece.name for piece in pieces if piece.stage == Stage.RECEIVING]
    if coming:
        raise Refuse(key, "files_receiving", names=coming)
    return [piece.id for piece in pieces if piece.stage == Stage.STORED]


def piece_of(turn: Turn, item: str) -> Any | None:
    """The piece that an item of such a question stands for; None: nothing of it was kept."""
    return evidence.by_id(turn.db, int(item[1:]))


def own_at(turn: Turn, piece_id: int) -> Target | None:
    """A piece for whoever brought it, and nobody else."""
    piece = evidence.by_id(turn.db, piece_id)
    if piece is None or piece.purpose not in WANTED or piece.stage == Stage.FAILED:
        return None
    return Target(piece, Place(piece.bureau_id, person=piece.person_id))


@download("own_file", right=Right.USE)
def own_file(turn: Turn, piece_id: int) -> Target | None:
    """A piece (of an album its cover), for whoever brought it."""
    found = own_at(turn, piece_id)
    return None if found is None else _kept(found, found.value)


@download("own_picture", right=Right.USE)
def own_picture(turn: Turn, file_id: int) -> Target | None:
    """One picture of an album, for whoever brought it."""
    file = albums.by_id(turn.db, file_id)
    found = own_at(turn, file.evidence_id) if file is not None else None
    return None if found is None else _kept(found, file)


def delete(turn: Turn, piece: Any) -> None:
    """删去这份, as long as it has not been put to anything."""
    how = WANTED[piece.purpose]
    with turn.within(how.folder):
        if how.is_put(turn, piece):
            turn.say("put_already", Button("resume"), piece=piece)
            return
        if piece.stage != Stage.DELETED:
            evidence.change(turn.db, piece, stage=Stage.DELETED.value)
            turn.audit(how.noted, how.kind, piece.id, piece.stage, Stage.DELETED.value)
        gathering.drop(turn, f"e{piece.id}")
        say(turn, turn.text("deleted", piece=piece), [])


def say(turn: Turn, said: str, buttons: list[Button]) -> None:
    """Say something of a piece; where files can be brought now, ask what is open again in the same message."""
    talk = current(turn)
    if talk is not None and talk.for_files is not None:
        conversation.ask(turn, talk, lead=said, extra=buttons)
    else:
        turn.say_text(said, buttons)


def _kept(found: Target, file: Any) -> Target | None:
    if not file.sha256 or found.value.stage == Stage.DELETED:
        return None
    return Target(Stored(file.sha256, file.name, file.mime), found.place)


def _is_here(how: Wanted, turn: Turn, piece: Any, missing: Sequence[Any]) -> None:
    turn.audit(how.noted, how.kind, piece.id, piece.stage, Stage.STORED.value)
    found = evidence.by_id(turn.db, piece.id)
    with turn.within(how.folder):
        said = turn.text("stored", piece=found, twin=_twin(turn, found), missing=missing)
        say(turn, said, [Button(how.delete, piece.id)])


def _did_not_come(how: Wanted, turn: Turn, piece: Any, lost: Sequence[Any]) -> None:
    turn.audit(how.noted, how.kind, piece.id, piece.stage, Stage.FAILED.value)
    gathering.drop(turn, f"e{piece.id}")
    if lost:
        with turn.within(how.folder):
            say(turn, turn.text("lost", files=lost), [])


def _twin(turn: Turn, piece: Any) -> Any | None:
    """Another piece with the same content that was brought for the same."""
    talk = current(turn)
    for ask in gathering.asks_of(talk) if talk is not None else ():
        items = gathered_so_far(ask, talk.draft.answers) if talk is not None else ()
        if f"e{piece.id}" in items:
            others = [one for item in items if (one := piece_of(turn, item)) is not None and one.stage == Stage.STORED]
            return next((one for one in others if one.id != piece.id and _alike(piece, one)), None)
    return None


def _alike(piece: Any, other: Any) -> bool:
    """Whether two pieces have the same content, or address."""
    if piece.sha256 is None:
        return bool(other.kind == piece.kind == "link" and other.name == piece.name)
    return bool(other.sha256 == piece.sha256 and other.files == piece.files)
