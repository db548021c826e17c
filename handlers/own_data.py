"""我的信息: what is kept of oneself and why, told once at first use; and 更正, by which everybody corrects their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot import conversation, personal
from bot.actions import action, command, result
from bot.fields import Ask, Field, Mobile, OneOf, Text
from bot.flow import Answers, Flow, Refuse
from bot.masking import masked
from bot.messages import Button
from bot.router import FIRST
from bot.talk import Talk, keep
from bot.turn import Turn
from handlers.personnel_fields import Name
from models import holders, members, own_data
from models.conversations import CANCELLED
from models.own_data import CORRECTABLE
from models.people import Role
from models.rights import Right

HAS, NONE = "has", "none"
FIELDS: dict[str, Field] = {
    "name": Name(most=20), "title": Text(most=50), "mobile": Mobile(), "qualification": OneOf((HAS, NONE)),
    "education": Text(most=100),
}  # fmt: skip
TOLD = ("name", "mobile")
"""What the legal section is told of when it changes: people are known and joined by it."""

flow = Flow("own_data", right=Right.USE, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, CANCELLED))


@dataclass(frozen=True)
class Facts:
    """What is on file, and whether a mobile number may be typed on this channel."""

    details: Any
    carries: bool


@result(FIRST)
def first_use(turn: Turn, outcome: dict[str, Any]) -> None:
    """Whoever writes for the first time is told what is kept, unless joining has said it."""
    own_data.inform(turn.db, turn.actor.person_id, turn.now)
    turn.say("first_use")


@command("me", right=Right.USE)
@action("me", right=Right.USE)
def me(turn: Turn, button: Button) -> None:
    """我的信息."""
    person = turn.actor.person_id
    channels = list(dict.fromkeys(place.channel for place in members.places(turn.db, person)))
    shown = {"details": own_data.details(turn.db, person), "posts": turn.actor.posts, "channels": channels}
    turn.say("me", [Button("me.fix"), Button("log"), Button("si")], Button("menu"), **shown)


@command("correct", right=Right.USE)
@action("me.fix", right=Right.USE)
def correct(turn: Turn, button: Button) -> None:
    """更正."""
    conversation.begin(turn, flow)


def carries_personal(turn: Turn) -> bool:
    """Whether the sender's bureau lets personal data stand on this channel."""
    return personal.carries(turn.db, turn.actor.person_id, turn.inbound.channel, turn.today)


def on_page(turn: Turn, sentence: str) -> None:
    """Say that something is to be done on the page, as personal data may not stand on this channel, and offer the way."""
    turn.say(sentence, [Button("si.web", primary=True), Button("menu")])


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Read afresh, for the channel of this turn."""
    return Facts(own_data.details(turn.db, turn.actor.person_id), carries_personal(turn))


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """What to correct, and what it is in truth; a mobile number only where it may be typed."""
    yield Ask("which", OneOf(CORRECTABLE))
    if a.facts.carries or a.which != "mobile":
        yield Ask(a.which, FIELDS[a.which])


def _judge(turn: Turn, a: Answers, value: Any) -> None:
    """Refuse: it is what is on file already, or somebody else's number."""
    stored = as_stored(turn, value)
    if stored == (getattr(a.facts.details, a.which) or None):
        raise Refuse(a.which, "same")
    if a.which == "mobile" and own_data.has_mobile(turn.db, value) is not None:
        raise Refuse(a.which, "taken")


for _key in CORRECTABLE:
    flow.check(_key)(_judge)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """It is corrected; of a mobile number nothing else remains."""
    a, person = talk.place.answers, turn.actor.person_id
    key = a.which
    if key not in a:
        on_page(turn, "on_page")
        return
    before, after = getattr(talk.facts.details, key), as_stored(turn, a[key])
    own_data.correct(turn.db, person, key, after)
    talk.draft.forget(key)
    keep(turn, talk)
    change = {"key": key, "before": masked(before or ""), "after": masked(after or "")}
    turn.audit("correct", "person", person, {key: change["before"]}, {key: change["after"]})
    if key in TOLD:
        _tell_section(turn, change)
    turn.say("corrected", [Button("me.fix"), Button("me")], Button("menu"), told=key in TOLD, **change)


def as_stored(turn: Turn, value: Any) -> str | None:
    """An answer as it stands on file: whether there is a qualification, in the roster's own words."""
    if value in (HAS, NONE):
        return turn.house.words.label(flow.name, "qualification", HAS) if value == HAS else None
    return str(value)


def _tell_section(turn: Turn, change: dict[str, Any]) -> None:
    person = turn.actor.person_id
    bureaus = {post.bureau_id for post in turn.actor.posts}
    section = {one for bureau in bureaus for one in holders.in_bureau(turn.db, bureau, Role.LEGAL_SECTION, turn.today)}
    member = members.member(turn.db, min(bureaus), person, turn.today)
    turn.news(section - {person}, "told_corrected", Button("mb", person), person=member, **change)
