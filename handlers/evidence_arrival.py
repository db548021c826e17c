"""佐证材料 arriving: files announced and links given, looked into, and said to be here. An album is said to be here once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot import files, gathering, guard
from bot.actions import FETCH, LOOK, result
from bot.fields import Ask
from bot.flow import Refuse
from bot.messages import Button, Piece
from bot.router import UNASKED, not_taken
from bot.talk import Talk
from bot.turn import Turn
from handlers import evidence as handler
from handlers import evidence_use
from handlers.arrivals import ARRIVALS, Arrival
from handlers.evidence import HERE
from handlers.file_limits import most_bytes, most_here
from models import albums, assessments, evidence
from models.evidence import Purpose, Stage
from models.rights import Right

GIVEN_UP = {"code": "given_up", "params": {}}
TOO_LARGE_HERE = "too_large_here"
"""Why a file is refused that its sender can bring by the upload page."""
ALBUM_GATHERS_IN = timedelta(seconds=3)
"""So long after one of its pictures the others of an album are announced too, where each comes by itself."""
CANCELLED = "cancelled"
"""Why a file did not come that its sender thought better of; they need not be told."""


def take_in(turn: Turn, piece: Piece | str, bureau: int, row: Any | None, purpose: Purpose | None = None) -> str:
    """A file is announced, or a link given, for the item `row` or (None) for the box: the key it is remembered by.

    `purpose`: what it is for, if that is not the self-assessment; whoever asked for it keeps the key then. It counts only
    once it has been looked into. Raises Refuse with the reason, before a byte is sent.
    """
    values = {
        "bureau_id": bureau, "unit_id": turn.post.unit_id if turn.post else None, "person_id": turn.actor.person_id,
        "channel": turn.inbound.channel, "created_at": turn.now, "purpose": purpose,
        "stage": Stage.RECEIVING.value, "dated": row.dated if row is not None else None,
    }  # fmt: skip
    if isinstance(piece, str):
        piece_id = evidence.announce(turn.db, values | {"name": piece, "size": 0, "kind": "link", "upload": None})
        turn.later(LOOK, {"piece": piece_id})
    else:
        piece_id = _announced(turn, piece, values)
        turn.fetch(piece, wait=ALBUM_GATHERS_IN if piece.album is not None else None)
    if row is not None:
        evidence.use(turn.db, row.id, piece_id)
    return f"e{piece_id}"


def take_in_for_item(turn: Turn, talk: Talk, ask: Ask, piece: Piece | str) -> str:
    """What an item's conversation does with a file or link that it asked for."""
    return take_in(turn, piece, talk.facts.row.bureau_id, talk.facts.row)


@result(UNASKED)
def unasked(turn: Turn, outcome: dict[str, Any]) -> None:
    """A file or link that no question asked for goes into the bureau's 证据箱 (先收后挂)."""
    with turn.within("evidence"):
        post, piece = turn.acts(Right.ANSWER), outcome["piece"]
        spoken = isinstance(piece, Piece) and files.is_voice(piece.name)
        if post is None or assessments.of_bureau(turn.db, post.bureau_id) is None:
            not_taken(turn, turn.text("not_read_voice" if spoken else "no_files_here"))
            return
        row = None if spoken else handler.item_asked(turn)  # it may well be meant as the answer to what is asked
        try:
            take_in(turn, piece, row.bureau_id if row is not None else post.bureau_id, row)
        except Refuse as refusal:
            page = Button("up", row.id) if row is not None else Button("up.box")
            turn.say(refusal.reason, [page] if refusal.reason == TOO_LARGE_HERE else [], **refusal.params)


@result(HERE)
def here(turn: Turn, outcome: dict[str, Any]) -> None:
    """The last byte of an upload is here: it is looked into after this turn."""
    file = albums.by_upload(turn.db, outcome["upload"])
    by_itself = evidence.by_upload(turn.db, outcome["upload"]) if file is None else None
    piece = by_itself if file is None else evidence.by_id(turn.db, file.evidence_id)
    arriving = file if file is not None else by_itself
    if piece is not None and arriving is not None and arriving.stage == Stage.RECEIVING:
        ways = ARRIVALS[piece.purpose]
        kind = ways.piece if file is None else ways.picture
        shown = {"name": arriving.name, "size": arriving.size, "url": f"/api/files/{kind}/{arriving.id}"}
        echo = turn.echo_file(shown, outcome.get("delivery"))
        name = files.nameless(arriving.name)
        turn.later(LOOK, {"piece": piece.id, "upload": arriving.upload, "name": name, "echo": echo})


@result(FETCH)
def fetched(turn: Turn, outcome: dict[str, Any]) -> None:
    """A file that a platform held is here, or could not be had from there."""
    if "unfit" in outcome or "given_up" in outcome:
        looked(turn, outcome)
    else:
        here(turn, outcome)


@result(LOOK)
def looked(turn: Turn, outcome: dict[str, Any]) -> None:
    """A piece is here and fit, or could not be taken; whoever sent it is told, once."""
    upload = outcome.get("upload")
    file = albums.by_upload(turn.db, upload) if upload else None
    if file is not None:
        piece = evidence.by_id(turn.db, file.evidence_id)
    else:
        piece = evidence.by_upload(turn.db, upload) if upload else evidence.by_id(turn.db, outcome["piece"])
    if piece is None or piece.stage != Stage.RECEIVING:
        return
    reason = GIVEN_UP if "given_up" in outcome else outcome.get("unfit")
    with turn.within("evidence"):
        if reason is not None and reason["code"] == guard.SECRET:
            _forget(turn, piece, file)
            guard.stop_file(turn, outcome)
        elif file is not None:
            _one_of_album(turn, piece, file, outcome, reason)
        elif reason is not None:
            evidence.change(turn.db, piece, stage=Stage.FAILED.value, reason=reason)
            _failed(turn, piece, [evidence.by_id(turn.db, piece.id)])
        else:
            evidence.store(turn.db, piece, **_found(outcome))
            ARRIVALS[piece.purpose].here(turn, piece, [])


def _announced(turn: Turn, piece: Piece, values: dict[str, Any]) -> int:
    try:
        files.check_announced(piece.name, piece.least, most_bytes(turn, values["bureau_id"]))
        name = files.safe_name(piece.name)
    except files.Unfit as unfit:
        raise Refuse(None, "unfit_file", code=unfit.code, p=unfit.params) from None
    if values["purpose"] is not None and files.is_voice(name):
        raise Refuse(None, "not_read_voice")
    most = most_here(turn, values["bureau_id"]) if piece.into is None else None
    if most is not None and piece.size > most:
        raise Refuse(None, TOO_LARGE_HERE, most=most)
    about = values | {
        "name": name, "size": piece.least, "kind": "file", "upload": piece.upload, "caption": piece.caption or None,
        "dated": files.date_in_name(name, turn.today) or values["dated"],
    }  # fmt: skip
    if piece.album is None:
        return evidence.announce(turn.db, about)
    piece_id = albums.receiving(turn.db, piece.album, turn.actor.person_id)
    if piece_id is None and albums.is_known(turn.db, piece.album):  # it has been closed: a picture by itself
        return evidence.announce(turn.db, about)
    if piece_id is None:
        piece_id = evidence.announce(turn.db, about | {"album": piece.album, "upload": None})
    albums.add(turn.db, piece_id, upload=piece.upload, name=name, size=piece.least)
    return piece_id


def _one_of_album(turn: Turn, piece: Any, file: Any, outcome: dict[str, Any], reason: dict[str, Any] | None) -> None:
    if file.stage != Stage.RECEIVING:
        return
    if reason is not None:
        albums.failed(turn.db, file, reason)
    else:
        albums.stored(turn.db, file, **_found(outcome))
    _close_album(turn, piece)


def _forget(turn: Turn, piece: Any, file: Any | None) -> None:
    """Keep nothing of a file that begins with a 密级 mark, nor of its piece; an album goes on without it."""
    if file is not None:
        albums.forget(turn.db, file)
    if file is None or not albums.files_of(turn.db, piece.id):
        evidence.forget(turn.db, piece.id)
        gathering.drop(turn, f"e{piece.id}")
    else:
        evidence.change(turn.db, piece, name="")
        _close_album(turn, evidence.by_id(turn.db, piece.id))


def _close_album(turn: Turn, piece: Any) -> None:
    if any(one.stage == Stage.RECEIVING for one in albums.files_of(turn.db, piece.id)):
        return
    missing = albums.close(turn.db, piece)
    closed = evidence.by_id(turn.db, piece.id)
    assert closed is not None
    if closed.stage == Stage.FAILED:
        _failed(turn, piece, missing)
    else:
        ARRIVALS[piece.purpose].here(turn, piece, _to_tell(missing))


def _failed(turn: Turn, piece: Any, lost: Sequence[Any]) -> None:
    ARRIVALS[piece.purpose].failed(turn, piece, _to_tell(lost))


def _to_tell(lost: Sequence[Any]) -> list[Any]:
    return [one for one in lost if one.reason["code"] != CANCELLED]


def _found(outcome: dict[str, Any]) -> dict[str, Any]:
    return {"mime": outcome.get("mime"), "sha256": outcome.get("sha256"), "size": outcome.get("size", 0)}


def _did_not_come(turn: Turn, piece: Any, lost: Sequence[Any]) -> None:
    turn.audit("evidence", "evidence", piece.id, piece.stage, Stage.FAILED.value)
    if not lost:
        return
    row = handler.row_of(turn, piece)
    again = [Button("it", row.id, arg="evidence", label=turn.label("again"), primary=True)] if row else []
    turn.say("missing", again, files=lost)


def _is_here(turn: Turn, piece: Any, missing: Sequence[Any]) -> None:
    """Say that a piece is here (and what of it is not), and ask what is still open about it: what it proves, its date."""
    turn.audit("evidence", "evidence", piece.id, piece.stage, Stage.STORED.value)
    stored, row = evidence.by_id(turn.db, piece.id), handler.row_of(turn, piece)
    said = handler.stored_sentence(turn, stored, row)
    asked = handler.item_asked(turn)
    elsewhere = row is not None and (asked is None or asked.id != row.id)
    if elsewhere:
        said += turn.text("for_item", row=row)
    if missing:
        said = f"{said}\n{turn.text('missing', files=missing)}"
    if row is None:
        evidence_use.offer(turn, stored, said, handler.picture_of(stored))
    else:
        handler.settle(turn, stored, row, said, handler.handles(stored), resumed=elsewhere)


ARRIVALS[None] = Arrival("evidence", "evidence_file", _is_here, _did_not_come)
