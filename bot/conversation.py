"""Running a flow inside turns: asking, taking answers, going back, leaving and coming back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot import fields, flow as flows
from bot.fields import Ask, Gathering, Instead, Reading, Wrong
from bot.flow import Draft, Flow, Place, Refuse
from bot.messages import Button, Message, Piece
from bot.reading import tidy
from bot.turn import Turn
from models import conversations as kept
from models import people

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
    state: str = kept.OPEN

    @property
    def key(self) -> str:
        """The key of the question to ask; CONFIRM once all are answered."""
        return self.place.current.key if self.place.current else CONFIRM

    def called(self, turn: Turn, key: str) -> str:
        """What a question is called when it is spoken of (第 7 项的做法和成效)."""
        with turn.within(self.flow.name):
            return turn.text("called", key=key, facts=self.facts)

    def move(self, draft: Draft) -> None:
        """Put another draft in place and see where that leaves the conversation."""
        self.draft = draft
        self.place = self.flow.walk(draft, self.facts)


@dataclass(frozen=True)
class Question:
    """What the wording of a question may draw on."""

    a: flows.Answers
    facts: Any
    key: str
    field: Any
    about: Any
    before: Any
    """The answer it had, when it is asked again; else None."""
    resumed: bool
    """Whether the person comes (back) to the conversation with this question, so that it must say where one is."""
    pieces: int


def current(turn: Turn) -> Talk | None:
    """The conversation the sender is in, its facts read afresh; None if there is none."""
    row = kept.open_of(turn.db, turn.actor.person_id)
    return None if row is None else _talk(turn, row)


def begin(
    turn: Turn, flow: Flow, subject: int = 0, *, at: str | None = None, instead: bool = False, lead: str = "",
    picture: str | None = None,
) -> None:  # fmt: skip
    """Open a conversation, or the one left about the same subject, and ask its question.

    The one that was open gives way: it comes back when this one is done, unless `instead` says that it is finished.
    `at`: the question to begin with. `lead`: a rendered sentence to put before it.
    """
    talk = enter(turn, flow, subject, at=at, instead=instead)
    if talk is not None:
        ask(turn, talk, lead=lead, resumed=True, picture=picture)


def enter(turn: Turn, flow: Flow, subject: int = 0, *, at: str | None = None, instead: bool = False) -> Talk | None:
    """As `begin`, but nothing is asked yet; None if the flow refused to open, which has been said."""
    opened = kept.open_of(turn.db, turn.actor.person_id)
    if opened is not None and (opened.flow, opened.subject) == (flow.name, subject):
        row: Any = opened
    else:
        if opened is not None:
            kept.set_state(turn.db, opened.id, kept.DONE if instead else kept.SUSPENDED, turn.now)
        row = kept.left_about(turn.db, turn.actor.person_id, flow.name, subject)
    if row is not None:
        if row is not opened:
            kept.set_state(turn.db, row.id, kept.OPEN, turn.now)
        talk = _talk(turn, row)
        if talk is not None and at is not None:
            talk.move(Draft(talk.draft.answers, at))
        return talk
    return _new(turn, flow, subject, at)


def resume(turn: Turn) -> bool:
    """Come back to where the sender was; False if there is nothing to come back to."""
    talk = current(turn)
    if talk is None:
        row = kept.last_left(turn.db, turn.actor.person_id)
        if row is None:
            return False
        kept.set_state(turn.db, row.id, kept.OPEN, turn.now)
        talk = _talk(turn, row)
    if talk is not None:
        _judge_again(turn, talk)
    return True


def ask(
    turn: Turn, talk: Talk, *, lead: str = "", heard: str | None = None, resumed: bool = False, edits: int | None = None,
    extra: Sequence[Button] = (), picture: str | None = None,
) -> None:  # fmt: skip
    """Ask the question where the conversation stands (or show the summary, or finish), and keep where it stands.

    `lead`: a rendered sentence to put before it. `heard`: the key just answered, to be said back. `resumed`: the person
    comes (back) to it. `edits`: the message that this one replaces. `extra`: more buttons. `picture`: one to show.
    """
    question = talk.place.current
    if question is None and not talk.flow.summary:
        _finish(turn, talk)
        return
    with turn.within(talk.flow.name):
        message = _summary(turn, talk) if question is None else _question(turn, talk, question, resumed)
        message.buttons += turn.rendered([extra])
        said = [lead] if lead else []
        if heard is not None and turn.house.words.has(talk.flow.name, "heard"):
            said.append(turn.text("heard", key=heard, a=talk.place.answers, facts=talk.facts))
        message.text = "\n".join([part for part in said if part] + [message.text])
        message.edits, message.picture = edits, picture
        message.of = (talk.id, talk.key)
        message_id = turn.send(message)
    _keep(turn, talk)
    people.record_shown(turn.db, turn.actor.address_id, talk.id, talk.key, message_id)


def answer_text(turn: Turn, talk: Talk, text: str) -> None:
    """Take a typed text as the answer to the current question; a wrong one is asked again with what is expected."""
    question = talk.place.current
    if question is None:
        _choose(turn, talk, text)
        return
    shown = {tidy(label): key for key, label in choices_shown(turn, talk).items()}
    if tidy(text) in shown:
        press(turn, talk, shown[tidy(text)])
        return
    try:
        value = question.field.read(text, Reading(turn.today, _labels(turn, talk.flow, question)))
    except Wrong as wrong:
        ask(turn, talk, lead=_wrong(turn, talk, question, wrong))
        return
    if isinstance(question.field, fields.Files):
        gather(turn, talk, question, value)
    else:
        take(turn, talk, question, value)


def press(turn: Turn, talk: Talk, option: str) -> None:
    """Take a pressed choice of the current question."""
    question = talk.place.current
    assert question is not None
    field = question.field
    try:
        if option == BACK:
            go_back(turn, talk)
        elif option == SKIP and question.skippable:
            take(turn, talk, question, None)
        elif option == KEEP and flows.has_value(question, talk.draft.answers):
            talk.move(Draft(talk.draft.answers, None))
            ask(turn, talk)
        elif isinstance(field, Gathering):
            _press_gathering(turn, talk, question, option)
        elif option in field.instead:
            take(turn, talk, question, Instead(option))
        elif isinstance(field, fields.Day):
            take(turn, talk, question, field.read(option, Reading(turn.today, _labels(turn, talk.flow, question))))
        else:
            take(turn, talk, question, field.load(option))
    except Wrong as wrong:
        ask(turn, talk, lead=_wrong(turn, talk, question, wrong))


def gather(turn: Turn, talk: Talk, question: Ask, piece: Piece | str) -> None:
    """Take a file (announced) or a link into the current gathering question."""
    items = flows.gathered_so_far(question, talk.draft.answers)
    try:
        if len(items) >= question.field.most:
            raise Wrong("too_many", most=question.field.most)
        assert talk.flow.on_file is not None
        with turn.within(talk.flow.name):
            key = talk.flow.on_file(turn, talk, question, piece)
    except (Wrong, Refuse) as wrong:
        ask(turn, talk, lead=_wrong(turn, talk, question, wrong))
        return
    fresh = Draft(talk.draft.answers, talk.draft.at)
    fresh.put(question.key, {"draft": [*items, key]})
    talk.move(fresh)
    _keep(turn, talk)


def is_gathering_files(talk: Talk) -> bool:
    """Whether the current question asks for files."""
    return talk.place.current is not None and isinstance(talk.place.current.field, fields.Files)


def drop_piece(turn: Turn, talk: Talk, key: str) -> None:
    """Take a piece out of the current gathering question; nothing is said."""
    question = talk.place.current
    assert question is not None
    items = [item for item in flows.gathered_so_far(question, talk.draft.answers) if item != key]
    fresh = Draft(talk.draft.answers, talk.draft.at)
    fresh.put(question.key, {"draft": items})
    talk.move(fresh)
    _keep(turn, talk)


def take(turn: Turn, talk: Talk, question: Ask, value: Any) -> None:
    """Take a value as the answer: judged by the flow's check, kept, and the next question asked."""
    check = talk.flow.checks.get(question.name)
    if check is not None and value is not None:
        try:
            check(turn, talk.place.answers, value)
        except Refuse as refusal:
            ask(turn, talk, lead=_wrong(turn, talk, question, refusal))
            return
    talk.move(talk.flow.take(talk.draft, talk.place, question, value))
    talk.stamp += 1
    if talk.flow.on_given is not None:
        with turn.within(talk.flow.name):
            talk.basis = talk.flow.on_given(turn, talk, question.key) or talk.basis
    ask(turn, talk, heard=question.key)


def go_back(turn: Turn, talk: Talk) -> None:
    """Ask the question before again; at the first, what the flow does there."""
    draft = talk.flow.back(talk.draft, talk.place)
    if draft is not None:
        talk.move(draft)
        ask(turn, talk)
    elif talk.flow.before_first is not None:
        with turn.within(talk.flow.name):
            talk.flow.before_first(turn, talk)
    else:
        ask(turn, talk, lead=turn.text("first_question"))


def edit(turn: Turn, talk: Talk, number: int) -> None:
    """Ask the question that stands at a number of the summary again."""
    path = talk.place.path
    if 1 <= number <= len(path):
        talk.move(Draft(talk.draft.answers, path[number - 1].key))
        ask(turn, talk)
    else:
        ask(turn, talk, lead=turn.text("no_such_number", most=len(path)))


def leave(turn: Turn, talk: Talk, state: str) -> None:
    """End (cancelled) or put aside (paused) a conversation, its answers kept either way."""
    talk.state = state
    _keep(turn, talk)
    with turn.within(talk.flow.name):
        if talk.flow.on_leave is not None:
            talk.flow.on_leave(turn, talk)
        else:
            turn.say(state, Button("un", talk.id), Button("menu"))


def come_back(turn: Turn, lead: str = "") -> bool:
    """After something that came between: ask again where it had interrupted; False if it interrupted nothing."""
    row = kept.last_suspended(turn.db, turn.actor.person_id)
    if row is None:
        return False
    kept.set_state(turn.db, row.id, kept.OPEN, turn.now)
    talk = _talk(turn, row)
    if talk is not None:
        _judge_again(turn, talk, lead, resumed=False)
    return True


def reopen(turn: Turn, conversation: int) -> bool:
    """Open again a conversation of the sender's that was cancelled or put aside; False if there is none."""
    row = kept.by_id(turn.db, conversation)
    if row is None or row.person_id != turn.actor.person_id or row.state not in (kept.CANCELLED, kept.PAUSED, kept.SUSPENDED):
        return False
    opened = kept.open_of(turn.db, turn.actor.person_id)
    if opened is not None:
        kept.set_state(turn.db, opened.id, kept.SUSPENDED, turn.now)
    kept.set_state(turn.db, conversation, kept.OPEN, turn.now)
    talk = _talk(turn, row)
    if talk is not None:
        ask(turn, talk, resumed=True)
    return True


@dataclass(frozen=True)
class AskedBefore:
    """A question of an earlier turn: what it is called, whether it took free text, and what has become of it."""

    called: str
    free: bool
    became: str


def asked_before(turn: Turn, conversation: int, key: str) -> AskedBefore | None:
    """An old question of the sender's; None if there is none (any more, or for this person)."""
    row = kept.by_id(turn.db, conversation)
    if row is None or row.person_id != turn.actor.person_id:
        return None
    flow = FLOWS[row.flow]
    try:
        facts = flow.facts_of(turn, row.subject, row.basis)
    except Refuse:
        return None
    place = flow.walk(Draft(row.answers), facts)
    asked = place.ask(key)
    with turn.within(flow.name):
        called = turn.text("called", key=key, facts=facts)
        answer = ""
        if asked is not None and key in place.answers and asked.field.kind == "choice":
            answer = _labels(turn, flow, asked).get(_key_of(asked, place.answers[key]), "")
        return AskedBefore(called, asked is not None and asked.field.free, turn.text("old_button", called=called, answer=answer))


def choices_shown(turn: Turn, talk: Talk) -> dict[str, str]:
    """The choices of the current question as (key, label): what may be typed in place of pressing."""
    question = talk.place.current
    if question is None:
        return {}
    labels = _labels(turn, talk.flow, question)
    keys = [option.key for option in question.field.options()] + list(question.field.instead)
    keys += [SKIP] if question.skippable else []
    keys += [CLOSE] if isinstance(question.field, Gathering) else []
    return {key: labels[key] for key in keys}


def _key_of(question: Ask, value: Any) -> str:
    return value.key if isinstance(value, Instead) else str(question.field.dump(value))


def _talk(turn: Turn, row: Any) -> Talk | None:
    flow = FLOWS[row.flow]
    try:
        facts = flow.facts_of(turn, row.subject, row.basis)
    except Refuse as refusal:
        kept.set_state(turn.db, row.id, kept.CANCELLED, turn.now)
        turn.say(refusal.reason, **refusal.params)
        return None
    draft = Draft(row.answers, row.at)
    return Talk(row.id, flow, row.subject, draft, row.stamp, row.basis, facts, flow.walk(draft, facts))


def _new(turn: Turn, flow: Flow, subject: int, at: str | None) -> Talk | None:
    try:
        facts = flow.facts_of(turn, subject, None)
    except Refuse as refusal:
        turn.say(refusal.reason, **refusal.params)
        come_back(turn)
        return None
    answers, basis = flow.start_with(facts, at)
    draft = Draft(answers, at)
    conversation = kept.begin(turn.db, turn.actor.person_id, flow.name, subject, answers, basis, turn.now)
    return Talk(conversation, flow, subject, draft, 0, basis, facts, flow.walk(draft, facts))


def _judge_again(turn: Turn, talk: Talk, lead: str = "", resumed: bool = True) -> None:
    """On resuming: answers that no longer fit the facts are named, and only they are asked again."""
    for question in flows.unfit(talk.flow, talk.draft, talk.facts):
        lead = turn.text("no_longer_fits", called=talk.called(turn, question.key))
    refused = _refused(turn, talk)
    if refused is not None:
        talk.move(Draft(talk.draft.answers, refused.key))
        lead = _sentence(turn, talk, refused)
    ask(turn, talk, lead=lead, resumed=resumed)


def _refused(turn: Turn, talk: Talk) -> Refuse | None:
    for question in talk.place.path:
        check = talk.flow.checks.get(question.name)
        value = talk.place.answers.get(question.key)
        if check is not None and value is not None:
            try:
                check(turn, talk.place.answers, value)
            except Refuse as refusal:
                return Refuse(question.key, refusal.reason, **refusal.params)
    return None


def _finish(turn: Turn, talk: Talk) -> None:
    refusal = _refused(turn, talk)
    if refusal is None:
        talk.state = kept.DONE
        try:
            with turn.attempt(), turn.within(talk.flow.name):
                _keep(turn, talk)
                talk.flow.on_done(turn, talk)
        except Refuse as late:
            refusal, talk.state = late, kept.OPEN
        else:
            if kept.open_of(turn.db, turn.actor.person_id) is None:
                come_back(turn)
            return
    talk.move(Draft(talk.draft.answers, refusal.key))
    ask(turn, talk, lead=_sentence(turn, talk, refusal))


def _keep(turn: Turn, talk: Talk) -> None:
    kept.keep(turn.db, talk.id, talk.draft.answers, talk.draft.at, talk.stamp, talk.basis, talk.state, turn.now)


def _question(turn: Turn, talk: Talk, question: Ask, resumed: bool) -> Message:
    stored = flows.stored_value(question, talk.draft.answers) if question.key in talk.draft.answers else None
    again = flows.has_value(question, talk.draft.answers)
    view = Question(
        talk.place.answers, talk.facts, question.key, question.field, question.about, stored if again else None, resumed,
        len(flows.gathered_so_far(question, talk.draft.answers)),
    )  # fmt: skip
    limit = question.field.most if isinstance(question.field, fields.Text) else None
    message = Message(turn.text(question.name, q=view), turn.rendered(_buttons(turn, talk, question, again)))
    message.asks = {"kind": question.field.kind, "limit": limit}
    return message


def _buttons(turn: Turn, talk: Talk, question: Ask, again: bool) -> list[list[Button]]:
    labels = _labels(turn, talk.flow, question)
    picked = flows.gathered_so_far(question, talk.draft.answers)
    field = question.field

    def button(option: str, label: str, primary: bool = False) -> Button:
        return Button("a", talk.id, 0, f"{question.key}.{option}", label, primary)

    choices = [button(o.key, ("✓ " if o.key in picked else "") + labels[o.key], place == 0)
               for place, o in enumerate(field.options())]  # fmt: skip
    if isinstance(field, Gathering) and len(picked) >= field.least:
        choices.append(button(CLOSE, labels[CLOSE], True))
    choices += [button(option, labels[option]) for option in field.instead if not picked or field.kind != "files"]
    beside = [button(SKIP, labels[SKIP])] if question.skippable else []
    beside += [button(KEEP, labels[KEEP])] if again else []
    beside += [button(BACK, labels[BACK])]
    with turn.within(talk.flow.name):
        extra = [Button(code) for code in talk.flow.also.get(question.name, ())]
    return [choices, beside + extra]


def _labels(turn: Turn, flow: Flow, question: Ask) -> dict[str, str]:
    words = turn.house.words.labels(flow.name, question.name)
    return dict(words) | {o.key: o.label for o in question.field.options() if o.label is not None}


def _press_gathering(turn: Turn, talk: Talk, question: Ask, option: str) -> None:
    field: Gathering = question.field
    items = flows.gathered_so_far(question, talk.draft.answers)
    if option == CLOSE:
        take(turn, talk, question, field.closed(items, None))
    elif option in field.instead:
        take(turn, talk, question, field.closed(items, option))
    elif option in {choice.key for choice in field.options()}:
        fresh = Draft(talk.draft.answers, talk.draft.at)
        fresh.put(question.key, {"draft": list(field.toggled(items, option))})
        talk.move(fresh)
        ask(turn, talk, edits=turn.actor.shown_message)
    else:
        raise Wrong("gone")


def _choose(turn: Turn, talk: Talk, text: str) -> None:
    """A typed answer to the summary: only the label of its button confirms."""
    labels = turn.house.words.labels(talk.flow.name, "actions")
    if text == labels["sum"]:
        confirm(turn, talk)
    else:
        ask(turn, talk, lead=turn.text("confirm_expected"))


def confirm(turn: Turn, talk: Talk) -> None:
    """The person has confirmed the summary as it stands."""
    _finish(turn, talk)


def _summary(turn: Turn, talk: Talk) -> Message:
    text = turn.text("summary", a=talk.place.answers, facts=talk.facts)
    buttons = [Button("sum", talk.id, talk.stamp, primary=True), Button("cancel")]
    return Message(text, turn.rendered([buttons]), asks={"kind": "choice", "limit": None})


def _wrong(turn: Turn, talk: Talk, question: Ask, wrong: Wrong | Refuse) -> str:
    if isinstance(wrong, Refuse):
        return _sentence(turn, talk, wrong)
    with turn.within(talk.flow.name):
        return turn.text(f"wrong_{wrong.code}", field=question.field, about=question.about, p=wrong.params)


def _sentence(turn: Turn, talk: Talk, refusal: Refuse) -> str:
    with turn.within(talk.flow.name):
        return turn.text(refusal.reason, **refusal.params)
