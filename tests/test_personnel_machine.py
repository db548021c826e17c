"""Whatever people report, press, repeat and deliver late: quotas hold, no post overlaps itself, and the history is complete.

The same machine on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from models.people import Role
from tests.machine_worlds import CHANCE, Machine, on_postgres, on_sqlite, run
from tests.personnel_office import CAST, MOBILES, NEWCOMERS, SECTION, UNITS, PersonnelOffice, changes_of, days
from tests.world import text_of

NO_POST = "您目前没有在任的法治工作岗位"
FILED = ("filed", "in_effect")
ROUNDS = 4
STEPS = ("确认推荐", "备案", "修改后再报", "退回", "撤回")


class Personnel(Machine):
    """People at their phones, in any order."""

    offices = PersonnelOffice
    cast = CAST
    counted = ("post", "outgoing", "auditentry", "personnelchange")

    @initialize(chance=CHANCE)
    def a_week_of_work(self, chance: Random) -> None:
        """What is drawn is mostly short: there is to be something that it meets."""
        scenes = (self.a_place_is_filled_again, self.somebody_comes_back, self.the_section_leaves)
        for scene in chance.sample(scenes, len(scenes)):
            scene(chance)
            self.quotas_hold_unless_the_section_said_why_not()
            self.somebody_is_left_to_file()
            self.no_post_overlaps_itself()
        for _ in range(ROUNDS):
            for who in chance.sample(CAST, 2):
                self.reports(who=who, chance=chance)
            self.whoever_is_asked_acts(chance=chance)
            if chance.random() < 0.4:
                self.the_section_takes_back_what_it_filed(who=chance.choice(SECTION), chance=chance)
            self.office.world.clock.pass_(days=2)
            self.office.world.tick()

    def a_place_is_filled_again(self, chance: Random) -> None:
        """What freed it is then to be taken back: there would be too many."""
        unit, section = chance.choice(UNITS), chance.choice(SECTION)
        self.office.leaves(section, unit, f"{unit}法治员", "后天")
        self.office.joins(section, unit, "法治员", chance.choice(("后天", "9月1日")), NEWCOMERS[0])
        self.office.takes_back(chance.choice(SECTION), f"{unit}法治员")

    def somebody_comes_back(self, chance: Random) -> None:
        """What ended the first post is then to be taken back: there would be two at once."""
        unit, section = chance.choice(UNITS), chance.choice(SECTION)
        called = f"{unit}法治联络员"
        self.office.leaves(section, unit, called, "后天")
        self.office.joins(section, unit, "法治联络员", "10月9日", MOBILES[called])
        self.office.takes_back(chance.choice(SECTION), called)

    def the_section_leaves(self, chance: Random) -> None:
        """One after the other, on days that lie ahead: the last cannot."""
        for called in chance.sample(SECTION, 2):
            self.office.leaves(chance.choice(SECTION), "法制科", called, chance.choice(("9月1日", "10月9日")))

    @rule(who=st.sampled_from(CAST), chance=CHANCE)
    def reports(self, who: str, chance: Random) -> None:
        self.office.deliver(who, text="取消")
        self.office.deliver(who, text="人员变动")
        self.office.go_on(who, chance, 25)

    @rule(chance=CHANCE)
    def whoever_is_asked_acts(self, chance: Random) -> None:
        for who in chance.sample(CAST, len(CAST)):
            self.office.take_up(who)
            steps = STEPS if chance.random() < 0.2 else STEPS[:-1]
            offered = [label for label in steps if label in self.office.phones[who].labels()]
            if offered:
                self.office.press(who, offered[0] if chance.random() < 0.75 else offered[-1])
                self.office.go_on(who, chance, 6)

    @rule(who=st.sampled_from(SECTION), chance=CHANCE)
    def the_section_takes_back_what_it_filed(self, who: str, chance: Random) -> None:
        self.office.deliver(who, text="取消")
        self.office.deliver(who, text="待生效变动")
        listed = [label for label in self.office.phones[who].labels() if label.startswith("第")]
        if listed and self.office.press(who, chance.choice(listed)) and self.office.press(who, "撤回备案"):
            self.office.go_on(who, chance, 2)

    @rule(days=st.integers(0, 6), runs=st.booleans())
    def time_passes(self, days: int, runs: bool) -> None:
        self.office.world.clock.pass_(days=days, hours=1)
        if runs:
            self.office.world.tick()
            due = [one for one in changes_of(self.office) if one["effective_on"] <= self.office.today]
            assert {one["state"] for one in due} & {"filed"} == set()

    @invariant()
    def nothing_broke(self) -> None:
        assert self.office.rows("SELECT poison FROM delivery WHERE poison IS NOT NULL") == []

    @invariant()
    def quotas_hold_unless_the_section_said_why_not(self) -> None:
        posts = self.office.posts()
        excepted = {one["unit_id"] for one in changes_of(self.office) if one["exception"]}
        for day in days(self.office, posts):
            held = Counter(
                (unit, role)
                for _, _, unit, role, starts, ends in posts
                if starts <= day and (ends is None or ends > day)
            )
            over = {key for key, most in self.office.most.items() if held[key] > most and key[0] not in excepted}
            assert over == set(), day

    @invariant()
    def somebody_is_left_to_file(self) -> None:
        posts = [post for post in self.office.posts() if post[3] == Role.LEGAL_SECTION]
        section = [post for post in posts if post[2] == self.unit_of("法制科")]
        for day in days(self.office, section):
            if day >= self.office.today:
                assert any(starts <= day and (ends is None or ends > day) for *_, starts, ends in section), day

    @invariant()
    def no_post_overlaps_itself(self) -> None:
        alike: dict[Any, list[Any]] = defaultdict(list)
        never = self.taken_back()
        for post, person, unit, role, starts, ends in self.office.posts():
            assert (ends == starts) == (post in never)
            assert ends is None or ends >= starts
            if post not in never:
                alike[person, unit, role].append((starts, ends))
        for terms in alike.values():
            terms.sort()
            assert all(ends is not None and ends <= begins for (_, ends), (begins, _) in pairwise(terms))

    @invariant()
    def no_rights_without_a_post(self) -> None:
        for called, phone in self.office.phones.items():
            if not self.office.may_write(called):
                before = self.office.rows("SELECT count(*) FROM auditentry")
                assert NO_POST in text_of(phone.deliver(text="人员变动"))
                assert self.office.rows("SELECT count(*) FROM auditentry") == before

    @invariant()
    def the_history_is_complete(self) -> None:
        changes = {one["id"]: one for one in changes_of(self.office)}
        lines = self.office.rows("SELECT change_id, post_id, begun_id, successor_id, open FROM changedpost")
        filed = [line for line in lines if changes[line[0]]["state"] in FILED]
        begun = {begun: changes[change]["effective_on"] for change, _, begun, _, _ in filed if begun is not None}
        ended = {post: changes[change]["effective_on"] for change, post, _, _, _ in filed if post is not None}
        posts = self.office.posts()
        never = self.taken_back()
        assert {post[0]: post[4] for post in posts if post[0] not in self.office.before | never} == begun
        assert {post[0]: post[5] for post in posts if post[5] is not None and post[0] not in never} == ended
        waiting = [post for change, post, _, _, is_open in lines if is_open and post is not None]
        assert len(waiting) == len(set(waiting))
        assert {change for change, *_, is_open in lines if is_open} <= {
            the_id for the_id, one in changes.items() if one["state"] not in (*FILED, "withdrawn")
        }

    @invariant()
    def every_step_is_in_the_audit(self) -> None:
        noted = Counter(dict(self.office.rows(
            "SELECT object_id, count(*) FROM auditentry WHERE object = 'personnel' GROUP BY object_id")))  # fmt: skip
        assert noted == Counter({one["id"]: one["version"] + 1 for one in changes_of(self.office)})

    @invariant()
    def nothing_of_others_is_kept_once_it_is_settled(self) -> None:
        for one in changes_of(self.office):
            if one["state"] in (*FILED, "withdrawn"):
                assert one["answers"] == {}

    def taken_back(self) -> set[int]:
        """The posts that changes were to begin which have been taken back."""
        return {row[0] for row in self.office.rows(
            "SELECT l.begun_id FROM changedpost l JOIN personnelchange c ON c.id = l.change_id "
            "WHERE c.state = 'withdrawn' AND l.begun_id IS NOT NULL")}  # fmt: skip

    def unit_of(self, name: str) -> int:
        return int(self.office.rows(
            f"SELECT u.id FROM unit u JOIN bureau b ON b.id = u.bureau_id WHERE u.name = '{name}' AND b.name = '示范区人社局'"
        )[0][0])  # fmt: skip


def test_on_sqlite() -> None:
    run(Personnel, on_sqlite, 12)


def test_on_postgres(postgres_server: Path) -> None:
    run(Personnel, on_postgres(postgres_server, "personnel"), 3)
