"""人员变动: a unit reports who leaves its rosters, who follows or is added, or what is to be put right about somebody.

闵人社发〔2023〕31号 三(二): 可由部门推荐上报继任人员，由局法制科备案汇总。一旦变动即时通过程序补充调整.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from bot import conversation
from bot.actions import action, command
from bot.fields import Ask, Day, Found, Mobile, OneOf, Option, Several, Text
from bot.flow import Answers, Draft, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers import personnel_cards, personnel_filing, personnel_reporting
from handlers.own_data import FIELDS
from handlers.personnel_answers import ADDED, ALL, NONE, OTHER_PERSON, SEVERAL, Bureau, Report
from handlers.personnel_facts import AHEAD, BACK, Leaver, choices, widest
from handlers.personnel_fields import LONGEST_TITLE, NameAndTitle
from handlers.units import refuse_merged
from models.own_data import CORRECTABLE
from models.people import Role, Unit
from models.personnel import changes, filing
from models.personnel.changes import Kind, LeaveReason, Newcomer, Qualification, State
from models.personnel.filing import Obstacle
from models.rights import Place, Right

NOBODY = "nobody"
"""暂无继任人选."""
ABOUT_SUCCESSOR = ("is", "name", "title", "studied", "which")
STUDIED = (*(one.value for one in Qualification), NONE)

_WAITING = (("pc.list", 0),)

flow = Flow("personnel_change", right=Right.REPORT_CHANGE)


@command("personnel", right=Right.REPORT_CHANGE, ambiguous=False)
@action("pc", right=Right.REPORT_CHANGE)
def report(turn: Turn, button: Button) -> None:
    """人员变动: in the sender's unit; the legal section is asked in which."""
    assert turn.post is not None
    posts = [post for post in turn.actor.fitting(flow.right) if post.unit_id == turn.post.unit_id]
    by_section = widest(posts).role is Role.LEGAL_SECTION
    conversation.begin(turn, flow, 0 if by_section else turn.post.unit_id, replaces=(flow.name,))


@action("pc.fix", right=Right.REPORT_CHANGE, load=personnel_cards.change_at)
def mend(turn: Turn, change: Any, button: Button) -> None:
    """修改后再报: a returned change, with the answers it had."""
    if change.state != State.RETURNED:
        personnel_cards.show_stale(turn, change)
    elif not personnel_cards.is_theirs(turn, change, turn.actor.person_id):
        personnel_cards.show_not_theirs(turn, change)
    else:
        conversation.begin(turn, flow, -change.id, replaces=(flow.name,))


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Report | Bureau:
    """`subject`: a unit; 0, the legal section's bureau; below 0, the returned change that is sent again.

    Refuse: it is not the sender's to report.
    """
    if subject == 0:
        section = next((one for one in turn.actor.fitting(flow.right) if one.role is Role.LEGAL_SECTION), None)
        if section is None:
            raise Refuse(None, "no_right")
        turn.post = section
        return Bureau(turn, section, personnel_filing.something_waits(turn))
    change = changes.by_id(turn.db, -subject) if subject < 0 else None
    unit = turn.db.session.get(Unit, change.unit_id if change is not None else abs(subject))
    if unit is not None:
        refuse_merged(turn, unit.id, before=True)
    me = turn.actor.person_id
    fits = turn.actor.fitting(flow.right, Place(unit.bureau_id, unit=unit.id, person=me)) if unit is not None else []
    if unit is None or not fits:
        raise Refuse(None, "no_right")
    if subject < 0 and (change is None or change.state != State.RETURNED):
        raise Refuse(None, "not_to_report")
    if change is not None and not personnel_cards.is_theirs(turn, change, me):
        raise Refuse(None, "no_right")
    turn.post = widest(fits)
    return Report(turn, unit, turn.post, change, personnel_filing.something_waits(turn, unit.id))


@flow.start
def begin(facts: Report | Bureau, at: str | None) -> tuple[dict[str, Any], int]:
    """A returned change begins with the answers it had."""
    return ({}, 0) if facts.change is None else (dict(facts.change.answers), facts.change.version)


@flow.questions
def questions(a: Answers) -> Iterator[Ask]:
    """Which kind; who; why; from when; who follows. What can only have one answer is not asked."""
    if isinstance(a.facts, Bureau):
        yield Ask("unit", Found(a.facts.named), beside=_WAITING if a.facts.waits else ())
    facts: Report = a.facts.of(a)
    only = facts.kinds[0].value if len(facts.kinds) == 1 else None
    kinds = OneOf(tuple(Option(kind.value) for kind in facts.kinds))
    yield Ask("kind", kinds, about=facts, assumed=only, beside=_WAITING if facts.waits else ())
    if a.kind == Kind.LEAVING:
        yield from _leaving(facts, a)
    elif a.kind == Kind.ADDING:
        yield Ask("role", OneOf(tuple(Option(role.value) for role in facts.to_add)), about=facts)
        today = facts.turn.today
        yield Ask("since", Day(today - BACK, today + AHEAD, ("today",)), about=())
        yield from _successor(facts, a, ADDED, None)
    else:
        yield Ask("whom", OneOf(choices(facts.others, _roles(facts))))
        yield Ask("what", OneOf(CORRECTABLE), about=facts.leaver(a.whom))
        private = a.what == "mobile" and not facts.carries
        beside = (("si.web", 0),) if private else ()
        yield Ask(f"to_{a.what}", FIELDS[a.what], wording="to", about=(facts.leaver(a.whom), private), beside=beside)
        return
    if facts.by_section and (broken := facts.broken(a)) is not None:
        yield Ask("exception", Text(100, least=4), about=broken)


@flow.after
def unsettle(a: Answers, key: str, value: Any, draft: Draft) -> None:
    """Of somebody whose number it is not, the number is asked again; of another number, whose it is."""
    whose = key.partition("_")[2]
    if key.startswith("mobile_") and a.get(key) != value:
        draft.forget(*(f"{name}_{whose}" for name in ABOUT_SUCCESSOR))
    elif value == OTHER_PERSON:
        known = a.facts.of(a).known(a[f"mobile_{whose}"], a.since)
        if known is not None and known.in_office:
            draft.forget(key, f"mobile_{whose}")
    elif key == "unit":
        draft.answers = {key: draft.answers[key]}


@flow.check("unit")
def judge_unit(turn: Turn, a: Answers, unit: int) -> None:
    """Refuse: nothing can be reported there: it goes on as part of another, or has nobody, and no place for anybody."""
    refuse_merged(turn, unit, key="unit", before=True)
    if not a.facts.at(unit).kinds:
        raise Refuse("unit", "nothing_here", unit=a.facts.at(unit).unit)


@flow.check("who")
def judge_leaver(turn: Turn, a: Answers, key: str) -> None:
    """Refuse: a colleague has reported that already, or it is filed."""
    if key != SEVERAL:
        personnel_reporting.judge_leavers(turn, a.facts.of(a), "who", (key,))


@flow.check("several")
def judge_leavers(turn: Turn, a: Answers, chosen: Any) -> None:
    """As `judge_leaver`."""
    personnel_reporting.judge_leavers(turn, a.facts.of(a), "several", chosen.items)


@flow.check("role")
def judge_role(turn: Turn, a: Answers, role: str) -> None:
    """Refuse: there is no place free, now or later, unless it is the legal section's to allow more."""
    facts: Report = a.facts.of(a)
    if not facts.by_section and facts.free_from(Role(role), turn.today) is None:
        quota, held = facts.quota(Role(role)), facts.held(Role(role), turn.today)
        raise Refuse("role", "no_place", role=role, quota=quota, held=held)


@flow.check("since")
def judge_day(turn: Turn, a: Answers, day: date) -> None:
    """Refuse: on that day there is no place free yet."""
    facts: Report = a.facts.of(a)
    if facts.by_section or a.kind != Kind.ADDING:
        return
    role = Role(a.role)
    free = facts.free_from(role, day)
    if free != day:
        quota, held = facts.quota(role), facts.held(role, day)
        raise Refuse("since", "no_place", role=role, quota=quota, held=held, day=day, free=free)


@flow.check("mobile")
def judge_mobile(turn: Turn, a: Answers, mobile: Any) -> None:
    """Refuse: it is a leaver's own, of another bureau, or of somebody who has the roles here already."""
    if isinstance(mobile, str):
        personnel_reporting.judge_successor(a.facts.of(a), a, mobile)


@flow.check("name")
def judge_name(turn: Turn, a: Answers, told: Any) -> None:
    """Refuse: the number is of somebody of another name, who is in office in another bureau still."""
    newcomer = Newcomer(told.name, told.title, a[a.asked.replace("name", "mobile")])
    try:
        filing.check_number(turn.db, newcomer, turn.today)
    except Obstacle as found:
        raise Refuse(a.asked, found.code) from None


@flow.check("to")
def judge_correction(turn: Turn, a: Answers, value: Any) -> None:
    """Refuse: it is what is on file, it is somebody else's number, or a colleague has reported it."""
    personnel_reporting.judge_correction(a.facts.of(a), a, value)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is reported; whoever is to recommend or file it is told."""
    personnel_reporting.submit(turn, talk)


def _leaving(facts: Report, a: Answers) -> Iterator[Ask]:
    labels = _roles(facts)
    listed = choices(facts.people, labels)
    only = listed[0].key if len(listed) == 1 else None
    yield Ask("who", OneOf((*listed, *([Option(SEVERAL)] if not only else []))), about=facts, assumed=only)
    if a.who == SEVERAL:
        yield Ask("several", Several(listed, least=2))
    for one in (facts.leaver(key) for key in (a.several.items if a.who == SEVERAL else (a.who,))):
        if len(one.posts) > 1:
            yield Ask(f"roles_{one.person_id}", _some_of(one, labels), wording="roles", about=one, assumed=ALL)
    leavers = facts.leavers(a)
    yield Ask("reason", OneOf(LeaveReason), about=leavers)
    if a.reason is LeaveReason.OTHER:
        yield Ask("why", Text(50, least=2))
    first, last = facts.earliest(leavers), facts.turn.today + AHEAD
    yield Ask("since", Day(min(first, last), last, ("today",)), about=leavers)
    must = facts.must_be_followed(leavers)
    for one in leavers:
        yield from _successor(facts, a, str(one.person_id), one, must=must and Role.LEGAL_SECTION in one.roles)


def _successor(facts: Report, a: Answers, key: str, leaver: Leaver | None, must: bool = False) -> Iterator[Ask]:
    instead = () if leaver is None or must else (NOBODY,)
    about = leaver, must, facts.carries
    beside = () if facts.carries else (("si.web", 0),)
    yield Ask(f"mobile_{key}", Mobile(instead=instead), wording="mobile", about=about, beside=beside)
    mobile = a[f"mobile_{key}"]
    if not isinstance(mobile, str):
        return
    known = facts.known(mobile, a.since)
    if known is not None:
        answers = ("yes",) if known.qualified else STUDIED
        yield Ask(f"is_{key}", OneOf((*answers, OTHER_PERSON)), wording="is_them", about=known)
    if facts.is_new(a, key):
        yield Ask(f"name_{key}", NameAndTitle(), wording="name", about=known)
        if not a[f"name_{key}"].title:
            yield Ask(f"title_{key}", Text(LONGEST_TITLE), wording="title", about=a[f"name_{key}"])
        yield Ask(f"studied_{key}", OneOf(STUDIED), wording="studied", about=a[f"name_{key}"])
    if Qualification.OTHER in (a.get(f"studied_{key}"), a.get(f"is_{key}")):
        yield Ask(f"which_{key}", Text(50, least=2), wording="which")
    if leaver is not None and len(leaver.posts) > 1:
        yield Ask(f"takes_{key}", _some_of(leaver, _roles(facts)), wording="takes", about=leaver, assumed=ALL)


def _some_of(leaver: Leaver, labels: Any) -> OneOf:
    return OneOf((Option(ALL), *(Option(role.value, labels[role.value]) for role in leaver.roles)))


def _roles(facts: Report) -> Any:
    return facts.turn.house.words.labels("personnel_change", "posts")
