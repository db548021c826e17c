"""人员变动: a unit reports who leaves its rosters, who follows or is added, or what is to be put right about somebody.

闵人社发〔2023〕31号 三(二): 可由部门推荐上报继任人员，由局法制科备案汇总。一旦变动即时通过程序补充调整.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot import conversation
from bot.actions import action, command
from bot.fields import Ask, Day, Found, Mobile, OneOf, Option, Several, Text, YesNo
from bot.flow import Answers, Draft, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import personnel_steps
from handlers.own_data import FIELDS
from handlers.personnel_facts import BOTH, LATEST, NOBODY, SEVERAL, Bureau, Facts, Leaver, choices, unit_of
from models import own_data, quotas
from models.own_data import CORRECTABLE
from models.people import Role, Unit
from models.personnel import changes
from models.personnel.changes import Kind, LeaveReason, Qualification, State
from models.rights import Place, Right

flow = Flow("personnel_change", right=Right.REPORT_CHANGE)


@command("personnel", right=Right.REPORT_CHANGE, ambiguous=False)
@action("pc", right=Right.REPORT_CHANGE)
def report(turn: Turn, button: Button) -> None:
    """人员变动: in the sender's unit; the legal section is asked in which."""
    assert turn.post is not None
    conversation.begin(turn, flow, 0 if turn.post.role is Role.LEGAL_SECTION else turn.post.unit_id)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts | Bureau:
    """`subject`: a unit; 0, the legal section's bureau; below 0, the returned change that is sent again.

    Refuse: it is not the sender's to report.
    """
    if subject == 0:
        section = next((one for one in turn.actor.fitting(flow.right) if one.role is Role.LEGAL_SECTION), None)
        if section is None:
            raise Refuse(None, "no_right")
        return Bureau(turn, section)
    change = changes.by_id(turn.db, -subject) if subject < 0 else None
    unit = turn.db.session.get(Unit, change.unit_id if change is not None else abs(subject))
    if unit is None or (subject < 0 and (change is None or change.state != State.RETURNED)):
        raise Refuse(None, "not_to_report")
    own = change is None or change.reporter_id == turn.actor.person_id
    post = turn.acts(flow.right, Place(unit.bureau_id, unit=unit.id, person=turn.actor.person_id))
    if post is None or not own:
        raise Refuse(None, "no_right")
    return Facts(turn, unit, post, change)


@flow.start
def begin(facts: Facts | Bureau, at: str | None) -> tuple[dict[str, Any], int]:
    """A returned change begins with the answers it had."""
    change = facts.change if isinstance(facts, Facts) else None
    return ({}, 0) if change is None else (dict(change.answers), change.version)


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """Which kind; who; why; from when; who follows."""
    if isinstance(a.facts, Bureau):
        yield Ask("unit", Found(a.facts.named))
    facts = unit_of(a)
    yield Ask("kind", OneOf(tuple(Option(kind.value) for kind in facts.kinds)), about=facts)
    if a.kind == Kind.LEAVING:
        yield from _leaving(facts, a)
    elif a.kind == Kind.ADDING:
        yield Ask("role", OneOf(tuple(Option(role.value) for role in facts.to_add)), about=facts)
        today = facts.turn.today
        yield Ask("from", Day(today - LATEST, today + LATEST, ("today",)), wording="from_when")
        yield from _successor(facts, a, "0", None)
    else:
        yield Ask("whom", OneOf(choices(facts.people, _roles(facts))))
        yield Ask("what", OneOf(CORRECTABLE))
        yield Ask(f"to_{a.what}", FIELDS[a.what], wording=f"to_{a.what}", about=facts.leaver(a.whom))


@flow.after
def unsettle(a: Answers, key: str, value: Any, draft: Draft) -> None:
    """A number that is not whose it seemed is asked again; another kind or person begins anew."""
    if key.startswith("same_") and value is False:
        draft.forget(key, key.replace("same_", "mobile_"))
    elif key.startswith("mobile_"):
        draft.forget(key.replace("mobile_", "same_"))
    elif key == "unit":
        draft.answers = {"unit": draft.answers["unit"]}


@flow.check("unit")
def judge_unit(turn: Turn, a: Answers, unit: int) -> None:
    """Refuse: nothing can be reported there."""
    if not a.facts.at(unit).kinds:
        raise Refuse("unit", "nothing_here")


@flow.check("who")
def judge_leaver(turn: Turn, a: Answers, key: str) -> None:
    """Refuse: a colleague has reported that already, or nobody would be left to file changes."""
    if key != SEVERAL:
        _may_leave(turn, unit_of(a), "who", (key,))


@flow.check("several")
def judge_leavers(turn: Turn, a: Answers, chosen: Any) -> None:
    """As `judge_leaver`."""
    _may_leave(turn, unit_of(a), "several", chosen.items)


@flow.check("role")
def judge_role(turn: Turn, a: Answers, role: str) -> None:
    """Refuse: there is no place free, unless it is the legal section's to allow more."""
    facts = unit_of(a)
    if not facts.by_section and facts.held(Role(role)) >= facts.quota(Role(role)).most:
        raise Refuse("role", "no_place", role=role, quota=facts.quota(Role(role)), held=facts.held(Role(role)))


@flow.check("mobile")
def judge_mobile(turn: Turn, a: Answers, mobile: Any) -> None:
    """Refuse: it is the leaver's own, another bureau's, or of somebody who has the role here already."""
    if not isinstance(mobile, str):
        return
    facts, key = unit_of(a), a.asked
    known = facts.known(mobile)
    if known is None:
        return
    if known.elsewhere:
        raise Refuse(key, "in_another_bureau")
    leaving = {one.person_id for one in facts.leavers(a)} if a.kind == Kind.LEAVING else set()
    if known.person.id in leaving:
        raise Refuse(key, "leaves_too", name=known.person.name)
    roles = [Role(a.role)] if a.kind == Kind.ADDING else [role for one in facts.leavers(a) for role in one.roles
                                                         if f"mobile_{one.person_id}" == key]  # fmt: skip
    if roles and all(role in known.here for role in roles):
        raise Refuse(key, "has_it_already", name=known.person.name, roles=roles)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is reported; whoever is to recommend or file it is told."""
    personnel_steps.reported(turn, unit_of(talk.place.answers), talk)


def _leaving(facts: Facts, a: Answers) -> Iterator[Ask]:
    labels = _roles(facts)
    listed = choices(facts.people, labels)
    yield Ask("who", OneOf((*listed, *([Option(SEVERAL)] if len(listed) > 1 else []))), about=facts)
    if a.who == SEVERAL:
        yield Ask("several", Several(listed, least=2))
    for one in (facts.leaver(key) for key in (a.several.items if a.who == SEVERAL else (a.who,))):
        if len(one.posts) > 1:
            yield Ask(f"roles_{one.person_id}", _some_of(one, labels), wording="roles", about=one)
    yield Ask("reason", OneOf(LeaveReason))
    if a.reason is LeaveReason.OTHER:
        yield Ask("reason_text", Text(50, least=2))
    leavers = facts.leavers(a)
    last = facts.turn.today + LATEST
    yield Ask("from", Day(min(facts.earliest(leavers), last), last, ("today",)), wording="from_when", about=leavers)
    for one in leavers:
        yield from _successor(facts, a, str(one.person_id), one)


def _successor(facts: Facts, a: Answers, key: str, leaver: Leaver | None) -> Iterator[Ask]:
    must = leaver is None or facts.must_be_followed(leaver)
    yield Ask(f"mobile_{key}", Mobile(instead=() if must else (NOBODY,)), wording="mobile", about=(leaver, must))
    mobile = a[f"mobile_{key}"]
    if not isinstance(mobile, str):
        return
    known = facts.known(mobile)
    if known is not None:
        yield Ask(f"same_{key}", YesNo(), wording="same", about=known)
    else:
        yield Ask(f"name_{key}", Text(20, least=2), wording="name")
        yield Ask(f"title_{key}", Text(30), wording="title")
    if known is None or not (known.person.qualification or known.person.education):
        yield Ask(f"qualification_{key}", OneOf(Qualification), wording="qualification")
        if a[f"qualification_{key}"] is Qualification.OTHER:
            yield Ask(f"qualification_text_{key}", Text(50, least=2), wording="qualification_text")
    if leaver is not None and len(leaver.posts) > 1:
        yield Ask(f"takes_{key}", _some_of(leaver, _roles(facts)), wording="takes", about=leaver)


def _some_of(leaver: Leaver, labels: Any) -> OneOf:
    return OneOf((Option(BOTH), *(Option(role.value, labels[role.value]) for role in leaver.roles)))


def _roles(facts: Facts) -> Any:
    return facts.turn.house.words.labels("common", "roles")


def _may_leave(turn: Turn, facts: Facts, key: str, chosen: tuple[str, ...]) -> None:
    posts = [post for one in chosen for post in facts.leaver(one).posts]
    for post in posts:
        found = changes.open_of_post(turn.db, post.id)
        if found is not None and (facts.change is None or found.id != facts.change.id):
            raise Refuse(key, "reported_already", change=personnel_steps.view(turn, found))
