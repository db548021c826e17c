"""A conversation in the middle of a turn: where it stands, and how it is found or begun."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.fields import Ask, Files, Link
from bot.flow import Draft, Flow, Place, Refuse
from bot.turn import Turn
from models import conversations as kept

FLOWS: dict[str, Flow] = {}
SKIP, CLOSE, BACK, KEEP, CONFIRM = "_skip", "_close", "_back", "_keep", "_confirm"


@dataclass
class Talk:
    """A conversation in the middle of a turn."""

    id: int
    flow: Flow
    subject: int
    draft: Draft
    stamp: int
    basis: int
    facts: Any
    place: Place
    moved_at: datetime
    state: str = kept.OPEN
    kept: tuple[Any, ...] | None = None
    """What this turn has written of it: answers, at, stamp, basis, state."""

    @property
    def key(self) -> str:
        """The key of the question to ask; CONFIRM once all are answered."""
        return self.place.current.key if self.place.current else CONFIRM

    def called(self, turn: Turn, key: str) -> str:
        """What a question is called when it is spoken of (第 7 项的做法和成效)."""
        with turn.within(self.flow.name):
            return turn.text("called", key=key, facts=self.facts)

    @property
    def gathers_files(self) -> bool:
        """Whether the current question asks for files."""
        return self.place.current is not None and isinstance(self.place.current.field, Files)

    @property
    def for_files(self) -> Ask | None:
        """The question that files belong to which are brought now; None: files are not wanted."""
        if self.gathers_files or self.flow.attaches is None:
            return self.place.current if self.gathers_files else None
        return self.place.ask(self.flow.attaches)

    @property
    def private(self) -> bool:
        """Whether what is written in it has to stay within our own service."""
        return self.flow.is_private(self.place.answers)

    @property
    def asks_link(self) -> bool:
        """Whether the current question asks for a link."""
        return self.place.current is not None and isinstance(self.place.current.field, Link)

    def move(self, draft: Draft) -> None:
        """Put another draft in place and see where that leaves the conversation."""
        self.draft = draft
        self.place = self.flow.walk(draft, self.facts)

    def take(self, question: Ask, value: Any) -> None:
        """Take a value as the answer to the current question, and see where that leads."""
        draft = self.flow.take(self.draft, self.place, question, value)
        self.place = self.flow.walk_on(self.draft, self.place, draft)
        self.draft = draft


def current(turn: Turn) -> Talk | None:
    """The conversation the sender is in, its facts read afresh; None if there is none, or its flow ends it (and says so)."""
    row = _open_row(turn)
    if row is None:
        return None
    try:
        return of_row(turn, row)
    except Refuse as refusal:
        kept.set_state(turn.db, row.id, kept.CANCELLED, turn.now)
        turn.in_conversation, turn.was_ended = False, True
        with turn.within(row.flow):
            turn.say(refusal.reason, **refusal.params)
        return None


def enter(turn: Turn, flow: Flow, subject: int = 0, *, at: str | None = None, replaces: Collection[str] = ()) -> Talk:
    """Be in a flow's conversation about a subject: the open one, the one that was left, or (it would not go on) a new one.

    Whatever else was open gives way: it comes back later, unless it is of a flow that this one `replaces`. `at`: the
    question to begin with. Raises Refuse if the flow does not open, and then nothing has changed.
    """
    opened = row = _open_row(turn)
    if row is None or (row.flow, row.subject) != (flow.name, subject):
        row = kept.left_about(turn.db, turn.actor.person_id, flow.name, subject)
    if row is None:
        return _begin(turn, flow, subject, at, opened, replaces)
    try:
        talk = _take_up(turn, row, opened, replaces)
    except Refuse:  # what it was about has moved since; it may well begin with what stands
        talk = _begin(turn, flow, subject, at, opened, replaces)
        kept.set_state(turn.db, row.id, kept.CANCELLED, turn.now)
        return talk
    if at is not None:
        talk.move(Draft(talk.draft.answers, at))
        if talk.key != at:  # what the conversation holds does not lead there: begin from what stands
            answers, basis = flow.start_with(talk.facts, at)
            facts = facts_for(turn, flow, subject, basis)
            standing = flow.walk(Draft(answers, at), facts).current
            if standing is not None and standing.key == at:
                talk.basis, talk.facts = basis, facts
                talk.move(Draft(answers, at))
    return talk


def take_up(turn: Turn, row: Any) -> Talk:
    """Open a stored conversation. Raises Refuse if its flow does not open it, and then nothing has changed."""
    return _take_up(turn, row, _open_row(turn), ())


def keep(turn: Turn, talk: Talk) -> None:
    """Write where a conversation stands, if this turn has not written just that already."""
    stands = (talk.draft.answers, talk.draft.at, talk.stamp, talk.basis, talk.state)
    if talk.moved_at == turn.now and talk.kept == stands:
        return
    kept.keep(turn.db, talk.id, *stands, turn.now)
    talk.kept, talk.moved_at = stands, turn.now
    turn.in_conversation = talk.state == kept.OPEN


def _open_row(turn: Turn) -> Any | None:
    row = None if turn.in_conversation is False else kept.open_of(turn.db, turn.actor.person_id)
    turn.in_conversation = row is not None
    return row


def _take_up(turn: Turn, row: Any, opened: Any | None, replaces: Collection[str]) -> Talk:
    talk = of_row(turn, row)
    if row.state != kept.OPEN:
        _give_way(turn, opened, replaces)
        kept.set_state(turn.db, row.id, kept.OPEN, turn.now)
        turn.in_conversation = True
    return talk


def of_row(turn: Turn, row: Any) -> Talk:
    """A stored conversation, its facts read afresh; what is open stays so. Raises Refuse if its flow does not open it."""
    flow = FLOWS[row.flow]
    facts = facts_for(turn, flow, row.subject, row.basis)
    draft = Draft(row.answers, row.at)
    return Talk(row.id, flow, row.subject, draft, row.stamp, row.basis, facts, flow.walk(draft, facts), row.moved_at)


def _begin(
    turn: Turn, flow: Flow, subject: int, at: str | None, opened: Any | None, replaces: Collection[str]
) -> Talk:  # fmt: skip
    facts = facts_for(turn, flow, subject, None)
    _give_way(turn, opened, replaces)
    answers, basis = flow.start_with(facts, at)
    draft = Draft(answers, at)
    conversation = kept.begin(turn.db, turn.actor.person_id, flow.name, subject, answers, at, basis, turn.now)
    turn.in_conversation = True
    talk = Talk(conversation, flow, subject, draft, 0, basis, facts, flow.walk(draft, facts), turn.now)
    talk.kept = (answers, at, 0, basis, kept.OPEN)
    return talk


def _give_way(turn: Turn, opened: Any | None, replaces: Collection[str]) -> None:
    if opened is not None:
        unfinished = any(isinstance(stored, dict) and "draft" in stored for stored in opened.answers.values())
        finished_with = opened.flow in replaces and not unfinished
        kept.set_state(turn.db, opened.id, kept.DONE if finished_with else kept.SUSPENDED, turn.now)


def facts_for(turn: Turn, flow: Flow, subject: int, basis: int | None) -> Any:
    """What a flow's questions depend on, for a sender who may be in it now. Refuse: they may not, or it does not open."""
    if turn.acts(flow.right) is None:
        raise Refuse(None, "no_right")
    return flow.facts_of(turn, subject, basis)
