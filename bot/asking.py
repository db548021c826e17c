"""How a question looks: its wording, its buttons, and the sentences that say what is expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot import fields, inside
from bot import flow as flows
from bot.fields import Ask, Gathering, Instead, Wrong
from bot.flow import Draft, Flow, Refuse
from bot.messages import Button, Message
from bot.reading import tidy
from bot.stored import MISSING, dump, gathered_so_far, has_value, stored_value
from bot.talk import BACK, CLOSE, FLOWS, KEEP, SKIP, Talk, facts_for
from bot.turn import Turn
from models import conversations as kept

WRITTEN = ("text", "number", "day")
"""Kinds of questions whose answers are written, not chosen."""


@dataclass(slots=True)
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


@dataclass(frozen=True)
class AskedBefore:
    """A question of an earlier turn: what it is called, whether its answer is written, whether it is answered, and how."""

    called: str
    written: bool
    answered: bool
    became: str
    private: bool
    """Whether what answers it must not stand on a channel that is not ours."""


def message(turn: Turn, talk: Talk, *, heard: str | None, resumed: bool) -> Message:
    """The question where a conversation stands, or the summary of it. The words are those of its flow's folder.

    `heard`: the key just answered, said back before the question. `resumed`: the person comes (back) to it.
    """
    question = talk.place.current
    if inside.on_the_page(turn, talk):
        found = _elsewhere(turn, talk, question)
        found.of = (talk.id, talk.key)
        return found
    found = _summary(turn, talk) if question is None else _question(turn, talk, question, resumed)
    found.of = (talk.id, talk.key)
    assumed = _assumed(talk)
    if heard is not None and not inside.withheld(turn, talk) and turn.house.words.has(talk.flow.name, "heard"):
        said = turn.text("heard", key=heard, a=talk.place.answers, facts=talk.facts, assumed=assumed)
        found.text = said + found.text
    if assumed:
        found.buttons += turn.rendered([_to_edit(turn, talk, assumed)])
    return found


def _to_edit(turn: Turn, talk: Talk, keys: Iterable[str]) -> list[Button]:
    """Buttons to change what was assumed, where the templates have a label for such a question."""
    labels = turn.house.words.labels(talk.flow.name, "edit")
    asked = [ask for key in keys if (ask := talk.place.ask(key)) is not None]
    return [Button("e", talk.id, 0, ask.key, label=labels[ask.name]) for ask in asked if ask.name in labels]


def _question(turn: Turn, talk: Talk, question: Ask, resumed: bool) -> Message:
    before = stored_value(question, talk.draft.answers)
    again = before is not MISSING
    count = len(gathered_so_far(question, talk.draft.answers))
    view = Question(
        talk.place.answers, talk.facts, question.key, question.field, question.about, before if again else None, resumed, count
    )  # fmt: skip
    limit = question.field.most if isinstance(question.field, fields.Text) else None
    asks = {"kind": question.field.kind, "limit": limit}
    return Message(turn.text(question.name, q=view), turn.rendered(_buttons(turn, talk, question, again)), asks=asks)


def _elsewhere(turn: Turn, talk: Talk, question: Ask | None) -> Message:
    """What is asked, or to be confirmed, is content that must not stand here: it goes on on the page."""
    sign_in = Button("si.web", primary=True)
    if question is None:
        text, rows = turn.text("confirm_on_the_page"), [[sign_in, Button("cancel")]]
    else:
        again = has_value(question, talk.draft.answers)
        rows = _buttons(turn, talk, replace(question, beside=()), again)
        for button in rows[0]:
            button.primary = False
        text, rows = turn.text("on_the_page"), [[sign_in], *rows]
    return Message(text, turn.rendered(rows), asks={"kind": "choice", "limit": None})


def _summary(turn: Turn, talk: Talk) -> Message:
    text = turn.text("summary", a=talk.place.answers, facts=talk.facts)
    buttons = [Button("sum", talk.id, talk.stamp, primary=True), Button("cancel")]
    beside = [Button(code, about) for code, about in talk.flow.offered_with(talk.place.answers)]
    return Message(text, turn.rendered([buttons, beside]), asks={"kind": "choice", "limit": None})


def _assumed(talk: Talk) -> dict[str, Any]:
    """What was taken without asking right before the current question, and can be changed."""
    found: dict[str, Any] = {}
    keys = [ask.key for ask in talk.place.path]
    for ask in reversed(talk.place.path[: keys.index(talk.key)] if talk.key in keys else talk.place.path):
        if ask.assumed is None or ask.key in talk.draft.answers:
            break
        found[ask.key] = talk.place.answers[ask.key]
    return found


def choices(talk: Talk) -> list[str]:
    """The keys of the choices that the current question offers now, by pressing and by typing alike."""
    question = talk.place.current
    if question is None:
        return []
    picked = gathered_so_far(question, talk.draft.answers)
    keys = [option.key for option in question.field.options()]
    if isinstance(question.field, Gathering) and len(picked) >= question.field.least:
        keys.append(CLOSE)
    keys += question.field.besides if picked and isinstance(question.field, fields.Files) else question.field.instead
    return [*keys, *([SKIP] if question.skippable else [])]


def choice_typed(turn: Turn, talk: Talk, text: str) -> str | None:
    """The choice whose label was typed in full, or another word that the templates take for it; else None."""
    question = talk.place.current
    if question is None:
        return None
    labels = labels_of(turn, talk.flow, question)
    offered = choices(talk)
    aliases = turn.house.words.labels(talk.flow.name, "aliases")
    typed = tidy(text).rstrip("。.!！")
    for key in offered:
        if typed in (tidy(labels[key]), *aliases.get(key, "").split()):
            return key
    return None


def labels_of(turn: Turn, flow: Flow, question: Ask) -> Mapping[str, str]:
    """What a question's choices are called: their own labels, else the templates'."""
    words = turn.house.words.labels(flow.name, question.name)
    own = {option.key: option.label for option in question.field.options() if option.label is not None}
    return {**words, **own} if own else words


def asked_before(turn: Turn, conversation: int, key: str) -> AskedBefore | None:
    """An old question of the sender's; None if there is none (any more, or for this person)."""
    row = kept.by_id(turn.db, conversation)
    if row is None or row.person_id != turn.actor.person_id:
        return None
    flow = FLOWS[row.flow]
    try:
        facts = facts_for(turn, flow, row.subject, row.basis)
    except Refuse:
        return None
    begun, _ = flow.start_with(facts, key)
    # What a conversation said while it lasts is its own; afterwards, or where it leads there no more, what stands counts.
    place = flow.walk(Draft(begun | row.answers), facts)
    if row.state != kept.OPEN or place.ask(key) is None:
        place = flow.walk(Draft(row.answers | begun), facts)
    asked = place.ask(key)
    if asked is None and key not in begun | row.answers:
        return None
    with turn.within(flow.name):
        called = turn.text("called", key=key, facts=facts)
        answered = asked is not None and key in place.answers
        answer = ""
        if asked is not None and answered and asked.field.kind == "choice":
            answer = labels_of(turn, flow, asked).get(_key_of(asked, place.answers[key]), "")
        written = asked is not None and asked.field.kind in WRITTEN
        stored = dump(asked, place.answers[key]) if asked is not None and answered else None
        became = turn.text("old_button", called=called, answer=answer, facts=facts, key=key, stored=stored)
        return AskedBefore(called, written, answered, became, flow.is_private(place.answers))


def wrong_answer(turn: Turn, talk: Talk, question: Ask, wrong: Wrong | Refuse) -> str:
    """What is said of an answer that cannot be taken: what is expected, with an example."""
    if isinstance(wrong, Refuse):
        return refusal(turn, talk, wrong)
    with turn.within(talk.flow.name):
        return turn.text(f"wrong_{wrong.code}", field=question.field, about=question.about, p=wrong.params)


def refusal(turn: Turn, talk: Talk, refused: Refuse) -> str:
    """Why the rules do not allow an answer."""
    with turn.within(talk.flow.name):
        return turn.text(refused.reason, **refused.params)


def _buttons(turn: Turn, talk: Talk, question: Ask, again: bool) -> list[list[Button]]:
    labels = labels_of(turn, talk.flow, question)
    picked = gathered_so_far(question, talk.draft.answers)

    def button(option: str, primary: bool = False) -> Button:
        label = f"✓ {labels[option]}" if option in picked else labels[option]
        return Button("a", talk.id, 0, f"{question.key}.{option}", label, primary)

    offered = choices(talk)
    likely = CLOSE if CLOSE in offered else next(iter(offered), None)
    first = [button(option, option == likely) for option in offered if option != SKIP]
    keeps = (again or question.assumed is not None) and question.keeps
    beside = [option for option, shown in ((SKIP, SKIP in offered), (KEEP, keeps), (BACK, True)) if shown]
    ways = question.beside() if callable(question.beside) else question.beside
    extra = [Button(one[0], one[1], arg=one[2] if len(one) == 3 else "") for one in ways]
    return [first, [*map(button, beside), *extra]]


def _key_of(question: Ask, value: Any) -> str:
    return value.key if isinstance(value, Instead) else str(question.field.dump(value))
