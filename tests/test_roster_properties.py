"""Whatever roster files say: bringing one in twice is bringing it in once, and the order of its rows does not matter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.roster import imports
from models.roster.rows import Parsed
from tests.sample_rosters import HOME, somebody
from tests.test_roster import Registry
from tests.world import World

Row = dict[str, Any]

# Few values, so that the same numbers, names and accounts meet again and again.
ROWS = st.builds(
    lambda unit, name, mobile, roles, title, account, starts, bureau: somebody(
        unit, name, mobile, "、".join(roles), 职务=title, 企业微信账号=account, 任职日期=starts, 局=bureau
    ),
    unit=st.sampled_from(["信访科", "工会", "劳动监察大队"]),
    name=st.sampled_from(["甲", "乙", "丙"]),
    mobile=st.sampled_from([f"1380000000{n}" for n in range(5)]),
    roles=st.lists(st.sampled_from(["法治员", "法治联络员", "部门负责人"]), min_size=1, max_size=2, unique=True),
    title=st.sampled_from(["科员", "科长"]),
    account=st.sampled_from([None, None, None, "a", "b"]),
    starts=st.sampled_from([None, "2024-01-01", "2026-12-01"]),
    bureau=st.sampled_from([HOME, HOME, HOME, "临港县人社局", "无此局"]),
)
FILES = st.lists(ROWS, max_size=6)
BUREAUS = st.lists(
    st.tuples(
        st.sampled_from(["甲局", "乙局", "临港县人社局"]), st.sampled_from(["省", "市", "县区"]),
        st.sampled_from(["", "甲局", "乙局", "示范省人社厅", "东江市人社局"]),
    ),
    max_size=3,
)  # fmt: skip
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def state(world: World) -> list[Any]:
    """Everything that an import can change, without ids."""
    bureaus = "SELECT b.name, b.level, a.name FROM bureau b LEFT JOIN bureau a ON a.id = b.parent_id"
    units = "SELECT b.name, u.name, u.kind FROM unit u JOIN bureau b ON b.id = u.bureau_id"
    people = "SELECT name, title, mobile, wecom_id, qualification, education FROM person"
    posts = (
        "SELECT p.name, p.mobile, b.name, u.name, o.role, o.starts_on, o.ends_on FROM post o"
        " JOIN person p ON p.id = o.person_id JOIN unit u ON u.id = o.unit_id JOIN bureau b ON b.id = u.bureau_id"
    )
    return [sorted(world.rows(sql), key=repr) for sql in (bureaus, units, people, posts)]


def after(files: Sequence[tuple[Sequence[Row], Sequence[Any]]]) -> tuple[list[Any], list[int]]:
    """The state after files were brought in one by one, wrong rows left out; and how many rows of each were wrong."""
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        world = World(Path(folder))
        try:
            registry = Registry(world)
            wrong = [registry.bring(people, bureaus, skip_wrong=True).wrong_rows for people, bureaus in files]
            return state(world), wrong
        finally:
            world.close()


@FEW
@given(first=FILES, second=FILES, bureaus=BUREAUS)
def test_bringing_a_file_in_twice_is_bringing_it_in_once(
    first: list[Row], second: list[Row], bureaus: list[Any]
) -> None:
    once, twice = after([(first, []), (second, bureaus)]), after([(first, []), (second, bureaus), (second, bureaus)])
    assert twice[0] == once[0]
    assert twice[1][1] == twice[1][2], "what was wrong stays wrong"


@FEW
@given(first=FILES, second=FILES, bureaus=BUREAUS, data=st.data())
def test_the_order_of_rows_does_not_matter(
    first: list[Row], second: list[Row], bureaus: list[Any], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(second)), data.draw(st.permutations(bureaus))
    assert after([(first, []), (second, bureaus)]) == after([(first, []), shuffled])


@FEW
@given(people=FILES, bureaus=BUREAUS)
def test_a_plan_is_exact_about_what_it_does(people: list[Row], bureaus: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        try:
            registry = Registry(world)
            before = {table: registry.count(table) for table in ("bureau", "unit", "person", "post")}
            plan = registry.bring(people, bureaus, skip_wrong=True)
            made = {"bureau": plan.bureaus, "unit": plan.units, "person": plan.people, "post": plan.posts}
            assert {table: registry.count(table) - before[table] for table in before} == {
                table: len(part.new) for table, part in made.items()
            }
            again = registry.plan(people, bureaus)
            assert not again.changes
            assert again.summary()["faults"] == plan.summary()["faults"]
        finally:
            world.close()


@FEW
@given(people=FILES, bureaus=BUREAUS)
def test_what_was_read_comes_back_from_the_database_as_it_was(people: list[Row], bureaus: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        try:
            parsed: Parsed = Registry(world).read(people, bureaus)
            own = world.rows("SELECT id FROM bureau WHERE name = ?", HOME)[0][0]

            def kept(db: Any) -> Parsed | None:
                the_id = imports.begin(db, own, world.person("法制科科长"), world.clock.now())
                imports.put_parsed(db, the_id, imports.as_json(parsed))
                return imports.parsed_of(db, the_id)

            assert world.database.write(kept).result() == parsed
        finally:
            world.close()
