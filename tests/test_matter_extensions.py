"""A wish for more time: whether it waits, rests or has lapsed follows from its matter, one at a time and all at once alike."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from bot.clock import day_of
from models.db import Transaction
from models.matters import assignments, extensions, matters, suspensions, waiting
from models.matters.assignments import TO_WRITE
from models.matters.assignments import State as Part
from models.matters.extensions import Asked
from models.matters.matters import State
from tests.sample_matters import REVIEWER, matter
from tests.test_concurrency import crowd  # noqa: F401  (a fixture)
from tests.world import BEGINNING, World

TODAY = day_of(BEGINNING)


@pytest.mark.parametrize("answered", [None, Asked.GRANTED, Asked.REFUSED])
def test_what_becomes_of_it_follows_from_the_matter(crowd: World, answered: Asked | None) -> None:  # noqa: F811
    the_id = matter(crowd.database, BEGINNING)
    who = crowd.person(REVIEWER)

    def ask(db: Transaction) -> int:
        row: Any = matters.by_id(db, the_id)
        (part,) = assignments.of_matter(db, the_id)
        wish = extensions.ask(db, part, row.due_on + timedelta(days=3), "材料多", who, BEGINNING)
        if answered is not None:
            extensions.decide(db, extensions.by_id(db, wish), answered, who, BEGINNING)
        return wish

    wish = crowd.database.write(ask).result()
    for state, part_state, later in product(State, Part, (0, 3)):

        def stand(db: Transaction, state: State = state, to: Part = part_state, later: int = later) -> None:
            row: Any = matters.by_id(db, the_id)
            asked: Any = extensions.by_id(db, wish)
            due = asked.until - timedelta(days=3 - later)
            matters.move(db, row, state, who, BEGINNING, due_on=due)
            (part,) = assignments.of_matter(db, the_id)
            assignments.move(db, part, to, who, BEGINNING)

        crowd.database.write(stand).result()
        wanted = answered is None and part_state in TO_WRITE and not later
        waits, rests = wanted and state is State.WORKING, wanted and state is State.SUSPENDED
        one, listed, together = crowd.database.read(
            lambda db: (extensions.pending(db, the_id), extensions.of_matter(db, the_id), extensions.all_pending(db))
        )
        assert (one is not None) == waits
        assert bool(listed[0].lapsed) == (answered is None and not waits and not rests)
        assert set(together) == ({the_id} if waits else set())


def test_what_is_read_of_all_matters_at_once_is_what_is_read_of_each(crowd: World) -> None:  # noqa: F811
    who = crowd.person(REVIEWER)
    ids = [matter(crowd.database, BEGINNING) for _ in range(4)]

    def stand(db: Transaction) -> None:
        for place, the_id in enumerate(ids):
            row: Any = matters.by_id(db, the_id)
            (part,) = assignments.of_matter(db, the_id)
            if place % 2:
                suspensions.begin(db, row, "补充材料", who, TODAY, BEGINNING)
            if place > 1:
                for days in (2, 4):
                    extensions.ask(db, part, row.due_on + timedelta(days=days), "材料多", who, BEGINNING)
            if place == 3:
                suspensions.end(db, row, who, TODAY, BEGINNING)
                suspensions.begin(db, row, "还要材料", who, TODAY, BEGINNING)

    crowd.database.write(stand).result()

    def look(db: Transaction) -> None:
        lasting, pending = suspensions.all_lasting(db), extensions.all_pending(db)
        tasks = waiting.tasks(db)
        for the_id in ids:
            assert lasting.get(the_id) == suspensions.lasting(db, the_id)
            assert pending.get(the_id) == extensions.pending(db, the_id)
            assert [one for one in tasks if one.matter_id == the_id] == waiting.tasks_of(db, the_id)

    crowd.database.read(look)
