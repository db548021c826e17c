"""佐证材料 in chat: what can be done with a piece that is here. It can be seen, dated, taken away and brought back."""

from __future__ import annotations

from typing import Any

from bot import conversation, files
from bot.actions import Stored, Target, action, download
from bot.messages import Button
from bot.talk import FLOWS, current
from bot.turn import Turn
from handlers.attached import SHOWN
from handlers.item_facts import ItemFacts, may_answer, place_of
from handlers.items import flow_for, open_item
from models import albums, answering, assessments, evidence, submission
from models.assessments import State, Verdict
from models.evidence import Stage
from models.rights import Place, Right

HERE = "here"
"""The result that says that an upload's last byte is here."""
ASKED_BETWEEN = ("evidence_date", "evidence_box")
"""Conversations that come between the pieces of one item: another piece meanwhile is for that item too."""


def piece_at(turn: Turn, piece_id: int) -> Target | None:
    """A piece that is, or was, of use; it belongs to the items it serves, else to whoever brought it."""
    piece = _proof(turn, piece_id)
    return None if piece is None else Target(piece, _place(turn, piece, Right.ANSWER))


@download("evidence", right=Right.SEE_ANSWERS)
def picture(turn: Turn, piece_id: int) -> Target | None:
    """The file of a piece; of an album, its cover."""
    piece = _proof(turn, piece_id)
    if piece is None or not piece.sha256:
        return None
    return Target(Stored(piece.sha256, piece.name, piece.mime), _place(turn, piece, Right.SEE_ANSWERS))


@download("evidence_file", right=Right.SEE_ANSWERS)
def one_of_album(turn: Turn, file_id: int) -> Target | None:
    """One picture of an album."""
    file = albums.by_id(turn.db, file_id)
    piece = _proof(turn, file.evidence_id) if file is not None and file.sha256 else None
    if file is None or piece is None:
        return None
    return Target(Stored(file.sha256, file.name, file.mime), _place(turn, piece, Right.SEE_ANSWERS))


@action("evd", right=Right.ANSWER, load=piece_at)
def delete(turn: Turn, piece: Any, button: Button) -> None:
    """删去这份: the piece proves nothing any more; it can be brought back."""
    if piece.stage == Stage.DELETED:
        turn.say("already_deleted", Button("evr", piece.id), piece=piece)
        return
    if _has_gone_up(turn, piece):
        turn.say("submitted", Button("menu"))
        return
    evidence.change(turn.db, piece, stage=Stage.DELETED.value)
    turn.audit("evidence", "evidence", piece.id, piece.stage, Stage.DELETED.value)
    talk = current(turn)
    asks_here = talk is not None and talk.gathers_files and isinstance(talk.facts, ItemFacts)
    asked = talk.facts.row.id if talk is not None and asks_here else None
    said, buttons = _without(turn, piece, asked)
    _say(turn, said, buttons, resumed=len(buttons) > 1)


@action("evr", right=Right.ANSWER, load=piece_at)
def restore(turn: Turn, piece: Any, button: Button) -> None:
    """撤销删除."""
    if piece.stage != Stage.DELETED:
        turn.say("not_deleted", piece=piece)
        return
    if _has_gone_up(turn, piece):
        turn.say("submitted", Button("menu"))
        return
    stage = Stage.STORED if piece.number else Stage.RECEIVING
    evidence.change(turn.db, piece, stage=stage.value)
    turn.audit("evidence", "evidence", piece.id, Stage.DELETED.value, stage.value)
    _say(turn, turn.text("restored", piece=piece), [Button("evd", piece.id)])


@action("evt", right=Right.ANSWER, load=piece_at)
def redate(turn: Turn, piece: Any, button: Button) -> None:
    """改文件日期."""
    conversation.begin(turn, FLOWS["evidence_date"], piece.id, at="day")


def _proof(turn: Turn, piece_id: int) -> Any | None:
    """A piece of 佐证材料; None: there is none, it did not come, or it was brought for something else."""
    piece = evidence.by_id(turn.db, piece_id)
    return piece if piece is not None and piece.stage != Stage.FAILED and piece.purpose is None else None


def stored_sentence(turn: Turn, piece: Any, row: Any | None) -> str:
    """What is said of a piece that is here: its number, its date, and whether there is another like it."""
    period = assessments.campaign_file(turn.db, row).period if row is not None else None
    with turn.within("evidence"):
        twin, voice = evidence.twin(turn.db, piece), piece.mime in files.VOICES
        return turn.text("stored", piece=piece, row=row, period=period, twin=twin, voice=voice)


def dated(turn: Turn, piece_id: int, row: Any | None, *, dropped: bool) -> None:
    """After a piece's date was asked: the next piece that waits for its own, else back to where the person was."""
    piece = evidence.by_id(turn.db, piece_id)
    with turn.within("evidence"):
        said, buttons = _without(turn, piece, None) if dropped else (stored_sentence(turn, piece, row), handles(piece))
        following = _without_date(turn, row) if row is not None else None
        if following is not None:
            conversation.begin(turn, FLOWS["evidence_date"], following.id, lead=said)
        elif not conversation.come_back(turn, said, buttons):
            turn.say_text(said, buttons)


def taken(turn: Turn, row: Any, said: str) -> None:
    """Pieces from the box serve an item now: the date that one of them wants, else the item's question for evidence."""
    following = _without_date(turn, row)
    if following is None:
        open_item(turn, row.id, at="evidence", lead=said)
        return
    conversation.entered(turn, flow_for(row.item), row.id, at="evidence")
    conversation.begin(turn, FLOWS["evidence_date"], following.id, lead=said)


def _without_date(turn: Turn, row: Any) -> Any | None:
    period = assessments.campaign_file(turn.db, row).period
    pieces = evidence.pieces_of(turn.db, row.id)
    return next((piece for piece in pieces if piece.stage == Stage.STORED and not evidence.counts(piece, period)), None)


def item_asked(turn: Turn) -> Any | None:
    """The item whose evidence the sender is being asked for, or about; None: there is none."""
    talk = current(turn)
    if talk is None:
        return None
    if isinstance(talk.facts, ItemFacts):
        return talk.facts.row if talk.gathers_files else None
    return talk.facts.row if talk.flow.name in ASKED_BETWEEN else None


def settle(turn: Turn, piece: Any, row: Any, said: str, buttons: list[Button], *, resumed: bool = False) -> None:
    """Say something of a piece that proves an item, and ask for its date where that is still open.

    `resumed`: the item is not the one whose evidence is being asked for, so that this question must say which it is about.
    """
    if (talk := current(turn)) is not None and talk.flow.name == "evidence_date":
        turn.say_text(said, picture=picture_of(piece))
    elif not evidence.counts(piece, assessments.campaign_file(turn.db, row).period):
        conversation.begin(turn, FLOWS["evidence_date"], piece.id, lead=said, picture=picture_of(piece))
    else:
        _say(turn, said, buttons, picture_of(piece), resumed=resumed)


def handles(piece: Any) -> list[Button]:
    """What can be done with a piece that is here, or was deleted."""
    return (
        [Button("evt", piece.id), Button("evd", piece.id)] if piece.stage == Stage.STORED else [Button("evr", piece.id)]
    )


def _without(turn: Turn, piece: Any, asked: int | None) -> tuple[str, list[Button]]:
    """What is said of a piece taken away, and of the finished items that now lack evidence; and its buttons.

    `asked`: the item (answer id) whose evidence is being asked for anyway.
    """
    rows = rows_of(turn, piece)
    bare = [row for row in rows if row.id != asked and _lacks_evidence(turn, row)]
    ways = [Button("it", row.id, arg="evidence", label=turn.text("prove_label", row=row), primary=True) for row in bare]
    return turn.text("deleted", piece=piece, rows=rows, bare=bare), [*ways, Button("evr", piece.id)]


def _lacks_evidence(turn: Turn, row: Any) -> bool:
    finished = row.state in (State.COMPLETE, State.RETURNED) and row.verdict not in (Verdict.NOT_APPLICABLE, "none")
    said = (row.values.get("evidence") or {}).get("instead")
    return finished and said is None and not evidence.pieces_of(turn.db, row.id)


def _say(turn: Turn, said: str, buttons: list[Button], picture: str | None = None, *, resumed: bool = False) -> None:
    """Say something of a piece; where the open question asks for evidence, ask it again in the same message.

    `resumed`: what was said is of another item, so that the question must say which it is about.
    """
    talk = current(turn)
    if talk is not None and talk.gathers_files:
        conversation.ask(turn, talk, lead=said, resumed=resumed, extra=buttons, picture=picture)
    else:
        turn.say_text(said, buttons, picture=picture)


def shown(turn: Turn, piece: Any) -> None:
    """Show a piece: a picture as such, each of an album, another file to be opened, a link as it is."""
    pictures = [file for file in albums.files_of(turn.db, piece.id) if file.stage == Stage.STORED]
    with turn.within("evidence"):
        if len(pictures) < 2:
            _show(turn, piece, "evidence", turn.text("shown", piece=piece))
            return
        for place, file in enumerate(pictures, start=1):
            said = turn.text("shown_of_album", piece=piece, file=file, place=place)
            _show(turn, file, "evidence_file", said)


def _show(turn: Turn, file: Any, kind: str, said: str) -> None:
    url = f"/api/files/{kind}/{file.id}"
    shown = {"name": file.name, "size": file.size, "url": url} if file.sha256 else None
    turn.say_text(said, picture=url if file.mime in SHOWN else None, file=shown)


def picture_of(piece: Any) -> str | None:
    """Where a picture among the pieces can be looked at, an album by its cover; None for other pieces."""
    return f"/api/files/evidence/{piece.id}" if piece.mime in SHOWN else None


def _place(turn: Turn, piece: Any, right: Right) -> Place:
    """A piece stands where an item stands that it serves, or in the unit that brought it; whichever the sender reaches."""
    places = [place_of(row) for row in rows_of(turn, piece)]
    assessment = assessments.of_bureau(turn.db, piece.bureau_id)
    brought = Place(piece.bureau_id, unit=piece.unit_id, contact=assessment.contact_id if assessment else None)
    return next((place for place in places if turn.actor.may(right, place)), brought)


def _has_gone_up(turn: Turn, piece: Any) -> bool:
    return not all(submission.stays_open(turn.db, row.assessment_id) for row in rows_of(turn, piece))


def rows_of(turn: Turn, piece: Any) -> list[Any]:
    """The items that a piece is used for, in order."""
    rows = [answering.item(turn.db, answer) for answer in evidence.uses(turn.db, piece.id)]
    return [row for row in rows if row is not None]


def row_of(turn: Turn, piece: Any) -> Any | None:
    """The first item that a piece is used for and the sender may answer; None: there is none."""
    return next((row for row in rows_of(turn, piece) if may_answer(turn, row)), None)
