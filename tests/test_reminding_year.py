"""A year of reminders, simulated: campaigns, changes of staff, answers, outages, whatever comes; every rule of DOMAIN 6 holds."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
from sqlmodel import col, select

from bot.clock import ZONE, day_of, local
from bot.reminding import telling
from bot.turn import Turn
from models import assessments, campaigns, ladder, posts, reminders
from models.calendar import Calendar
from models.campaign_files import read_campaign
from models.db import Transaction
from models.demo import CATALOGUE
from models.people import Person
from tests.chores import Case, Chore, Process, case, moment, on_the_page
from tests.dialogue_played import scratch
from tests.dialogue_screens import all_words
from tests.reminding_rules import Witness, check, leader_of
from tests.world import BEGINNING, World

DAYS = 365
STEP = timedelta(minutes=20)
CALENDAR = Calendar()
FILE = read_campaign((CATALOGUE / "campaign-2022.yaml").read_bytes())
CAMPAIGNS = (moment("2026-09-09", "17:30"), moment("2027-06-10", "17:30"))


class Year:
    """What happens in it, by chance."""

    def __init__(self, made: Case, seed: int) -> None:
        self.case, self.process, self.due = made, made.process, made.due
        self.chance = random.Random(seed)
        self.witness = Witness(made.process)
        everybody = made.world.database.read(
            lambda db: list(db.session.exec(select(Person.id).order_by(col(Person.id))))
        )
        self.people = everybody[:60]
        on_the_page(made.world, *self.people)
        self.gone: set[int] = set()
        self.outages = sorted(self._outages())

    def live(self) -> None:
        """Go from moment to moment: what is due, what happens, and every 20 minutes of the day."""
        for deadline in CAMPAIGNS:
            self._campaign(deadline)
        now, end = BEGINNING, BEGINNING + timedelta(days=DAYS)
        day = None
        while now < end:
            self.case.world.clock._now = now
            if not self._is_down(now):
                self.witness.see(self.process.tick())
            if day != (day := day_of(now)):
                self._morning(day)
            self._meanwhile()
            now = self._next(now)

    def _next(self, now: datetime) -> datetime:
        here = local(now)
        following = now + STEP
        if not time(7, 30) <= here.time() < time(21, 30):
            day = here.date() + timedelta(days=here.time() >= time(21, 30))
            following = datetime.combine(day, time(7, 30), ZONE)
        due = self.case.world.database.read(reminders.next_moment)
        return min(following, due) if due is not None and due > now else following

    def _campaign(self, deadline: datetime) -> None:
        """Ten bureaus' worth of people, each with the ladder of the real file."""
        steps = [
            *ladder.before(FILE.reminders, day_of(deadline), deadline, CALENDAR),
            *ladder.after(FILE.overdue.at, day_of(deadline), CALENDAR),
        ]
        for number in range(10):
            chore = self.due.add(f"{deadline:%Y}年自评{number}", deadline, *self.chance.sample(self.people, 8))
            for step in steps:
                chore.rung(step.due_at, urgent=step.urgent, until=step.until, provisional=step.provisional)

    def _morning(self, day: date) -> None:
        """Now and then something new with a deadline of its own; somebody leaves, somebody comes back."""
        if self.chance.random() < 0.3:
            self._matter(day)
        if self.chance.random() < 0.1:
            who = self.chance.choice(self.people)
            self.gone ^= {who}
            ends = f"'{day}'" if who in self.gone else "NULL"
            self.process.do(lambda turn: turn.db.execute(f"UPDATE post SET ends_on = {ends} WHERE person_id = {who}"))

    def _matter(self, day: date) -> None:
        deadline = moment(day + timedelta(days=self.chance.randint(2, 20)), "17:30")
        chore = self.due.add("审核", deadline, *self.chance.sample(self.people, self.chance.randint(1, 15)))
        for _ in range(self.chance.randint(1, 6)):
            self._rung(chore, deadline)
        for count in (1, 2):
            chore.rung(moment(CALENDAR.after(day_of(deadline), count)), urgent=True)
        self.process.plan()

    def _rung(self, chore: Chore, deadline: datetime) -> None:
        days, hour, minute = (
            self.chance.choice((0, 1, 1, 2, 8)),
            self.chance.randint(7, 22),
            self.chance.choice((0, 20)),
        )
        due_at = moment(day_of(deadline) - timedelta(days=days), f"{hour:02}:{minute:02}")
        if due_at < deadline and all(rung.due_at != due_at for rung in chore.rungs):
            chore.rung(due_at, urgent=days <= 1)

    def _meanwhile(self) -> None:
        """People answer, things are returned, told in passing, put off by those who were reminded; dates move."""
        dice = self.chance.random()
        open_ones = [number for number, chore in self.due.objects.items() if chore.owing]
        if dice < 0.03 and open_ones:
            chore = self.due.objects[self.chance.choice(open_ones)]
            chore.owing.discard(self.chance.choice(sorted(chore.owing)))
        elif dice < 0.06:
            number = self.chance.choice(open_ones) if open_ones and self.chance.random() < 0.5 else None
            whom = sorted(self.due.objects[number].owing)[:2] if number else self.chance.sample(self.people, 2)
            self.witness.see(self.process.tell(*whom, of=("chore", number) if number else None))
        elif dice < 0.08:
            self.process.news(*self.chance.sample(self.people, 3))
        elif dice < 0.11 and self.witness.sent:
            self._put_off()

    def _put_off(self) -> None:
        _, row = self.chance.choice(self.witness.sent[-10:])
        leader = leader_of(row)

        def work(turn: Turn) -> None:
            held = posts.held(turn.db, row.person_id or 0, turn.today)
            rows = telling.about(turn, reminders.told_in(turn.db, leader))
            if held and rows:
                hours = telling.Knowledge(turn).hours(held[0].bureau_id)
                offers = list(hours.offers(turn.now, telling.deadline(turn, rows)))
                telling.again(turn, rows, self.chance.choice(offers)[1])

        self.process.do(work)

    def _outages(self) -> Iterator[tuple[datetime, datetime]]:
        for _ in range(12):
            begins = BEGINNING + timedelta(minutes=self.chance.randint(0, DAYS * 24 * 60))
            yield begins, begins + self.chance.choice((timedelta(hours=3), timedelta(hours=20), timedelta(days=3)))
        for deadline in CAMPAIGNS:
            yield deadline - timedelta(hours=10), deadline - timedelta(hours=5)

    def _is_down(self, now: datetime) -> bool:
        return any(begins <= now < ends for begins, ends in self.outages)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_rule_holds_for_a_year(seed: int) -> None:
    with scratch() as folder, case(World(folder, all_words())) as made:
        year = Year(made, seed)
        year.live()
        messages, rows = year.witness.messages(), year.witness.rows()
        check(messages, rows, CALENDAR, made.world.clock.now())
    states = Counter(row.state for row in rows)
    assert len(messages) > 1500
    assert all(states[state] > 3 for state in ("expanded", "sent", "merged", "void", "missed")), states
    assert sum(one.is_digest for one in messages) > 500


class RealYear:
    """The demo bureaus through the year: the campaign of 2026 and the next, the reports of the new year."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.process, self.chance = world, Process(world), random.Random(seed)
        self.witness = Witness(self.process)
        self.bureaus = {name: id_ for id_, name in world.rows("SELECT id, name FROM bureau WHERE level <> 'province'")}

    def live(self) -> None:
        """Every moment at which something is due, and the beginning and the middle of each day."""
        begins, ends = BEGINNING, BEGINNING + timedelta(days=DAYS)
        down = [
            (moment("2026-09-04", "08:30"), moment("2026-09-04", "15:00")),
            (moment("2027-06-03"), moment("2027-06-06")),
        ]
        now = begins
        while now < ends:
            self.world.clock._now = now
            if not any(first <= now < last for first, last in down):
                self.witness.see(self.process.tick())
            self._meanwhile(now)
            due = self.world.database.read(reminders.next_moment)
            following = now + timedelta(hours=6)
            now = min(following, due) if due is not None and due > now else following
        self.process.close()

    def _meanwhile(self, now: datetime) -> None:
        near = any(timedelta(0) < deadline - now < timedelta(days=12) for deadline in CAMPAIGNS)
        if now == BEGINNING + timedelta(days=270):
            self.world.database.write(self._next_round).result()
        if near and self.chance.random() < 0.4:
            self._answers(self.chance.choice(sorted(self.bureaus)))
        if self.chance.random() < 0.01:
            who = self.chance.randint(1, 80)
            ends = self.chance.choice(("NULL", f"'{day_of(now)}'"))
            self.process.do(lambda turn: turn.db.execute(f"UPDATE post SET ends_on = {ends} WHERE person_id = {who}"))

    def _next_round(self, db: Transaction) -> None:
        """The same campaign half a year later than usual, so that it falls within the year."""
        old = campaigns.newest(db)
        assert old is not None
        dates = re.sub(r"(2022)-(\d\d)-", lambda found: f"2022-{max(1, int(found[2]) - 3):02}-", old.source)
        campaign = campaigns.load_campaign(db, dates.encode(), old.years + 1, old.catalogue_id)
        for bureau in self.bureaus.values():
            before = assessments.of_bureau(db, bureau)
            assert before is not None
            assessments.begin_now(db, campaign, bureau, before.contact_id, self.world.clock.now())

    def _answers(self, bureau: str) -> None:
        assessment = self.world.database.read(lambda db: assessments.of_bureau(db, self.bureaus[bureau]))
        if assessment is None or assessment.submitted_at is not None:
            return
        change = self.chance.choice((
            "UPDATE answer SET state = 'complete', verdict = 'na', at = 0, version = 1 WHERE assessment_id = {} AND position % 3 = {}",
            "UPDATE answer SET state = 'returned', comment = '请补' WHERE assessment_id = {} AND state = 'complete' AND position % 7 = {}",
            "UPDATE selfassessment SET submitted_at = 1 WHERE id = {} AND {} = 2",
        )).format(assessment.id, self.chance.randint(0, 2))  # fmt: skip
        self.process.do(lambda turn: turn.db.execute(change))


def test_every_rule_holds_for_a_year_of_the_product() -> None:
    with scratch() as folder:
        world = World(folder, all_words())
        year = RealYear(world, 3)
        year.live()
        messages, rows = year.witness.messages(), year.witness.rows()
        check(messages, rows, CALENDAR, world.clock.now())
        world.close()
    assert {row.kind for row in rows} == {"campaign", "yearly", "vacancy", "vacancies"}
    assert len({row.deadline for row in rows if row.kind == "campaign"}) >= 3
    assert len(messages) > 200
