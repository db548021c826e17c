"""Submitting 人员变动: what stands against it is said, the report is written, and whoever is to act on it is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from bot.flow import Answers, Refuse
from bot.messages import Button
from bot.talk import Talk, keep
from bot.turn import Turn
from handlers import personnel_cards as shown
from handlers import personnel_filing
from handlers.own_data import as_stored
from handlers.personnel_answers import ADDED, RECOMMENDED, Report, personal
from handlers.personnel_cards import KIND
from handlers.personnel_reminders import watch
from models import own_data, quotas
from models.people import Role
from models.personnel import changes, corrections, filing, waiting
from models.personnel.changes import Kind, Line, State
from models.personnel.filing import NoPlace, Obstacle


def judge_leavers(turn: Turn, facts: Report, key: str, chosen: Collection[str]) -> None:
    """Refuse: a colleague has reported that already, or it is filed."""
    for post in (post for one in chosen for post in facts.leaver(one).posts):
        _refuse_reported(turn, facts, key, waiting.open_of_post(turn.db, post.id))
        if post.ends_on is not None:
            raise Refuse(key, "ends_already", name=post.name, role=Role(post.role), day=post.ends_on)


def judge_successor(facts: Report, a: Answers, mobile: str) -> None:
    """Refuse: it is a leaver's own number, or of somebody of another bureau, or who has the roles here already, or gets them by it."""
    _refuse_twice(facts, a, mobile)
    known = facts.known(mobile, a.since)
    if known is None:
        return
    if known.elsewhere:
        raise Refuse(a.asked, "in_another_bureau")
    leavers = facts.leavers(a)
    if known.person.id in {one.person_id for one in leavers}:
        raise Refuse(a.asked, "leaves_too", name=known.person.name)
    roles = (Role(a.role),) if a.kind == Kind.ADDING else next(
        one.roles for one in leavers if a.asked == f"mobile_{one.person_id}"
    )  # fmt: skip
    if any(role in known.here for role in roles):
        had = [role for role in roles if role in known.here]
        raise Refuse(a.asked, "has_it_already", name=known.person.name, roles=had)


def _refuse_twice(facts: Report, a: Answers, mobile: str) -> None:
    leavers = {f"mobile_{one.person_id}": one for one in facts.leavers(a)}
    own = set(leavers[a.asked].roles) if a.asked in leavers else set()
    for key, one in leavers.items():
        if key != a.asked and a.get(key) == mobile and own <= set(facts.taken(a, one)):
            raise Refuse(a.asked, "follows_another", name=one.name)


def judge_correction(facts: Report, a: Answers, value: Any) -> None:
    """Refuse: it is what is on file, it is somebody else's number, or a colleague has reported it."""
    turn, person, stored = facts.turn, facts.leaver(a.whom).person_id, as_stored(facts.turn, value)
    if stored == (getattr(own_data.details(turn.db, person), a.what) or None):
        raise Refuse(a.asked, "same_value")
    if a.what == "mobile" and own_data.has_mobile(turn.db, value) is not None:
        raise Refuse(a.asked, "mobile_taken")
    _refuse_reported(turn, facts, a.asked, corrections.open_of(turn.db, person, a.what))


def submit(turn: Turn, talk: Talk) -> None:
    """Write the report. Refuse: something stands against it by now."""
    a = talk.place.answers
    facts: Report = talk.facts.of(a)
    quotas.lock(turn.db, facts.unit.id)
    facts = replace(facts)  # whatever was read before the unit was held is read again
    write = _correct if a.kind == Kind.CORRECTING else _report
    change = write(turn, facts, a, talk)
    talk.draft.forget(*personal(a))
    keep(turn, talk)
    if facts.by_section:
        filed = personnel_filing.file(turn, change, exception=a.get("exception"))
        personnel_filing.say_filed(turn, filed, undo=True)
    else:
        _announce(turn, change, again=facts.change is not None)


def _report(turn: Turn, facts: Report, a: Answers, talk: Talk) -> Any:
    lines = facts.lines(a)
    if a.kind == Kind.LEAVING:
        judge_leavers(turn, facts, "who", [one.key for one in facts.leavers(a)])
    for line in lines:
        if line.begins:
            _refuse_reported(
                turn, facts, _asked_for(turn, line), waiting.open_of_successor(turn.db, facts.unit.id, line)
            )
    _judge(turn, facts, lines, a)
    recommended = facts.way(a) == RECOMMENDED
    return _write(turn, facts, talk, lines, {
        "kind": Kind(a.kind), "effective_on": a.since, "reason": a.get("reason"), "reason_text": a.get("why"),
        "recommended": recommended,
    })  # fmt: skip


def _judge(turn: Turn, facts: Report, lines: list[Line], a: Answers) -> None:
    try:
        filing.check(turn.db, facts.unit, lines, a.since, turn.today)
    except NoPlace as broken:
        if "exception" not in a:
            key = "since" if a.kind == Kind.ADDING else "who"
            raise Refuse(key, "no_place", role=broken.role, quota=broken.quota, held=broken.would_be - 1) from None
    except Obstacle as found:
        raise Refuse("since" if found.code == "post_gone" else None, found.code, name=found.name) from None


def _correct(turn: Turn, facts: Report, a: Answers, talk: Talk) -> Any:
    a.asked = f"to_{a.what}"
    value = a[a.asked]
    judge_correction(facts, a, value)
    change = _write(turn, facts, talk, [], {"kind": Kind.CORRECTING, "effective_on": turn.today})
    corrections.put(turn.db, change.id, facts.leaver(a.whom).person_id, a.what, as_stored(turn, value))
    return change


def _write(turn: Turn, facts: Report, talk: Talk, lines: list[Line], told: dict[str, Any]) -> Any:
    me, answers = turn.actor.person_id, dict(talk.draft.answers)
    if facts.change is not None:
        the_id = facts.change.id
        changes.send_again(turn.db, facts.change, lines=lines, answers=answers, by=me, now=turn.now, **told)
    else:
        the_id = changes.report(
            turn.db, bureau=facts.unit.bureau_id, unit=facts.unit.id, lines=lines, answers=answers, reporter=me,
            post=facts.acting.id, now=turn.now, **told,
        )  # fmt: skip
    before = facts.change.state if facts.change is not None else None
    change = changes.by_id(turn.db, the_id)
    assert change is not None
    after = {
        "state": change.state,
        "kind": change.kind,
        "on": change.effective_on,
        "posts": [_noted(line) for line in lines],
    }
    turn.audit("personnel.report", KIND, the_id, before, after)
    return change


def _noted(line: Line) -> dict[str, Any]:
    """A line as the audit has it. Who is new is no person yet, whose values could be erased, and is not named there."""
    follows = "newcomer" if line.newcomer is not None else line.successor
    return {"role": line.role, "ends": line.post, "follows": follows}


def _refuse_reported(turn: Turn, facts: Report, key: str | None, found: Any | None) -> None:
    """Refuse, if some change is found that is not the one being mended."""
    if found is not None and (facts.change is None or found.id != facts.change.id):
        raise Refuse(key, "reported_already", view=shown.view(turn, found, turn.actor.person_id))


def _asked_for(turn: Turn, line: Line) -> str:
    leaver = ADDED if line.post is None else str(shown.holder_of(turn, line.post))
    return f"mobile_{leaver}"


def _announce(turn: Turn, change: Any, *, again: bool) -> None:
    """Whoever recommends or files it is told, and the sender how it stands."""
    shown.redraw(turn, change.id)
    with turn.within(shown.FOLDER):
        tell(turn, change)
    watch(turn, change.id)
    if again:
        shown.reply(turn, change)
    else:
        shown.show(turn, change)


def tell(turn: Turn, change: Any) -> None:
    """Ask whoever is to act on a change next: the heads, or else the legal section."""
    card, view = (KIND, change.id), shown.view(turn, change)
    heads = shown.heads_of(turn, change) if change.state == State.SUBMITTED else []
    asks = shown.RECOMMEND if heads else shown.FILE
    persons = set(heads or shown.section_of(turn, change)) - {turn.actor.person_id}
    row: list[Button] = shown.buttons(change, asks)
    if shown.is_news(change):
        turn.news(persons, "card", row, of=card, card=card, view=view, asks=asks)
    else:
        turn.remind(persons, "card", row, of=card, card=card, view=view, asks=asks)
