"""Whatever changes in a catalogue, and whatever was answered: a move keeps what still fits, and loses no version."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.web import WebChannel
from bot.clock import day_of
from bot.fields import Ask, Day, Files, Gathered, Instead, Number, OneOf
from bot.flow import Draft, Flow
from bot.talk import FLOWS
from handlers.item_facts import ItemFacts
from handlers.item_facts import facts_of as facts_of_items
from models import answering, assessments, campaigns, carrying, entries, moving, scoring
from models.assessments import AnswerVersion, State, Verdict
from models.catalogues import Catalogue, read_catalogue, same_indicator
from models.db import Prepared, Transaction, as_json, leave_transactions_alone, table
from tests.test_moving import written
from tests.world import BEGINNING, demo_database, the_words

TODAY = day_of(BEGINNING)
PROVINCE, CONTACT, CAMPAIGN = 1, 1, 1
"""The demo's bureau that has no self-assessment of its own, one of its people, and the campaign."""
_VERSIONS = Prepared(sa.select(table(AnswerVersion)).order_by(table(AnswerVersion).c.id))


def measure(key: str, **values: Any) -> dict[str, Any]:
    return {"key": key, "label": key, "unit": "%", "op": ">=", "threshold": 50, "per": "period"} | values


SMALL: dict[str, Any] = {
    "id": "renshe-demonstration-2022",
    "title": "小目录",
    "source": "测试",
    "period": {"from": "2021-01-01", "to": "2022-09-30"},
    "pass_percent": 90,
    "groups": [
        {
            "number": "一",
            "title": "甲组",
            "indicators": [
                {"text": "只问判断。"},
                {"text": "一个数。", "measures": [measure("rate")]},
                {"text": "两个数。", "measures": [measure("share"), measure("days", unit="日", soft="一般")]},
            ],
        },
        {
            "number": "二",
            "title": "乙组",
            "indicators": [
                {"text": "每年一次。", "measures": [measure("times", unit="次", threshold=2, per="year")]},
                {
                    "text": "每年一天。",
                    "measures": [measure("day", unit="日期", op="<=", threshold="03-01", per="year")],
                },
                {"text": "再一项。"},
            ],
        },
    ],
    "bonus": [{"key": "honour", "text": "表彰。"}, {"key": "spread", "text": "推广。"}],
    "veto": [
        {"key": "unlawful", "text": "违法。", "cases": ["情形甲", "情形乙"]},
        {"key": "falsified", "text": "造假。"},
    ],
}


@st.composite
def edited(draw: st.DrawFn, base: dict[str, Any]) -> dict[str, Any]:
    """The catalogue with one to five things changed."""
    data = copy.deepcopy(base)
    for place in range(draw(st.integers(1, 5))):
        groups = data["groups"]
        indicators = draw(st.sampled_from(groups))["indicators"]
        one = draw(st.sampled_from(indicators))
        edit = draw(st.sampled_from(("remove", "add", "reword", "swap", "split", "measure", "bonus", "veto", "pass")))
        if edit == "remove" and len(indicators) > 1:
            indicators.remove(one)
        elif edit == "add":
            indicators.insert(draw(st.integers(0, len(indicators))), {"text": f"新增{place}。"})
        elif edit == "reword":
            one["text"] += "另加。"
        elif edit == "swap":
            other = draw(st.sampled_from(draw(st.sampled_from(groups))["indicators"]))
            one["text"], other["text"] = other["text"], one["text"]
        elif edit == "split":
            groups.append({"number": f"新{place}", "title": "又一组", "indicators": [{"text": f"另立{place}。"}]})
        elif edit == "measure":
            remeasure(draw, one, f"m{place}")
        elif edit == "bonus":
            redo(draw, data["bonus"], {"key": f"b{place}", "text": "新加分项。"})
        elif edit == "veto":
            redo(draw, data["veto"], {"key": f"v{place}", "text": "新否决项。", "cases": ["情形丙"]})
            draw(st.sampled_from(data["veto"]))["cases"] = draw(st.permutations(["情形甲", "情形乙", "情形丙"]))[:2]
        else:
            data["pass_percent"] = draw(st.integers(1, 100))
    return data


def remeasure(draw: st.DrawFn, one: dict[str, Any], key: str) -> None:
    measures = one.setdefault("measures", [])
    if not measures or draw(st.booleans()):
        measures.append(measure(key))
        return
    chosen = draw(st.sampled_from(measures))
    is_date = chosen["unit"] == "日期"
    change: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"threshold": "02-01" if is_date else 70},
                {"threshold": "06-01" if is_date else 30},
                {"unit": "人", "threshold": 50},
                {"label": "另一个数"},
                {"soft": "原则上"},
                {"op": "="},
                {"per": draw(st.sampled_from(("period", "year", "term"))), "unit": "次", "threshold": 1},
            ]
        )
    )
    if draw(st.integers(0, 4)) == 0:
        measures.remove(chosen)
    else:
        chosen.update(change)


def redo(draw: st.DrawFn, listed: list[dict[str, Any]], new: dict[str, Any]) -> None:
    what = draw(st.sampled_from(("remove", "add", "reword")))
    if what == "remove" and len(listed) > 1:
        listed.remove(draw(st.sampled_from(listed)))
    elif what == "add":
        listed.append(new)
    else:
        draw(st.sampled_from(listed))["text"] += "另加。"


def value_for(draw: st.DrawFn, ask: Ask) -> Any:
    """Any answer that the question takes, except 跳过."""
    field = ask.field
    if ask.skippable and draw(st.booleans()):
        return None
    if isinstance(field, Files):
        return Gathered((), "none")
    if field.instead and draw(st.integers(0, 4)) == 0:
        return Instead(draw(st.sampled_from(field.instead)))
    if isinstance(field, OneOf):
        keys = [option.key for option in field.options() if option.key not in ("later", "fix")]
        return field.load(draw(st.sampled_from(keys)))
    if isinstance(field, Number):
        return Decimal(draw(st.sampled_from((0, 1, 2, 30, 50, 70, 100))))
    if isinstance(field, Day):
        first = field.first or TODAY
        days = ((field.last or TODAY) - first).days
        return first + timedelta(days=draw(st.integers(0, max(0, days))))
    return "一句话。"


def facts_of(db: Transaction, answer: int) -> ItemFacts:
    """An item's facts as its conversation has them while it is not finished."""
    row = answering.item(db, answer)._replace(state="draft", as_of=None)  # type: ignore[union-attr]
    catalogue = campaigns.catalogue_of(db, row.catalogue_id, row.sha256)
    contact = SimpleNamespace(may=lambda right, place: True)
    here = {"house": SimpleNamespace(traits={"web": WebChannel.traits}), "inbound": SimpleNamespace(channel="web")}
    turn: Any = SimpleNamespace(db=db, today=TODAY, actor=contact, **here)
    period = assessments.campaign_file(db, row).period
    return ItemFacts(turn, row, catalogue, entries.entry(catalogue, row.item), period, moved=False, by="")


def flow_of(item: str) -> Flow:
    kind, _, key = item.partition(".")
    return FLOWS[kind if key else "indicator"]


def answer_some(draw: st.DrawFn, db: Transaction, row: Any) -> None:
    """Walk through an item's questions, to the end or not so far, and keep what was answered as its conversation would."""
    flow, facts, draft = flow_of(row.item), facts_of(db, row.id), Draft()
    steps = draw(st.sampled_from((0, 1, 2, 3, 40, 40, 40)))
    for _ in range(steps):
        place = flow.walk(draft, facts)
        if place.current is None:
            break
        draft = flow.take(draft, place, place.current, value_for(draw, place.current))
    if steps == 0 and draw(st.booleans()):
        draft, state = Draft({entries.decides(facts.entry): "later"}), State.SKIPPED
    elif not draft.answers:
        return
    else:
        state = State.COMPLETE if flow.walk(draft, facts).current is None else State.DRAFT
    verdict = None if state == State.SKIPPED else verdict_of(row.item, draft.answers)
    answering.give(
        db, row.id, 0, key="verdict", value=None, values=draft.answers, verdict=verdict, state=state, person=CONTACT,
        post=None, channel="web", now=BEGINNING,
    )  # fmt: skip


def verdict_of(item: str, values: dict[str, Any]) -> str | None:
    """Written out once more, so that a slip in the product shows."""
    kind = item.partition(".")[0]
    if kind != "veto":
        return values.get("has" if kind == "bonus" else "verdict")
    said = {value for key, value in values.items() if key.removeprefix("case_").isdecimal()}
    return "has" if "has" in said else ("none" if said else None)


@contextmanager
def undone(engine: sa.Engine) -> Iterator[Transaction]:
    """A transaction of which nothing stays."""
    with engine.connect() as connection:
        db = Transaction(connection)
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        finally:
            db.forget()
            db.execute("ROLLBACK")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    the_words()
    place = tmp_path_factory.mktemp("moving") / "demo.sqlite3"
    place.write_bytes(demo_database().read_bytes())
    options: dict[str, Any] = {"poolclass": sa.pool.NullPool, "json_serializer": as_json}
    engine = sa.create_engine(f"sqlite:///{place}", connect_args={"isolation_level": None}, **options)
    leave_transactions_alone(engine)
    yield engine
    engine.dispose()


def begun(draw: st.DrawFn, db: Transaction) -> Any:
    """A self-assessment on the small catalogue, with some of it answered."""
    version, _ = moving.adopt(db, written(copy.deepcopy(SMALL)), BEGINNING)
    catalogue = campaigns.catalogue_of(db, version.id, version.sha256)
    assessments.begin(db, CAMPAIGN, PROVINCE, version.id, catalogue, CONTACT, BEGINNING)
    assessment: Any = assessments.of_bureau(db, PROVINCE)
    for row in assessments.all_items(db, assessment.id):
        answer_some(draw, db, row)
    return assessment


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_a_move_keeps_what_still_fits(engine: sa.Engine, data: st.DataObject) -> None:
    draw: Any = data.draw
    with undone(engine) as db:
        assessment = begun(draw, db)
        old = campaigns.catalogue_of(db, assessment.catalogue_id, assessment.sha256)
        before = {row.item: row for row in assessments.all_items(db, assessment.id)}
        versions = db.all(_VERSIONS)

        file = written(draw(edited(SMALL)))
        moving.adopt(db, file, BEGINNING)
        moved = moving.move(db, assessment.id, BEGINNING)
        if moved is None:
            return
        new = read_catalogue(file)
        rows = assessments.all_items(db, assessment.id)
        assert [row.item for row in rows] == entries.items_of(new)
        assert [row.position for row in rows] == list(range(1, len(rows) + 1))
        assert db.all(_VERSIONS)[: len(versions)] == versions
        _what_stayed_the_same_was_kept(old, new, before, {row.id: row for row in rows})
        was_complete = {row.id for row in before.values() if row.state == State.COMPLETE}
        for row in rows:
            _is_as_its_conversation_would_have_it(db, row)
            assert row.state != State.COMPLETE or row.id in was_complete
        tally = scoring.tally_of(db, assessments.of_bureau(db, PROVINCE))
        assert tally.total == len(new.indicators)
        indicators = rows[: tally.total]
        assert tally.met == sum((row.state, row.verdict) == (State.COMPLETE, Verdict.MET) for row in indicators)
        assert moved.kept == sum(row.state == State.COMPLETE for row in rows)
        owed = {row.item for row in rows if row.state == State.DRAFT}
        assert set(moved.again) <= owed


def _what_stayed_the_same_was_kept(old: Catalogue, new: Catalogue, before: Any, after: dict[int, Any]) -> None:
    names = {str(number): str(to) for number, (to, _) in same_indicator(old, new).items()}
    for item, row in before.items():
        name = names.get(item) if "." not in item else item
        if name is None or name not in entries.items_of(new):
            assert row.id not in after
            continue
        now, was, entry = after[row.id], entries.entry(old, item), entries.entry(new, name)
        assert was.text == entry.text or now.state != State.COMPLETE
        if carrying.asks_the_same(was, entry):
            same = ("values", "state", "verdict", "version", "person_id", "at")
            assert [now.item, *(getattr(now, key) for key in same)] == [name, *(getattr(row, key) for key in same)]


def _is_as_its_conversation_would_have_it(db: Transaction, row: Any) -> None:
    """A finished answer leaves nothing to ask, an unfinished one leaves something."""
    if row.state in (State.COMPLETE, State.DRAFT):
        asked = flow_of(row.item).walk(Draft(row.values), facts_of(db, row.id)).current
        assert (asked is None) == (row.state == State.COMPLETE), (row.item, row.values, asked and asked.key)
    expected = None if row.state == State.SKIPPED else verdict_of(row.item, row.values)
    assert row.verdict == expected


def test_every_conversation_about_an_item_is_moved() -> None:
    the_words()
    assert set(moving.FLOWS) == {name for name, flow in FLOWS.items() if flow.facts_of is facts_of_items}
