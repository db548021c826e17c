"""One 否决项: each named case and 其他情形, 有 or 无. One 有 stops the application."""

from __future__ import annotations

from collections.abc import Iterable

from bot.fields import Ask, OneOf, Text
from bot.flow import Answers
from handlers.items import LATER, begin_change, item_flow, left_as_it_is, questions_first
from models.catalogue_types import Veto

DETAIL_LIMIT = 200


flow = item_flow("veto")
flow.after(begin_change)


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """Each case in the wording's order, then 其他情形 (where the wording names cases); for 有 what happened."""
    veto = a.facts.entry
    assert isinstance(veto, Veto)
    cases: list[str | None] = [*veto.cases, None]
    yield from questions_first(a, [f"case_{number}" for number in range(1, len(cases) + 1)])
    if left_as_it_is(a):
        return
    for number, case in enumerate(cases, start=1):
        key = f"case_{number}"
        later = (LATER,) if number == 1 and not a.facts.stands else ()
        yield Ask(
            key, OneOf(("none", "has", *later)), wording="case", about=(number, case, len(cases)), beside=(("ov", 0),)
        )
        if a[key] == LATER:
            return
        if a[key] == "has":
            yield Ask(f"{key}_detail", Text(DETAIL_LIMIT), wording="detail", about=(number, case, len(cases)))
