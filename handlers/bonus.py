"""One 加分项: whether there is anything to report, in a sentence with its evidence."""

from __future__ import annotations

from collections.abc import Iterable

from bot.fields import Ask, OneOf, Text
from bot.flow import Answers
from handlers import evidence_arrival
from handlers.items import LATER, begin_change, evidence_asked, item_flow, left_as_it_is, questions_first

STATEMENT_LIMIT = 300


flow = item_flow("bonus")
flow.after(begin_change)
flow.file(evidence_arrival.take_in_for_item)


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """有 or 无; for 有 what it is, and the evidence."""
    parts = ("has", "statement", "evidence") if a.facts.row.verdict == "has" else ("has",)
    yield from questions_first(a, parts)
    if left_as_it_is(a):
        return
    passing = () if a.facts.stands else (LATER,)
    yield Ask("has", OneOf(("none", "has", *passing)), beside=(("ov", 0),))
    if a.has == "has":
        yield Ask("statement", Text(STATEMENT_LIMIT))
        yield evidence_asked(a.facts)
