"""What the conversations about single items (indicator, bonus, veto) share: keeping, changing, going on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bot import conversation
from bot.clock import ZONE
from bot.fields import Ask, Files, OneOf, Option
from bot.flow import Answers, Draft, Flow, dump
from bot.messages import Button
from bot.talk import FLOWS, Talk
from bot.turn import Turn
from handlers.item_facts import ItemFacts, facts_of
from models import assessments, people, scoring
from models.assessments import State
from models.people import Level, Role
from models.rights import Right

SECONDS_AN_ITEM = 40
"""What answering an item takes, for an honest estimate."""
LATER = "later"
"""跳过: the item comes back after the last."""

REPLACED = ("indicator", "bonus", "veto", "evidence_date", "evidence_box")
"""Conversations about items: whoever goes to another item is done with these, because every answer is kept already."""


def item_flow(name: str) -> Flow:
    """A flow about an item; its file adds the questions."""
    flow = Flow(name, right=Right.ANSWER, summary=False)
    flow.facts(facts_of)
    flow.first(_before)
    flow.leave(_leave)
    flow.resume(lambda turn, talk: welcome(turn, talk.facts.row))
    flow.done(_done)

    @flow.start
    def begin(facts: ItemFacts, at: str | None) -> tuple[dict[str, Any], int]:
        decides = assessments.decides(facts.entry)
        values = {key: value for key, value in facts.row.values.items() if (key, value) != (decides, LATER)}
        if at is not None and facts.stands:
            values["change"] = decides
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
    """Whose answer is to stand, where two have answered; and what to change, where a finished answer stands."""
    if a.facts.moved and a.begun("conflict"):
        yield Ask("conflict", OneOf(("mine", "theirs")))
    if a.facts.stands:
        yield Ask("change", OneOf(("nothing", *changeable)), beside=(("hi", a.facts.row.id),))


def evidence_asked(facts: ItemFacts) -> Ask:
    """The question for evidence, with the ways to pick from the box and to date what has no date yet."""
    undated = tuple(("evt", piece.id) for piece in facts.undated[:1])
    field = Files(instead=("on_site", "none"), have=facts.pieces)
    box = (("box", facts.row.id),) if facts.box_holds else ()
    return Ask("evidence", field, beside=(*box, *undated))


def begin_change(a: Answers, key: str, value: Any, draft: Draft) -> None:
    """改: the chosen part is asked again."""
    if key == "change" and value != "nothing":
        draft.at = value


def welcome(turn: Turn, row: Any) -> str:
    """Where the bureau's self-assessment stands, how long there is, and how long it will take."""
    post = next(post for post in turn.actor.posts if post.bureau_id == row.bureau_id)
    file = assessments.campaign_file(turn.db, row)
    day = file.county_by if post.level is Level.COUNTY else file.deadline
    due = datetime.combine(day, file.due_hour, ZONE)
    score = scoring.tally_of(turn.db, assessments.of_bureau(turn.db, row.bureau_id))
    minutes = math.ceil(score.owed * SECONDS_AN_ITEM / 60)
    with turn.within("self_assessment"):
        return turn.text("welcome", score=score, due=due, late=turn.now > due, minutes=minutes, row=row)


def go_on(turn: Turn, row: Any, lead: str = "") -> None:
    """Open the next item that is still owed, or say that everything is answered."""
    following = assessments.next_owed(turn.db, row.assessment_id, row.position, but=row.id)
    if following is None:
        with turn.within("self_assessment"):
            _say_all_answered(turn, row, lead)
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
    row = assessments.item(turn.db, answer)
    assert row is not None
    if row.state == State.DRAFT and row.person_id != turn.actor.person_id:
        lead = "\n".join(part for part in (lead, _begun_by_another(turn, row)) if part)
    conversation.begin(turn, flow_for(row.item), answer, at=at, replaces=REPLACED, lead=lead)


def _begun_by_another(turn: Turn, row: Any) -> str:
    flow = flow_for(row.item)
    with turn.within(flow.name):
        return turn.text("begun_by_another", facts=facts_of(turn, row.id, None))


def _write(turn: Turn, talk: Talk, key: str) -> int:
    row = talk.facts.row
    assumed = {ask.key: dump(ask, ask.assumed) for ask in talk.place.path if ask.assumed is not None}
    stored = {
        name: value for name, value in (assumed | talk.draft.answers).items() if name not in ("change", "conflict")
    }
    entry = talk.facts.entry
    if stored.get(assessments.decides(entry)) == LATER:
        state, result = State.SKIPPED, None
    else:
        state, result = (
            State.COMPLETE if talk.place.current is None else State.DRAFT,
            assessments.verdict_of(entry, stored),
        )
    version = assessments.give(
        turn.db, row.id, row.version, key=key, value=stored if key == "conflict" else stored.get(key), values=stored,
        verdict=result, state=state, person=turn.actor.person_id, post=turn.post.id if turn.post else None,
        channel=turn.inbound.channel, now=turn.now,
    )  # fmt: skip
    if key == "as_of":
        assessments.note_as_of(turn.db, row.assessment_id, talk.place.answers["as_of"])
    if row.state == State.COMPLETE and row.person_id != turn.actor.person_id:
        turn.notify([row.person_id], "told_changed", Button("it", row.id), by=turn.actor.name, facts=talk.facts)
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
    previous = assessments.at_position(turn.db, row.assessment_id, row.position - 1)
    if previous is None:
        conversation.ask(turn, talk, lead=turn.text("first_question"))
    else:
        open_item(turn, previous)


def _leave(turn: Turn, talk: Talk) -> None:
    turn.say("put_aside", [Button("resume", primary=True), Button("ov"), Button("menu")], facts=talk.facts)


def _done(turn: Turn, talk: Talk) -> None:
    answers = talk.place.answers
    lead = "" if answers.get("change") == "nothing" else turn.text("kept", a=answers, facts=talk.facts)
    go_on(turn, talk.facts.row, lead)


def _say_all_answered(turn: Turn, row: Any, lead: str) -> None:
    score = scoring.tally_of(turn.db, assessments.of_bureau(turn.db, row.bureau_id))
    if score.owed:
        turn.say("only_passed", [Button("it", row.id, primary=True), Button("ov")], lead=lead)
        return
    turn.say("all_answered", [Button("ov", primary=True), Button("menu")], lead=lead, score=score)
    if not assessments.note_all_answered(turn.db, row.assessment_id, turn.now):
        return
    section = people.holders(turn.db, row.bureau_id, Role.LEGAL_SECTION, turn.today)
    others = [person for person in section if person != turn.actor.person_id]
    turn.notify(others, "told_all_answered", Button("ov"), score=score, by=turn.actor.name)
