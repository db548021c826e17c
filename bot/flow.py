"""Flows: a conversation is a generator of questions over the answers given so far.

Stored are the answers by key and `at`, the key being asked again; the question to ask is `at`, or else the first one on
the path without an answer. Going back, changing an answer, resuming, inserted questions and withdrawn choices all
follow from that. This module knows no database, no channel and no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.fields import Ask, Gathered, Json
from bot.stored import MISSING, dump, has_value, pieces, stored_value


class Refuse(Exception):
    """An answer that the rules do not allow: the question `key` is asked again with the reason, the rest stays."""

    def __init__(self, key: str | None, reason: str, **params: Any) -> None:
        super().__init__(reason)
        self.key = key
        self.reason = reason
        self.params = params


class Answers(Mapping[str, Any]):
    """The answers on the path walked so far, as values: `a.reason`, `a["reason"]`; and `a.facts`."""

    def __init__(self, facts: Any) -> None:
        self.facts = facts
        self.asked = ""
        """The key of the question whose answer is being judged."""
        self._values: dict[str, Any] = {}
        self._begun: Mapping[str, Json] = {}

    def begun(self, key: str) -> bool:
        """Whether anything is stored for a question, an unfinished draft included."""
        return key in self._begun

    def so_far(self, key: str) -> tuple[str, ...]:
        """The pieces that a gathering question has, closed or not."""
        return pieces(self._begun.get(key))

    def __getattr__(self, key: str) -> Any:
        try:
            return self._values[key]
        except KeyError:
            raise AttributeError(key) from None

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@dataclass(slots=True)
class Draft:
    """A conversation's own state: stored answers by key, and the key being asked again, if any."""

    answers: dict[str, Json] = field(default_factory=dict)
    at: str | None = None

    def forget(self, *keys: str) -> None:
        """Drop answers, so that they are asked again."""
        if not self.answers.keys().isdisjoint(keys):
            self.answers = {key: value for key, value in self.answers.items() if key not in keys}

    def put(self, key: str, stored: Json) -> None:
        """Set an answer in its stored form."""
        self.answers = {**self.answers, key: stored}


@dataclass(slots=True)
class Place:
    """Where a conversation stands: the path of questions, the one to ask (None: all answered), and the answers."""

    path: tuple[Ask, ...]
    current: Ask | None
    answers: Answers
    ahead: Iterator[Ask]
    """The questions behind the last one of the path, once that is answered."""

    def before(self, ask: Ask | None) -> Ask | None:
        """The question before `ask` that was really asked (or the last one, for None); None at the first."""
        path = list(self.path)
        if ask is not None:
            path = path[: next(place for place, one in enumerate(path) if one.key == ask.key)]
        return next((one for one in reversed(path) if one.assumed is None), None)

    def ask(self, key: str) -> Ask | None:
        """The question with this key, if it is on the path."""
        return next((one for one in self.path if one.key == key), None)


Questions = Callable[[Answers], Iterable[Ask]]


class Flow:
    """A conversation: its questions, the facts they depend on, and what follows from the answers.

    `name` is its template folder and what stored conversations know it by, for ever. `right`: what one must
    be allowed to do to be in it. `summary`: what was answered is shown as a numbered list and confirmed before `done`.
    `attaches`: the question for files to which one belongs that is brought while something else is asked.
    """

    def __init__(self, name: str, *, right: Any, summary: bool = True, attaches: str | None = None) -> None:
        self.name = name
        self.right = right
        self.summary = summary
        self.attaches = attaches
        self.questions_of: Questions
        self.facts_of: Callable[[Any, int, int | None], Any] = lambda turn, subject, basis: None
        self.start_with: Callable[[Any, str | None], tuple[dict[str, Json], int]] = lambda facts, at: ({}, 0)
        self.checks: dict[str, Callable[[Any, Answers, Any], None]] = {}
        self.after_answer: Callable[[Answers, str, Any, Draft], None] = lambda a, key, value, draft: None
        self.on_given: Callable[..., int | None] | None = None
        self.on_file: Callable[..., str] | None = None
        self.is_private: Callable[[Answers], bool] = lambda a: False
        self.on_done: Callable[..., None]
        self.leads_back: Callable[[Answers, str], str | None] = lambda a, key: None
        self.before_first: Callable[..., None] | None = None
        self.on_leave: Callable[..., None] | None = None
        self.on_resume: Callable[..., str] | None = None
        self.lines_of: Callable[[Answers], Iterable[str]] | None = None
        self.offered_with: Callable[[Answers], Iterable[tuple[str, int]]] = lambda a: ()

    def questions(self, function: Questions) -> Questions:
        """The questions, in order, as a pure generator over the answers so far."""
        self.questions_of = function
        return function

    def facts(self, function: Callable[[Any, int, int | None], Any]) -> Callable[..., Any]:
        """(turn, subject, version built on or None) → what the questions depend on, read afresh in every turn."""
        self.facts_of = function
        return function

    def start(self, function: Callable[[Any, str | None], tuple[dict[str, Json], int]]) -> Callable[..., Any]:
        """(facts, question to begin with) → the stored answers to begin with, and the subject's version they are of."""
        self.start_with = function
        return function

    def check(self, key: str) -> Callable[[Callable[[Any, Answers, Any], None]], Callable[[Any, Answers, Any], None]]:
        """(turn, answers before it, value) judges an answer by the rules before it is taken. Raises Refuse."""

        def register(function: Callable[[Any, Answers, Any], None]) -> Callable[[Any, Answers, Any], None]:
            self.checks[key] = function
            return function

        return register

    def after(self, function: Callable[[Answers, str, Any, Draft], None]) -> Callable[..., None]:
        """(answers before it, key, value, draft) may forget or put other answers that this one unsettles. Pure."""
        self.after_answer = function
        return function

    def given(self, function: Callable[..., int | None]) -> Callable[..., int | None]:
        """(turn, conversation, key, place) runs after each answer; may return the subject's new version."""
        self.on_given = function
        return function

    def file(self, function: Callable[..., str]) -> Callable[..., str]:
        """(turn, conversation, ask, piece) takes in a file or link; the key it is remembered by."""
        self.on_file = function
        return function

    def private(self, function: Callable[[Answers], bool]) -> Callable[[Answers], bool]:
        """(answers) → whether what is written here has to stay within our own service (bot/inside.py). Pure."""
        self.is_private = function
        return function

    def done(self, function: Callable[..., None]) -> Callable[..., None]:
        """(turn, conversation, answers) runs once, when all is answered (and confirmed). May raise Refuse."""
        self.on_done = function
        return function

    def way_back(self, function: Callable[[Answers, str], str | None]) -> Callable[..., Any]:
        """(answers, key) → the question that 返回 leads to from `key`; None: the one before. Pure."""
        self.leads_back = function
        return function

    def first(self, function: Callable[..., None]) -> Callable[..., None]:
        """(turn, conversation) is what 返回 does at the first question."""
        self.before_first = function
        return function

    def lines(self, function: Callable[[Answers], Iterable[str]]) -> Callable[..., Any]:
        """(answers) → the questions that the lines of the summary are about, by number; without it all on the path. Pure."""
        self.lines_of = function
        return function

    def beside(self, function: Callable[[Answers], Iterable[tuple[str, int]]]) -> Callable[..., Any]:
        """(answers) → actions offered with the summary, each a code and the id of what it is about. Pure."""
        self.offered_with = function
        return function

    def resume(self, function: Callable[..., str]) -> Callable[..., str]:
        """(turn, conversation) is the sentence with which the person is taken back to it by 继续."""
        self.on_resume = function
        return function

    def leave(self, function: Callable[..., None]) -> Callable[..., None]:
        """(turn, conversation) is what is said when the person leaves by 取消 or 暂存."""
        self.on_leave = function
        return function

    def walk(self, draft: Draft, facts: Any) -> Place:
        """Where a conversation stands. Answers that a field no longer knows count as not given."""
        answers = Answers(facts)
        return _walked(draft, answers, [], iter(self.questions_of(answers)))

    def walk_on(self, before: Draft, place: Place, draft: Draft) -> Place:
        """Where a conversation stands once its current question, at a place that it came to with the draft before, is answered.

        Where that answer is all that is new, what was asked before it is not asked for again.
        """
        ask = place.current
        assert ask is not None
        value = stored_value(ask, draft.answers)
        only = before.answers | {ask.key: draft.answers.get(ask.key)} == draft.answers
        if not only or value is MISSING or before.at is not None or draft.at is not None:
            return self.walk(draft, place.answers.facts)
        place.answers._values[ask.key] = value
        return _walked(draft, place.answers, [*place.path], place.ahead)

    def numbered(self, place: Place) -> list[str]:
        """The questions that 改 1, 改 2 … mean at the summary."""
        return [ask.key for ask in place.path] if self.lines_of is None else list(self.lines_of(place.answers))

    def take(self, draft: Draft, place: Place, ask: Ask, value: Any) -> Draft:
        """The draft with one more answer, and whatever follows from it for the others."""
        fresh = Draft(draft.answers, None)
        fresh.put(ask.key, dump(ask, value))
        self.after_answer(place.answers, ask.key, value, fresh)
        return fresh

    def back(self, draft: Draft, place: Place) -> Draft | None:
        """The draft with the question that 返回 leads to asked again; None at the first question."""
        current = place.current
        named = self.leads_back(place.answers, current.key) if current is not None else None
        previous = place.ask(named) if named is not None else place.before(current)
        return None if previous is None else Draft(draft.answers, previous.key)


def _walked(draft: Draft, answers: Answers, path: list[Ask], ahead: Iterator[Ask]) -> Place:
    """Go on along a path, as far as there are answers."""
    answers._begun = draft.answers
    current: Ask | None = None
    for ask in ahead:
        path.append(ask)
        value = stored_value(ask, draft.answers) if ask.key in draft.answers else MISSING
        if value is MISSING:
            if ask.assumed is None:
                current = ask
                break
            value = ask.assumed
        answers._values[ask.key] = value
    again = None if draft.at is None else next((ask for ask in path if ask.key == draft.at), None)
    return Place(tuple(path), again or current, answers, ahead)


def unfit(flow: Flow, draft: Draft, facts: Any) -> list[Ask]:
    """Questions on the path whose stored answer no longer fits (a withdrawn choice): only they are asked again."""
    place = flow.walk(draft, facts)
    return [ask for ask in place.path if ask.key in draft.answers and not has_value(ask, draft.answers)
            and "draft" not in (draft.answers[ask.key] or {})]  # fmt: skip


__all__ = [
    "Answers", "Ask", "Draft", "Flow", "Gathered", "Place", "Refuse", "unfit",
]  # fmt: skip
