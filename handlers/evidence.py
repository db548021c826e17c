"""佐证材料 in chat: taking files and links in, saying when they are really here, using them, and taking them away."""

from __future__ import annotations

from typing import Any

from bot import conversation, files
from bot.actions import Stored, Target, action, base36, download, result
from bot.fields import Ask
from bot.flow import Refuse
from bot.messages import Button, Piece
from bot.router import UNASKED
from bot.talk import FLOWS, Talk, current
from bot.turn import Turn
from handlers.item_facts import ItemFacts, may_answer, place_of
from handlers.items import flow_for, open_item
from models import assessments, evidence
from models.evidence import Stage
from models.rights import Place, Right

MOST_BYTES = 200 * 1024 * 1024
SHOWN = ("image/jpeg", "image/png")
ASKED_BETWEEN = ("evidence_date", "evidence_box")
"""Conversations that come between the pieces of one item: another piece meanwhile is for that item too."""
HERE, LOOK = "here", "look"
"""Results: an upload's last byte is here; and what looking into it has shown. LOOK is also that work's kind."""


def take_in(turn: Turn, piece: Piece | str, bureau: int, row: Any | None) -> str:
    """A file is announced, or a link given, for the item `row` or (None) for the box: the key it is remembered by.

    It counts only once it has been looked into. Raises Refuse with the reason, before a byte is sent.
    """
    values = {
        "bureau_id": bureau, "unit_id": turn.post.unit_id if turn.post else None, "person_id": turn.actor.person_id,
        "channel": turn.inbound.channel, "created_at": turn.now,
        "stage": Stage.RECEIVING.value, "dated": row.dated if row is not None else None,
    }  # fmt: skip
    if isinstance(piece, str):
        piece_id = evidence.announce(turn.db, values | {"name": piece, "size": 0, "kind": "link", "upload": None})
        turn.later(LOOK, {"piece": piece_id})
    else:
        try:
            files.check_announced(piece.name, piece.size, MOST_BYTES)
            name = files.safe_name(piece.name)
        except files.Unfit as unfit:
            raise Refuse(None, "unfit_file", code=unfit.code, p=unfit.params) from None
        dated = files.date_in_name(name, turn.today) or values["dated"]
        about = {"name": name, "size": piece.size, "kind": "file", "upload": piece.upload, "dated": dated}
        piece_id = evidence.announce(turn.db, values | about)
    if row is not None:
        evidence.use(turn.db, row.id, piece_id)
    return f"e{piece_id}"


def take_in_for_item(turn: Turn, talk: Talk, ask: Ask, piece: Piece | str) -> str:
    """What an item's conversation does with a file or link that it asked for."""
    return take_in(turn, piece, talk.facts.row.bureau_id, talk.facts.row)


@result(UNASKED)
def unasked(turn: Turn, outcome: dict[str, Any]) -> None:
    """A file or link that no question asked for goes into the bureau's 证据箱 (先收后挂)."""
    post = turn.acts(Right.ANSWER)
    if post is None or assessments.of_bureau(turn.db, post.bureau_id) is None:
        turn.say("no_files_here")
        return
    talk = current(turn)
    row = talk.facts.row if talk is not None and talk.flow.name in ASKED_BETWEEN else None
    try:
        take_in(turn, outcome["piece"], post.bureau_id, row)
    except Refuse as refusal:
        turn.say(refusal.reason, **refusal.params)


@result(HERE)
def here(turn: Turn, outcome: dict[str, Any]) -> None:
    """The last byte of an upload is here: it is looked into after this turn."""
    piece = evidence.by_upload(turn.db, outcome["upload"])
    if piece is not None and piece.stage == Stage.RECEIVING:
        file = {"name": piece.name, "size": piece.size, "url": f"/api/files/evidence/{piece.id}"}
        turn.echo_file(file, outcome.get("delivery"))
        turn.later(LOOK, {"piece": piece.id, "upload": piece.upload, "name": piece.name})


@result(LOOK)
def looked(turn: Turn, outcome: dict[str, Any]) -> None:
    """A piece is here and fit, or could not be taken; whoever sent it is told, once."""
    upload = outcome.get("upload")
    piece = evidence.by_upload(turn.db, upload) if upload else evidence.by_id(turn.db, outcome["piece"])
    if piece is None or piece.stage != Stage.RECEIVING:
        return
    row = _row_of(turn, piece)
    if "given_up" in outcome:
        outcome = outcome | {"unfit": {"code": "given_up", "params": {}}}
    if "unfit" in outcome:
        evidence.change(turn.db, piece, stage=Stage.FAILED.value, reason=outcome["unfit"])
        turn.audit("evidence", "evidence", piece.id, piece.stage, Stage.FAILED.value)
        again = [Button("it", row.id, arg="evidence", label=turn.label("again"), primary=True)] if row else []
        turn.say("failed", again, piece=piece, **outcome["unfit"])
        return
    evidence.store(turn.db, piece, mime=outcome.get("mime"), sha256=outcome.get("sha256"), size=outcome.get("size", 0))
    turn.audit("evidence", "evidence", piece.id, piece.stage, Stage.STORED.value)
    _settle(turn, evidence.by_id(turn.db, piece.id), row)


def piece_at(turn: Turn, piece_id: int) -> Target | None:
    """A piece that is, or was, of use; it belongs to the items it serves, else to whoever brought it."""
    piece = evidence.by_id(turn.db, piece_id)
    if piece is None or piece.stage == Stage.FAILED:
        return None
    return Target(piece, _place(turn, piece, Right.ANSWER))


@download("evidence", right=Right.SEE_ANSWERS)
def picture(turn: Turn, piece_id: int) -> Target | None:
    """The file of a piece."""
    piece = evidence.by_id(turn.db, piece_id)
    if piece is None or piece.stage == Stage.FAILED or not piece.sha256:
        return None
    return Target(Stored(piece.sha256, piece.name, piece.mime), _place(turn, piece, Right.SEE_ANSWERS))


@action("evd", right=Right.ANSWER, load=piece_at)
def delete(turn: Turn, piece: Any, button: Button) -> None:
    """删去这份: the piece proves nothing any more; it can be brought back."""
    if piece.stage == Stage.DELETED:
        turn.say("already_deleted", Button("evr", piece.id), piece=piece)
        return
    evidence.change(turn.db, piece, stage=Stage.DELETED.value)
    turn.audit("evidence", "evidence", piece.id, piece.stage, Stage.DELETED.value)
    _say(turn, turn.text("deleted", piece=piece), [Button("evr", piece.id)])


@action("evr", right=Right.ANSWER, load=piece_at)
def restore(turn: Turn, piece: Any, button: Button) -> None:
    """撤销删除."""
    if piece.stage != Stage.DELETED:
        turn.say("not_deleted", piece=piece)
        return
    stage = Stage.STORED if piece.number else Stage.RECEIVING
    evidence.change(turn.db, piece, stage=stage.value)
    turn.audit("evidence", "evidence", piece.id, Stage.DELETED.value, stage.value)
    _say(turn, turn.text("restored", piece=piece), [Button("evd", piece.id)])


@action("evu", right=Right.ANSWER, load=piece_at)
def use(turn: Turn, piece: Any, button: Button) -> None:
    """用作第 n 项的佐证; the item travels in the button."""
    row = assessments.item(turn.db, int(button.arg or "0", 36))
    if row is None or not may_answer(turn, row) or row.bureau_id != piece.bureau_id:
        turn.say("not_there")
        return
    evidence.use(turn.db, row.id, piece.id)
    turn.audit("evidence.use", "evidence", piece.id, None, row.id)
    _settle(turn, piece, row)


@action("evk", right=Right.ANSWER, load=piece_at)
def keep_in_box(turn: Turn, piece: Any, button: Button) -> None:
    """先放证据箱."""
    row = _row_of(turn, piece)
    _say(turn, turn.text("boxed", piece=piece) if row is None else stored_sentence(turn, piece, row), [])


@action("evt", right=Right.ANSWER, load=piece_at)
def redate(turn: Turn, piece: Any, button: Button) -> None:
    """改文件日期."""
    conversation.begin(turn, FLOWS["evidence_date"], piece.id, at="day")


def stored_sentence(turn: Turn, piece: Any, row: Any | None) -> str:
    """What is said of a piece that is here: its number, its date, and whether there is another like it."""
    period = assessments.campaign_file(turn.db, row).period if row is not None else None
    with turn.within("evidence"):
        return turn.text("stored", piece=piece, row=row, period=period, twin=evidence.twin(turn.db, piece))


def dated(turn: Turn, piece_id: int, row: Any | None, *, dropped: bool) -> None:
    """After a piece's date was asked: the next piece that waits for its own, else back to where the person was."""
    piece = evidence.by_id(turn.db, piece_id)
    with turn.within("evidence"):
        said = turn.text("deleted", piece=piece) if dropped else stored_sentence(turn, piece, row)
        following = _without_date(turn, row) if row is not None else None
        if following is not None:
            conversation.begin(turn, FLOWS["evidence_date"], following.id, lead=said)
        elif not conversation.come_back(turn, said, _handles(piece)):
            turn.say_text(said, _handles(piece))


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


def _settle(turn: Turn, piece: Any, row: Any | None) -> None:
    """Say that a piece is here, and ask what is still open about it: its date, or what it is to prove."""
    said = stored_sentence(turn, piece, row)
    if row is None:
        turn.say_text(said, _offers(turn, piece), picture=picture_of(piece))
    elif (talk := current(turn)) is not None and talk.flow.name == "evidence_date":
        turn.say_text(said, picture=picture_of(piece))
    elif not evidence.counts(piece, assessments.campaign_file(turn.db, row).period):
        conversation.begin(turn, FLOWS["evidence_date"], piece.id, lead=said, picture=picture_of(piece))
    else:
        _say(turn, said, _handles(piece), picture_of(piece))


def _handles(piece: Any) -> list[Button]:
    return (
        [Button("evt", piece.id), Button("evd", piece.id)] if piece.stage == Stage.STORED else [Button("evr", piece.id)]
    )


def _offers(turn: Turn, piece: Any) -> list[Button]:
    talk = current(turn)
    if talk is None or not isinstance(talk.facts, ItemFacts):
        return []
    row = talk.facts.row
    target = Button("evu", piece.id, 0, base36(row.id), label=turn.text("use_label", row=row), primary=True)
    return [target, Button("evk", piece.id)]


def _say(turn: Turn, said: str, buttons: list[Button], picture: str | None = None) -> None:
    """Say something of a piece; where the open question asks for evidence, ask it again in the same message."""
    talk = current(turn)
    if talk is not None and talk.gathers_files:
        conversation.ask(turn, talk, lead=said, extra=buttons, picture=picture)
    else:
        turn.say_text(said, buttons, picture=picture)


def picture_of(piece: Any) -> str | None:
    """Where a picture among the pieces can be looked at; None for other pieces."""
    return f"/api/files/evidence/{piece.id}" if piece.mime in SHOWN else None


def _place(turn: Turn, piece: Any, right: Right) -> Place:
    """A piece stands where an item stands that it serves, or in the unit that brought it; whichever the sender reaches."""
    items = [assessments.item(turn.db, answer) for answer in evidence.uses(turn.db, piece.id)]
    places = [place_of(row) for row in items if row is not None]
    assessment = assessments.of_bureau(turn.db, piece.bureau_id)
    brought = Place(piece.bureau_id, unit=piece.unit_id, contact=assessment.contact_id if assessment else None)
    return next((place for place in places if turn.actor.may(right, place)), brought)


def _row_of(turn: Turn, piece: Any) -> Any | None:
    used = evidence.uses(turn.db, piece.id)
    return assessments.item(turn.db, used[0]) if used else None
