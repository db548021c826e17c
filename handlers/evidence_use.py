"""先收后挂: which items a piece in the box may prove. They are proposed from its name and caption; the officer says which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot import conversation, files
from bot.actions import action, base36, from36, result
from bot.fields import Ask, Numbers
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.reading import word_count
from bot.router import STRAY
from bot.talk import FLOWS, Talk, current
from bot.turn import Turn
from handlers import evidence as handler
from handlers.evidence import piece_at
from handlers.item_facts import ItemFacts, may_answer, share_of
from models import answering, assessments, campaigns, evidence, inbox, proposing, submission
from models.conversations import CANCELLED
from models.evidence import Stage
from models.rights import Right

CAPTION_WITHIN = timedelta(minutes=5)
"""A text that answers nothing is the caption of a piece brought so shortly before."""
LEAST_CAPTION, MOST_CAPTION = 2, 100
"""字 of a caption."""

flow = Flow("evidence_use", right=Right.ANSWER, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class Facts:
    """The piece, the sender's items (rows by position) that it could prove, those it proves already, and all there are."""

    piece: Any
    rows: dict[int, Any]
    used: tuple[int, ...]
    most: int


def offer(turn: Turn, piece: Any, said: str = "", picture: str | None = None) -> None:
    """Say something of a piece that is in the box, and offer the items that it may prove."""
    talk = current(turn)
    open_row = talk.facts.row if talk is not None and isinstance(talk.facts, ItemFacts) else None
    rows = _own_items(turn, piece)
    proposed = [row for row in _proposed(turn, piece, rows) if open_row is None or row.id != open_row.id]
    with turn.within("evidence_use"):
        targets = [_target(piece, row, turn.text("number_label", row=row)) for row in proposed]
        if open_row is not None:
            targets.insert(0, _target(piece, open_row, turn.text("use_label", row=open_row)))
        others = [Button("evo", piece.id, arg="others" if targets else "")] if rows else []
        if targets:
            targets[0].primary = True
            others.append(Button("evk", piece.id))
        if piece.mime in files.VOICES or evidence.twin(turn.db, piece) is not None:
            others.append(Button("evd", piece.id))
        asked = turn.text("which", piece=piece, named=not said) if targets else ""
        text = "\n".join(part for part in (said, asked) if part)
        turn.say_text(text, targets, others, picture=picture)


@action("evw", right=Right.ANSWER, load=piece_at)
def which(turn: Turn, piece: Any, button: Button) -> None:
    """挂到指标: the items that are proposed for a piece, or the question for their numbers."""
    if not evidence.uses(turn.db, piece.id) and _proposed(turn, piece, _own_items(turn, piece)):
        offer(turn, piece)
    else:
        conversation.begin(turn, flow, piece.id)


@action("evo", right=Right.ANSWER, load=piece_at)
def others(turn: Turn, piece: Any, button: Button) -> None:
    """其他项, 还用于其他项: the question for the numbers of items."""
    conversation.begin(turn, flow, piece.id)


@action("evu", right=Right.ANSWER, load=piece_at)
def use(turn: Turn, piece: Any, button: Button) -> None:
    """用作第 n 项的佐证; the item travels in the button."""
    row = answering.item(turn.db, from36(button.arg))
    if row is None or not may_answer(turn, row) or row.bureau_id != piece.bureau_id or piece.stage != Stage.STORED:
        turn.say("not_there")
    elif not submission.stays_open(turn.db, row.assessment_id):
        turn.say("submitted", Button("menu"))
    else:
        said, buttons = _used(turn, piece, [row])
        handler.settle(turn, piece, row, said, buttons)


@action("evk", right=Right.ANSWER, load=piece_at)
def keep_in_box(turn: Turn, piece: Any, button: Button) -> None:
    """先放证据箱."""
    rows = handler.rows_of(turn, piece)
    turn.say("used_already" if rows else "boxed", piece=piece, rows=rows)


@result(STRAY)
def caption(turn: Turn, outcome: dict[str, Any]) -> None:
    """A text that answers nothing is the caption of the piece just brought, if there is one."""
    text = outcome["text"]
    post = turn.acts(Right.ANSWER)
    piece = inbox.brought_since(turn.db, turn.actor.person_id, turn.now - CAPTION_WITHIN) if post else None
    if piece is None or not LEAST_CAPTION <= word_count(text) <= MOST_CAPTION or text.isdecimal():
        turn.say("not_understood", Button("menu", primary=True))
        return
    evidence.change(turn.db, piece, caption=text)
    turn.audit("evidence.caption", "evidence", piece.id, None, text)
    if piece.stage == Stage.STORED:
        offer(turn, evidence.by_id(turn.db, piece.id), turn.text("captioned", piece=piece))
    else:
        turn.say("captioned", piece=piece)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: the piece is not there (any more) for this person, or what it could prove has gone up."""
    target = piece_at(turn, subject)
    if target is None or target.value.stage != Stage.STORED or not turn.actor.may(Right.ANSWER, target.place):
        raise Refuse(None, "not_there")
    piece = target.value
    assessment = assessments.of_bureau(turn.db, piece.bureau_id)
    if assessment is None:
        raise Refuse(None, "none_begun")
    if assessment.submitted_at is not None:
        raise Refuse(None, "submitted")
    used = set(evidence.uses(turn.db, piece.id))
    listed = assessments.all_items(turn.db, assessment.id)
    most = max(row.position for row in listed if _takes_evidence(row))
    return Facts(piece, _own_items(turn, piece), tuple(row.position for row in listed if row.id in used), most)


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """The numbers of the items."""
    yield Ask("numbers", Numbers(a.facts.most))


@flow.check("numbers")
def only_own(turn: Turn, a: Answers, numbers: tuple[int, ...]) -> None:
    """Refuse: some of them were given to another unit."""
    foreign = [number for number in numbers if number not in a.facts.rows]
    if foreign:
        raise Refuse("numbers", "not_yours", numbers=foreign)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """The piece proves them all; then its date, if that is still open, or back to where the person was."""
    piece, rows = talk.facts.piece, [talk.facts.rows[number] for number in talk.place.answers.numbers]
    said, buttons = _used(turn, piece, rows)
    row = answering.item(turn.db, rows[0].id)
    if not evidence.counts(piece, assessments.campaign_file(turn.db, row).period):
        conversation.begin(turn, FLOWS["evidence_date"], piece.id, lead=said)
    elif not conversation.come_back(turn, said, buttons):
        turn.say_text(said, buttons)


def _used(turn: Turn, piece: Any, rows: list[Any]) -> tuple[str, list[Button]]:
    """Use a piece for items: what is said of it, and what can be done next."""
    used = evidence.uses(turn.db, piece.id)
    for row in [row for row in rows if row.id not in used]:
        evidence.use(turn.db, row.id, piece.id)
        turn.audit("evidence.use", "evidence", piece.id, None, row.id)
    with turn.within("evidence_use"):
        more = Button("evo", piece.id, arg="more", label=turn.label("evo.more"))
        period = assessments.campaign_file(turn.db, answering.item(turn.db, rows[0].id)).period
        said = turn.text("used", piece=piece, rows=rows, period=period, twin=_twin_in(turn, piece, rows))
    with turn.within("evidence"):
        rest = [Button(one.code, one.id, label=turn.label(one.code)) for one in handler.handles(piece)]
    return said, [more, *rest]


def _twin_in(turn: Turn, piece: Any, rows: list[Any]) -> int | None:
    """The number of a piece with the same content that proves one of these items already; None: there is none."""
    twin = evidence.twin(turn.db, piece)
    numbers = {one.number for row in rows for one in evidence.pieces_of(turn.db, row.id)}
    return twin if twin in numbers else None


def _own_items(turn: Turn, piece: Any) -> dict[int, Any]:
    """The items (rows by position) of the sender's share that evidence can be given for; none once they have gone up."""
    assessment = assessments.of_bureau(turn.db, piece.bureau_id)
    if assessment is None or assessment.submitted_at is not None:
        return {}
    share = share_of(turn, assessment)
    listed = assessments.all_items(turn.db, assessment.id)
    return {row.position: row for row in listed if _takes_evidence(row) and (share is None or row.unit_id == share)}


def _takes_evidence(row: Any) -> bool:
    return not row.item.startswith("veto.")


def _proposed(turn: Turn, piece: Any, rows: dict[int, Any]) -> list[Any]:
    """Those of the items that a piece's name and caption speak of, without what it proves already."""
    assessment = assessments.of_bureau(turn.db, piece.bureau_id)
    used = set(evidence.uses(turn.db, piece.id))
    by_number = {int(row.item): row for row in rows.values() if row.item.isdecimal() and row.id not in used}
    if assessment is None or not by_number:
        return []
    catalogue = campaigns.catalogue_of(turn.db, assessment.catalogue_id, assessment.sha256)
    words = f"{piece.name.rpartition('.')[0] or piece.name} {piece.caption or ''}"
    return [by_number[number] for number in proposing.propose(catalogue, words, by_number)]


def _target(piece: Any, row: Any, label: str) -> Button:
    return Button("evu", piece.id, 0, base36(row.id), label=label)
