"""What the conversations about single items (indicator, bonus, veto) share: keeping, changing, going on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bot import conversation
from bot.fields import Ask, Files, OneOf, Option, Ways
from bot.flow import Answers, Draft, Flow
from bot.messages import Button
from bot.stored import dump
from bot.talk import FLOWS, Talk
from bot.turn import Turn
from handlers.file_limits import to_page
from handlers.item_facts import ItemFacts, facts_of, may_still_answer, share_of
from models import answering, assessments, deadlines, entries, holders, scoring
from models.assessments import State
from models.people import Role
from models.rights import Right

SECONDS_AN_ITEM = 40
"""What answering an item takes, for an honest estimate."""
LATER = "later"
"""跳过: the item comes back after the last."""

REPLACED = ("indicator", "bonus", "veto", "evidence_date", "evidence_box", "evidence_use")
"""Conversations about items: whoever goes to another item is done with these, because every answer is kept already."""


def item_flow(name: str) -> Flow:
    """A flow about an item; its file adds the questions."""
    flow = Flow(name, right=Right.ANSWER, summary=False)
    flow.facts(facts_of)
    flow.first(_before)
    flow.leave(_leave)
    flow.resume(lambda turn, talk: welcome(turn, talk.facts.row))
    flow.done(_done)
    flow.way_back(lambda a, key: "change" if key == a.get("change") else None)

    @flow.start
    def begin(facts: ItemFacts, at: str | None) -> tuple[dict[str, Any], int]:
        decides = entries.decides(facts.entry)
        values = {key: value for key, value in facts.row.values.items() if (key, value) != (decides, LATER)}
        if at is not None and facts.stands:
            offered = flow.walk(Draft(values | {"change": at}), facts).ask(at) is not None
            values["change"] = at if offered else decides
        return values, facts.row.version

    @flow.given
    def given(turn: Turn, talk: Talk, key: str) -> int | None:
        if key == "change":
            if not talk.facts.moved:
                return None
            # What stands was shown, so that is what is changed from here on.
            row = talk.facts.row
            talk.move(Draft(row.values | {"change": talk.draft.answers["change"]}, talk.draft.at))
            return int(row.version)
        if key == "conflict":
            return _settle_conflict(turn, talk)
        if talk.facts.moved:
            talk.draft.put("conflict", {"draft": []})
            talk.move(talk.draft)
            return None
        return _write(turn, talk, key)

    return flow


def questions_first(a: Answers, changeable: Iterable[str | Option]) -> Iterable[Ask]:
    """Whose answer is to stand, where two have answered; and what to change of a finished answer, until it is changed."""
    if a.facts.moved and a.begun("conflict"):
        yield Ask("conflict", OneOf(("mine", "theirs")))
    if a.facts.stands or (a.begun("change") and not a.facts.renewed):
        # Once it is being changed, what was chosen may be asked no more (figures, after 改为不符合): nobody is held up by that.
        chosen = None if a.facts.stands else entries.decides(a.facts.entry)
        part = OneOf(("nothing", *changeable))
        yield Ask("change", part, beside=(("hi", a.facts.row.id),), assumed=chosen, keeps=False)


def left_as_it_is(a: Answers) -> bool:
    """Whether a finished answer is to stay what it is."""
    return bool(a.facts.stands) and a.get("change") == "nothing"


def evidence_asked(facts: ItemFacts) -> Ask:
    """The question for evidence, with the ways to pick from the box, to bring what is too large for the channel, and to
    date what has no date yet.

    实地核查时提供 may be said of all of it, or of the rest once there are pieces; 暂无 only where there is nothing.
    """

    def ways() -> Ways:
        box = [("box", facts.row.id)] if facts.box_holds else []
        page = [to_page("up", facts.row.id, documents=facts.documents_here)] if facts.most_here is not None else []
        return [*box, *page, *(("evt", piece.id) for piece in facts.undated[:1])]

    pieces = facts.pieces
    field = Files(instead=("on_site", "none"), besides=("on_site",), have=pieces)
    return Ask("evidence", field, wording="more_evidence" if pieces else "", beside=ways)


def begin_change(a: Answers, key: str, value: Any, draft: Draft) -> None:
    """改: the chosen part is asked again."""
    if key == "change" and value != "nothing":
        draft.at = value


def due_at(turn: Turn, row: Any) -> datetime:
    """When a self-assessment (its row, or an item's) is due."""
    return deadlines.deadline_of(turn.db, row.bureau_id, assessments.campaign_file(turn.db, row))


def welcome(turn: Turn, row: Any) -> str:
    """Where the bureau's self-assessment, or the unit's share, stands, how long there is, and how long it will take."""
    due = due_at(turn, row)
    score = scoring.tally_of(turn.db, assessments.of_bureau(turn.db, row.bureau_id))
    share = share_of(turn, row)
    owed, begun = score.owed_by(share), any(one.state == State.COMPLETE for one in score.share(share))
    minutes = math.ceil(owed * SECONDS_AN_ITEM / 60)
    with turn.within("self_assessment"):
        return turn.text("welcome", owed=owed, begun=begun, due=due, late=turn.now > due, minutes=minutes, row=row)


def go_on(turn: Turn, row: Any, lead: str = "") -> None:
    """Open the next item that is still owed, or say that everything is answered."""
    share = share_of(turn, row)
    following = answering.next_owed(turn.db, row.assessment_id, share, row.position, but=row.id)
    if following is None:
        with turn.within("self_assessment"):
            _say_all_answered(turn, row, share, lead)
    else:
        if following.state == State.SKIPPED and row.state != State.SKIPPED:
            lead = "\n".join(part for part in (lead, turn.text("passed_before")) if part)
        conversation.begin(turn, flow_for(following.item), following.id, replaces=REPLACED, lead=lead)


def flow_for(item: str) -> Flow:
    """The conversation that answers an item."""
    kind, _, key = item.partition(".")
    return FLOWS[kind if key else "indicator"]


def open_item(turn: Turn, answer: int, *, at: str | None = None, lead: str = "") -> None:
    """Open the conversation of an item; the one that was open is finished with."""
    row = answering.item(turn.db, answer)
    assert row is not None
    talk = conversation.entered(turn, flow_for(row.item), answer, at=at, replaces=REPLACED)
    if talk is None:
        return
    # The question whose answer stands says itself what the other has answered.
    if row.state == State.DRAFT and row.person_id != turn.actor.person_id and talk.key != "conflict":
        with turn.within(talk.flow.name):
            lead = "\n".join(part for part in (lead, turn.text("begun_by_another", facts=talk.facts)) if part)
    conversation.ask(turn, talk, lead=lead, resumed=True)


def _write(turn: Turn, talk: Talk, key: str) -> int:
    row = talk.facts.row
    assumed = {ask.key: dump(ask, ask.assumed) for ask in talk.place.path if ask.assumed is not None}
    stored = {
        name: value for name, value in (assumed | talk.draft.answers).items() if name not in ("change", "conflict")
    }
    entry = talk.facts.entry
    if stored.get(entries.decides(entry)) == LATER:
        state, result = State.SKIPPED, None
    else:
        state, result = (
            State.COMPLETE if talk.place.current is None else State.DRAFT,
            entries.verdict_of(entry, stored),
        )
    version = answering.give(
        turn.db, row.id, row.version, key=key, value=stored if key == "conflict" else stored.get(key), values=stored,
        verdict=result, state=state, person=turn.actor.person_id, post=turn.post.id if turn.post else None,
        channel=turn.inbound.channel, now=turn.now,
    )  # fmt: skip
    if key == "as_of":
        assessments.note_as_of(turn.db, row.assessment_id, talk.place.answers["as_of"])
    if row.state == State.COMPLETE and row.person_id != turn.actor.person_id:
        told = may_still_answer(turn, [row.person_id], row)
        turn.notify(told, "told_changed", Button("it", row.id), by=turn.actor.name, facts=talk.facts)
    if (state, result) != (row.state, row.verdict):
        turn.audit("answer", "answer", row.id, [row.state, row.verdict, row.version], [state.value, result, version])
    return version


def _settle_conflict(turn: Turn, talk: Talk) -> int:
    mine = talk.draft.answers["conflict"] == "mine"
    row = talk.facts.row
    answers = dict(talk.draft.answers) if mine else dict(row.values)
    answers.pop("conflict", None)
    talk.move(Draft(answers))
    return _write(turn, talk, "conflict") if mine else int(row.version)


def _before(turn: Turn, talk: Talk) -> None:
    row = talk.facts.row
    previous = answering.at_position(turn.db, row.assessment_id, row.position - 1)
    if previous is None:
        conversation.ask(turn, talk, lead=turn.text("first_question"))
    else:
        open_item(turn, previous)


def _leave(turn: Turn, talk: Talk) -> None:
    turn.say("put_aside", [Button("resume", primary=True), Button("ov"), Button("menu")], facts=talk.facts)


def _done(turn: Turn, talk: Talk) -> None:
    answers = talk.place.answers
    lead = "" if left_as_it_is(answers) else turn.text("kept", a=answers, facts=talk.facts)
    go_on(turn, talk.facts.row, lead)


def _say_all_answered(turn: Turn, row: Any, share: int | None, lead: str) -> None:
    score = scoring.tally_of(turn.db, assessments.of_bureau(turn.db, row.bureau_id))
    if score.owed_by(share):
        turn.say("only_passed", [Button("it", row.id, primary=True), Button("ov")], lead=lead)
        return
    if share is not None:
        count = len(score.share(share))
        turn.say("share_answered", [Button("ov", primary=True), Button("menu")], lead=lead, count=count)
    else:
        turn.say("all_answered", [Button("ov", primary=True), Button("menu")], lead=lead, score=score)
    section = set(holders.in_bureau(turn.db, row.bureau_id, Role.LEGAL_SECTION, turn.today)) - {turn.actor.person_id}
    if not score.owed and assessments.note_all_answered(turn.db, row.assessment_id, turn.now):
        turn.news(
            section, "told_all_answered", [Button("rv", primary=True), Button("ov")], score=score, by=turn.actor.name
        )
    elif share is not None and row.state != State.COMPLETE:
        unit = next(post.unit for post in turn.actor.posts if post.unit_id == share)
        turn.news(section, "told_share_answered", Button("rv", primary=True), unit=unit, count=len(score.share(share)))
