"""The plan of reminders: brought up to date at the start, on each new day, and after whatever moves dates."""

from __future__ import annotations

from typing import Any

from bot import reminding
from tests.chores import Case, Chore, moment

DEADLINE = moment("2026-09-09", "17:30")


def planned(case: Case) -> list[tuple[Any, ...]]:
    """What is to come: object, rung, state."""
    return case.world.rows("SELECT object_id, rung, state FROM reminder WHERE person_id = 0 ORDER BY object_id, due_at")


def astray(case: Case) -> list[int]:
    return case.process.assistant.look_alone(lambda turn: reminding.astray(turn, "chore"))


def laddered(chore: Chore) -> Chore:
    for day in ("2026-08-10", "2026-09-02", "2026-09-08"):
        chore.rung(moment(day))
    return chore


def test_the_first_tick_plans_what_is_to_come_and_nothing_of_what_is_over(reminded: Case) -> None:
    laddered(reminded.due.add("自评", DEADLINE, reminded.me))
    reminded.process.tick()
    assert planned(reminded) == [(1, "0902.0900", "pending"), (1, "0908.0900", "pending")]
    assert astray(reminded) == []


def test_planning_again_changes_nothing(reminded: Case) -> None:
    for number in range(3):
        laddered(reminded.due.add(str(number), DEADLINE, reminded.me))
    reminded.process.plan()
    before = reminded.world.rows("SELECT * FROM reminder")
    reminded.process.plan()
    assert reminded.world.rows("SELECT * FROM reminder") == before


def test_a_new_day_plans_anew(reminded: Case) -> None:
    reminded.process.tick()
    laddered(reminded.due.add("自评", DEADLINE, reminded.me))
    reminded.process.at("2026-08-19", "23:59")
    assert planned(reminded) == []
    reminded.process.at("2026-08-20", "00:00")
    assert len(planned(reminded)) == 2


def test_what_moves_is_due_at_its_new_time(reminded: Case) -> None:
    chore = laddered(reminded.due.add("自评", DEADLINE, reminded.me))
    reminded.process.plan()
    chore.rungs = [chore.rungs[1], chore.rungs[2].__class__("0908.0900", moment("2026-09-07"), *_rest(chore))]
    assert astray(reminded) == [1]
    reminded.process.plan()
    assert reminded.process.at("2026-09-02") != []
    assert reminded.process.at("2026-09-07") != []
    assert reminded.process.at("2026-09-08") == []


def _rest(chore: Chore) -> tuple[Any, ...]:
    rung = chore.rungs[2]
    return rung.deadline, rung.until, rung.urgent, rung.bureau_id, rung.provisional


def test_what_is_planned_no_more_is_dropped_and_what_went_out_stays(reminded: Case) -> None:
    chore = laddered(reminded.due.add("自评", DEADLINE, reminded.me))
    laddered(reminded.due.add("另一件", DEADLINE, reminded.me))
    reminded.process.plan()
    assert len(reminded.process.at("2026-09-02")) == 1
    chore.rungs.clear()
    del reminded.due.objects[2]
    reminded.due.objects[2] = Chore("另一件", DEADLINE, {reminded.me})
    reminded.process.plan()
    assert {state for _, _, state in planned(reminded)} == {"expanded"}


def test_what_fell_due_during_an_outage_is_not_dropped_by_planning_anew(reminded: Case) -> None:
    """A kind plans what is to come: of what was due meanwhile it may know nothing any more."""
    chore = laddered(reminded.due.add("自评", DEADLINE, reminded.me))
    reminded.process.plan()
    chore.rungs = chore.rungs[2:]
    assert len(reminded.process.at("2026-09-02", "10:00")) == 1


def test_one_object_can_be_planned_alone(reminded: Case) -> None:
    for number in range(2):
        laddered(reminded.due.add(str(number), DEADLINE, reminded.me))
    reminded.process.do(lambda turn: reminding.replan(turn, "chore", 2))
    assert {the_object for the_object, _, _ in planned(reminded)} == {2}


def test_a_rung_that_went_out_is_not_sent_again_when_it_is_planned_again(reminded: Case) -> None:
    chore = laddered(reminded.due.add("自评", DEADLINE, reminded.me))
    reminded.process.plan()
    reminded.process.at("2026-09-02")
    rungs, chore.rungs = chore.rungs, []
    reminded.process.plan()
    chore.rungs = rungs
    reminded.process.set("2026-09-01", "10:00")
    reminded.process.plan()
    assert reminded.process.at("2026-09-02") == []


def test_what_is_planned_for_the_hour_of_the_digest_moves_with_it(reminded: Case) -> None:
    laddered(reminded.due.add("自评", DEADLINE, reminded.me)).rung(moment("2026-09-08", "16:00"))
    reminded.process.plan()
    setting = (
        "INSERT INTO bureausetting (bureau_id, key, value, person_id, at) VALUES (4, 'digest_at', '\"10:30:00\"', 1, 0)"
    )
    reminded.process.do(lambda turn: turn.db.execute(setting))
    assert astray(reminded) == [1]
    reminded.process.plan()
    assert reminded.process.at("2026-09-02", "10:29") == []
    assert len(reminded.process.at("2026-09-02", "10:30")) == 1
    assert [rung for _, rung, state in planned(reminded) if state == "pending"] == ["0908.0900", "0908.1600"]


def test_a_digest_moved_to_an_hour_that_is_over_goes_out_at_once(reminded: Case) -> None:
    laddered(reminded.due.add("自评", DEADLINE, reminded.me))
    reminded.process.plan()
    reminded.process.set("2026-09-02", "08:45")
    setting = (
        "INSERT INTO bureausetting (bureau_id, key, value, person_id, at) VALUES (4, 'digest_at', '\"08:30:00\"', 1, 0)"
    )
    reminded.process.do(lambda turn: turn.db.execute(setting))
    reminded.process.plan()
    assert len(reminded.process.tick()) == 1
