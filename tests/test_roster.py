"""Comparing a roster file with what is stored, and writing what comes of it: nothing twice, nothing lost, nobody mistaken."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.roster import files, planning, writing
from models.roster.plans import Plan
from models.roster.rows import BUREAUS, PEOPLE, Choice, Parsed
from models.roster.writing import By
from tests import postgres, sample_rosters
from tests.sample_rosters import HOME, somebody
from tests.test_concurrency import PostgresWorld
from tests.world import World

TODAY = date(2026, 8, 19)
OPERATOR = By(None, None, "command")

People = Iterable[Mapping[str, Any]]
Rows = Iterable[Sequence[Any]]


class Registry:
    """A world's roster, and files that are brought into it."""

    def __init__(self, world: World) -> None:
        self.world = world

    def read(self, people: People = (), bureaus: Rows = ()) -> Parsed:
        place = self.world.folder / "roster.xlsx"
        place.write_bytes(sample_rosters.roster(people, bureaus))
        return files.read(place, TODAY)

    def plan(self, people: People = (), bureaus: Rows = (), scope: int | None = None) -> Plan:
        parsed = self.read(people, bureaus)
        return self.world.database.read(lambda db: planning.plan(db, parsed, scope, TODAY))

    def bring(
        self, people: People = (), bureaus: Rows = (), *, skip_wrong: bool = False, only: Sequence[Choice] = ()
    ) -> Plan:
        """Import a file by the operator's hand; the plan that was carried out."""
        parsed = self.read(people, bureaus)
        return self.bring_parsed(parsed.only(only) if only else parsed, skip_wrong=skip_wrong)

    def bring_parsed(self, parsed: Parsed, *, skip_wrong: bool = False) -> Plan:
        def work(db: Any) -> Plan:
            writing.hold(db)
            plan = planning.plan(db, parsed, None, TODAY)
            writing.apply(db, plan, self.world.clock.now(), OPERATOR, skip_wrong=skip_wrong)
            return plan

        return self.world.database.write(work).result()

    def person(self, mobile: str) -> Any:
        """Who has a mobile: id, name, title, wecom_id, qualification, education."""
        columns = "id, name, title, wecom_id, qualification, education"
        found = self.world.rows(f"SELECT {columns} FROM person WHERE mobile = '{mobile}'")
        return found[0] if found else None

    def posts(self, mobile: str) -> list[Any]:
        """The posts of whoever has a mobile: unit, role, from, to."""
        sql = (
            "SELECT unit.name, post.role, post.starts_on, post.ends_on FROM post JOIN unit ON unit.id = post.unit_id"
            f" JOIN person ON person.id = post.person_id WHERE mobile = '{mobile}' ORDER BY post.id"
        )
        return [(unit, role, str(starts), ends and str(ends)) for unit, role, starts, ends in self.world.rows(sql)]

    def run(self, sql: str) -> None:
        self.world.database.write(lambda db: db.execute(sql)).result()

    def count(self, table: str) -> int:
        return int(self.world.rows(f"SELECT count(*) FROM {table}")[0][0])


@pytest.fixture
def registry(world: World) -> Registry:
    return Registry(world)


@pytest.fixture(params=["sqlite", "postgres"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    """On both databases."""
    if request.param == "sqlite":
        world: World = World(tmp_path)
    else:
        folder = request.getfixturevalue("postgres_server")
        world = PostgresWorld(tmp_path, postgres.fresh_copy(folder, f"r{abs(hash(request.node.name))}"))
    yield Registry(world)
    world.close()


def codes(plan: Plan) -> list[tuple[str, int, str, str]]:
    return [(fault.sheet, fault.row, fault.column, fault.code) for fault in plan.faults]


def notes(plan: Plan) -> list[tuple[int, str]]:
    return [(warning.row, warning.code) for warning in plan.warnings]


def counts(plan: Plan) -> dict[str, list[int]]:
    found: dict[str, list[int]] = plan.summary()["counts"]
    return found


NEW_TREE = [("平湖县人社局", "县区", "平安市人社局"), ("平安市人社局", "市", "平安省人社厅"), ("平安省人社厅", "省", ""),
            ("海岛县人社局", "县区", "平安省人社厅")]  # fmt: skip
"""Children before parents, and a county without a city above it."""


def test_bureaus_units_people_and_posts_are_made(anywhere: Registry) -> None:
    people = [
        somebody("信访科", "甲", "13800000001", "法治员、部门负责人", 局="平湖县人社局", 任职日期="2024-01-01"),
        somebody("服务中心", "甲", "13800000001", "法治联络员", 局="平湖县人社局", 部门类别="局属单位"),
        somebody("信访科", "乙", "13800000002", "法治联络员", 局="海岛县人社局", 企业微信账号="yi", 学历专业="本科"),
    ]
    plan = anywhere.bring(people, NEW_TREE)
    assert plan.faults == ()
    assert counts(plan) == {"bureaus": [4, 0, 0], "units": [3, 0, 0], "people": [2, 0, 0], "posts": [4, 0, 0]}
    tree = anywhere.world.rows(
        "SELECT b.name, b.level, a.name FROM bureau b LEFT JOIN bureau a ON a.id = b.parent_id"
        " WHERE b.name LIKE '平%' OR b.name LIKE '海%'"
    )
    assert set(tree) == {
        ("平安省人社厅", "province", None), ("平安市人社局", "city", "平安省人社厅"),
        ("平湖县人社局", "county", "平安市人社局"), ("海岛县人社局", "county", "平安省人社厅"),
    }  # fmt: skip
    assert anywhere.person("13800000002")[1:] == ("乙", "科员", "yi", None, "本科")
    assert sorted(anywhere.posts("13800000001")) == [
        ("信访科", "head", "2024-01-01", None), ("信访科", "legal_officer", "2024-01-01", None),
        ("服务中心", "liaison", "2026-08-19", None),
    ]  # fmt: skip


def test_importing_again_changes_nothing(anywhere: Registry) -> None:
    people = [
        somebody("信访科", "甲", "13800000001", 任职日期="2024-01-01"),
        somebody("信访科", "乙", "13800000002", "负责人"),
    ]
    anywhere.bring(people)
    tables = ("bureau", "unit", "person", "post", "auditentry")
    before = [anywhere.count(table) for table in tables]
    anywhere.world.clock.pass_(days=3)
    plan = anywhere.bring(people)
    assert not plan.changes
    assert counts(plan) == {"bureaus": [0, 0, 0], "units": [0, 0, 1], "people": [0, 0, 2], "posts": [0, 0, 2]}
    assert [anywhere.count(table) for table in tables] == before


def test_people_are_known_by_account_else_mobile_else_unit_and_name(registry: Registry) -> None:
    registry.bring([
        somebody("信访科", "甲", "13800000001", 企业微信账号="jia"), somebody("信访科", "乙", "13800000002", "负责人"),
        somebody("信访科", "丙", "13800000003", "联络员"),
    ])  # fmt: skip
    ids = [registry.person(f"1380000000{n}")[0] for n in (1, 2, 3)]
    plan = registry.bring([
        somebody("信访科", "甲", "13800000011", 企业微信账号="jia"), somebody("工会", "乙", "13800000002", 职务="科长"),
        somebody("信访科", "丙", "13800000013", "联络员", 法律职业资格="有"),
    ])  # fmt: skip
    assert [registry.person(mobile)[0] for mobile in ("13800000011", "13800000002", "13800000013")] == ids
    assert plan.people.columns == {"mobile": 2, "title": 1, "qualification": 1}
    assert registry.posts("13800000002") == [
        ("信访科", "head", "2026-08-19", None), ("工会", "legal_officer", "2026-08-19", None),
    ]  # fmt: skip


def test_what_a_file_leaves_empty_stays(registry: Registry) -> None:
    full = somebody(
        "信访科", "甲", "13800000001", 企业微信账号="jia", 法律职业资格="有", 学历专业="本科", 任职日期="2024-01-01"
    )
    registry.bring([full])
    assert not registry.bring([somebody("信访科", "甲", "13800000001")]).changes
    assert registry.person("13800000001")[3:] == ("jia", "有", "本科")


def test_two_may_exchange_their_numbers_and_accounts(anywhere: Registry) -> None:
    anywhere.bring([somebody("信访科", "甲", "13800000001"), somebody("信访科", "乙", "13800000002", "负责人")])
    before = anywhere.person("13800000001")[0], anywhere.person("13800000002")[0]
    plan = anywhere.bring([somebody("信访科", "甲", "13800000002"), somebody("信访科", "乙", "13800000001", "负责人")])
    assert (plan.faults, plan.warnings) == ((), ())
    assert (anywhere.person("13800000002")[0], anywhere.person("13800000001")[0]) == before


def test_a_misspelt_name_is_put_right_and_pointed_out(registry: Registry) -> None:
    registry.bring([somebody("信访科", "王晓", "13800000001")])
    plan = registry.bring([somebody("信访科", "王小", "13800000001")])
    assert notes(plan) == [(2, "renamed")]
    assert plan.warnings[0].params == {"before": "王晓", "after": "王小"}
    assert registry.person("13800000001")[1] == "王小"


@pytest.mark.parametrize(
    "people",
    [
        [somebody("工会", "乙", "13800000001")],  # another unit
        [somebody("信访科", "乙", "13800000001", "负责人")],  # somebody known there by that name
        [somebody("信访科", "丙", "13800000001"), somebody("信访科", "甲", "13800000009")],  # the holder is in the file
    ],
)
def test_nobody_is_turned_into_another_by_a_number(registry: Registry, people: list[Mapping[str, Any]]) -> None:
    registry.bring([somebody("信访科", "甲", "13800000001"), somebody("信访科", "乙", "13800000002", "负责人")])
    plan = registry.plan(people)
    if len(people) == 1:
        assert codes(plan) == [(PEOPLE, 2, "手机", "mobile_taken")]
        assert plan.faults[0].params == {"name": "甲"}
    else:  # who held it has another number now, so it is free
        assert plan.faults == ()
        assert [change.key for change in plan.people.new] == [("13800000001",)]


def test_whoever_works_in_another_bureau_does_not_come_by_a_file(registry: Registry) -> None:
    registry.bring([somebody("信访科", "甲", "13800000001", 局="临港县人社局", 企业微信账号="jia")])
    for one in (
        somebody("信访科", "甲", "13800000001"),
        somebody("信访科", "乙", "13800000001"),
        somebody("信访科", "甲", "13800000009", 企业微信账号="jia"),
    ):
        plan = registry.plan([one])
        assert [code for *_, code in codes(plan)] == ["other_bureau"]
        assert plan.faults[0].params == {}
        assert not plan.people.new
    both = [somebody("信访科", "甲", "13800000001"), somebody("信访科", "甲", "13800000001", 局="临港县人社局")]
    assert registry.plan(both).faults == ()


def test_the_number_and_account_of_somebody_who_left_can_be_given_to_another(registry: Registry) -> None:
    registry.bring([somebody("信访科", "甲", "13800000001", 企业微信账号="office")])
    left = registry.person("13800000001")[0]
    registry.run(f"UPDATE post SET ends_on = '2026-08-01' WHERE person_id = {left}")
    plan = registry.bring([somebody("信访科", "乙", "13800000001", 企业微信账号="office")])
    assert counts(plan)["people"] == [1, 0, 0]
    assert registry.person("13800000001")[0] != left
    assert registry.world.rows("SELECT name, mobile, wecom_id FROM person WHERE id = ?", left) == [("甲", None, None)]


def test_somebody_who_comes_back_is_the_same_person_with_a_new_post(registry: Registry) -> None:
    registry.bring([somebody("信访科", "甲", "13800000001")])
    registry.run("UPDATE post SET ends_on = '2026-08-01' WHERE unit_id = (SELECT max(id) FROM unit)")
    registry.bring([somebody("信访科", "甲", "13800000001")])
    assert [post[2:] for post in registry.posts("13800000001")] == [("2026-08-19", "2026-08-01"), ("2026-08-19", None)]


def test_namesakes_are_not_guessed_at(registry: Registry) -> None:
    registry.bring([somebody("信访科", "甲", "13800000001")])
    plan = registry.plan([somebody("信访科", "甲", "13800000002"), somebody("信访科", "甲", "13800000003", "负责人")])
    assert codes(plan) == [(PEOPLE, 2, "姓名", "ambiguous"), (PEOPLE, 3, "姓名", "ambiguous")]
    one_known = registry.plan(
        [somebody("信访科", "甲", "13800000001"), somebody("信访科", "甲", "13800000003", "负责人")]
    )
    assert (one_known.faults, counts(one_known)["people"]) == ((), [1, 0, 1])
    account = somebody("信访科", "甲", "13800000002", 企业微信账号="a")
    registry.bring([somebody("信访科", "甲", "13800000001", 企业微信账号="b")])
    assert counts(registry.plan([account]))["people"] == [1, 0, 0]


def test_posts_that_stand_are_kept_and_none_is_ended(registry: Registry) -> None:
    others = registry.bring([somebody("信访科", "甲", "13800000001", "法治员、负责人", 任职日期="2024-01-01")]).absent
    plan = registry.bring([somebody("信访科", "甲", "13800000001", "法治员", 任职日期="2024-03-01")])
    assert plan.absent == others + 1
    assert registry.posts("13800000001") == [
        ("信访科", "head", "2024-01-01", None), ("信访科", "legal_officer", "2024-03-01", None),
    ]  # fmt: skip
    later = (TODAY + timedelta(days=9)).isoformat()
    plan = registry.bring([somebody("信访科", "甲", "13800000001", "法治员", 任职日期=later)])
    assert (notes(plan), plan.changes) == ([(2, "starts_later")], False)


def test_a_post_that_is_to_begin_is_not_made_twice(registry: Registry) -> None:
    later = (TODAY + timedelta(days=9)).isoformat()
    registry.bring([somebody("信访科", "甲", "13800000001", 任职日期=later)])
    assert not registry.bring([somebody("信访科", "甲", "13800000001")]).changes
    registry.bring([somebody("信访科", "甲", "13800000001", 任职日期="2026-08-01")])
    assert registry.posts("13800000001") == [("信访科", "legal_officer", "2026-08-01", None)]


def test_absent_posts_are_counted_in_what_is_imported(registry: Registry) -> None:
    people = [somebody("信访科", "甲", "13800000001"), somebody("信访科", "乙", "13800000002", "负责人"),
              somebody("工会", "丙", "13800000003", 局="青山县人社局")]  # fmt: skip
    before = registry.plan(people).absent
    registry.bring(people)
    assert registry.plan(people).absent == before
    assert registry.plan(people[1:]).absent == before + 1
    parsed = registry.read(people[1:]).only([Choice(HOME, "信访科")])
    assert registry.world.database.read(lambda db: planning.plan(db, parsed, None, TODAY)).absent == 1


def test_what_is_no_tree_is_named(registry: Registry) -> None:
    rows = [
        ("甲局", "市", "乙局"), ("乙局", "省", "甲局"), ("丙局", "县区", "无此局"), ("丁局", "市", "示范区人社局"),
        ("戊局", "省", "示范省人社厅"), ("己局", "县区", "丁局"), ("庚局", "县区", "示范省人社厅"), ("辛局", "县区", "辛局"),
        ("东江市人社局", "县区", "示范省人社厅"), ("壬局", "市", ""),
    ]  # fmt: skip
    plan = registry.plan(
        [somebody("科", "子", "13800000001", 局="丙局"), somebody("科", "丑", "13800000002", 局="庚局")], rows
    )
    assert codes(plan) == [
        (BUREAUS, 2, "上级局", "circle"), (BUREAUS, 3, "上级局", "circle"), (BUREAUS, 4, "上级局", "unknown_parent"),
        (BUREAUS, 5, "级别", "level_unfit"), (BUREAUS, 6, "级别", "level_unfit"), (BUREAUS, 7, "上级局", "parent_wrong"),
        (BUREAUS, 9, "上级局", "circle"), (BUREAUS, 10, "级别", "level_below"), (PEOPLE, 2, "局", "unknown_bureau"),
    ]  # fmt: skip
    assert [change.key for change in plan.bureaus.new] == [("庚局",), ("壬局",)]
    assert [change.key[1:3] for change in plan.posts.new] == [("庚局", "科")]


def test_a_circle_may_be_closed_by_what_is_stored(registry: Registry) -> None:
    plan = registry.plan(bureaus=[("示范省人社厅", "县区", "东江市人社局")])
    assert codes(plan) == [(BUREAUS, 2, "上级局", "circle")]


def test_a_chain_of_thousands_is_judged_at_once(registry: Registry) -> None:
    chain = [(f"局{n}", "县区", f"局{n + 1}") for n in range(3000)] + [("局3000", "县区", "局0")]
    parsed = registry.read(bureaus=chain)
    begun = time.process_time()
    plan = registry.world.database.read(lambda db: planning.plan(db, parsed, None, TODAY))
    assert {fault.code for fault in plan.faults} == {"circle"}
    assert time.process_time() - begun < 2


def test_a_bureau_moves_where_an_operator_says_so(registry: Registry) -> None:
    plan = registry.bring(bureaus=[("示范区人社局", "县区", "西河市人社局")])
    assert counts(plan)["bureaus"] == [0, 1, 0]
    assert plan.bureaus.changed[0].before == {"level": "county", "parent": "东江市人社局"}
    sql = "SELECT a.name FROM bureau b JOIN bureau a ON a.id = b.parent_id WHERE b.name = '示范区人社局'"
    assert registry.world.rows(sql) == [("西河市人社局",)]


def test_a_legal_section_brings_in_its_own_bureau_alone(registry: Registry) -> None:
    own = registry.world.rows("SELECT id FROM bureau WHERE name = ?", HOME)[0][0]
    rows = [
        (HOME, "县区", "东江市人社局"),
        ("临港县人社局", "县区", "东江市人社局"),
        ("新设局", "县区", "东江市人社局"),
    ]
    people = [somebody("信访科", "甲", "13800000001"), somebody("信访科", "乙", "13800000002", 局="临港县人社局"),
              somebody("信访科", "丙", "13800000003", 局="新设局")]  # fmt: skip
    plan = registry.plan(people, rows, own)
    assert [(sheet, row, code) for sheet, row, _, code in codes(plan)] == [
        (BUREAUS, 3, "other_bureau_row"), (BUREAUS, 4, "other_bureau_row"),
        (PEOPLE, 3, "other_bureau_row"), (PEOPLE, 4, "other_bureau_row"),
    ]  # fmt: skip
    assert counts(plan) == {"bureaus": [0, 0, 1], "units": [1, 0, 0], "people": [1, 0, 0], "posts": [1, 0, 0]}
    moved = registry.plan(bureaus=[(HOME, "县区", "西河市人社局")], scope=own)
    assert codes(moved) == [(BUREAUS, 2, "上级局", "tree_fixed")]


def test_a_quota_passed_is_told_and_is_no_hindrance(registry: Registry) -> None:
    people = [
        somebody("就业促进科", "甲", "13800000001"),
        *(somebody("服务中心", f"乙{n}", f"1380000001{n}", 部门类别="局属单位") for n in range(2)),
        *(somebody("指导中心", f"丙{n}", f"1380000002{n}", 部门类别="局属单位") for n in range(3)),
        somebody("信访科", "丁", "13800000031"), somebody("信访科", "戊", "13800000032", "联络员"),
    ]  # fmt: skip
    plan = registry.plan(people)
    assert plan.faults == ()
    assert [(w.row, w.code, w.params) for w in plan.warnings] == [
        (2, "quota", {"count": 2, "most": 1}), (5, "quota", {"count": 3, "most": 2}),
    ]  # fmt: skip


def test_units_of_one_name_may_differ_between_bureaus(registry: Registry) -> None:
    people = [somebody("监察队", "甲", "13800000001"),
              somebody("监察队", "乙", "13800000002", 局="临港县人社局", 部门类别="局属单位")]  # fmt: skip
    plan = registry.bring(people)
    assert (plan.faults, notes(plan)) == ((), [(3, "unit_kinds")])
    changed = registry.bring([somebody("监察队", "甲", "13800000001", 部门类别="局属单位")])
    assert counts(changed)["units"] == [0, 1, 0]


def test_nothing_is_imported_until_all_rows_are_right_or_the_wrong_ones_left_out(registry: Registry) -> None:
    people = [somebody("信访科", "甲", "138"), somebody("信访科", "乙", "13800000002", "负责人")]
    with pytest.raises(ValueError, match="1 rows are wrong"):
        registry.bring(people)
    assert registry.person("13800000002") is None
    registry.bring(people, skip_wrong=True)
    assert registry.person("13800000002")[1] == "乙"


def test_only_what_was_chosen_is_imported(registry: Registry) -> None:
    people = [
        somebody("信访科", "甲", "13800000001"),
        somebody("工会", "乙", "13800000002"),
        somebody("团委", "丙", "1"),
    ]
    registry.bring(people, only=[Choice(HOME, "信访科")])
    assert registry.person("13800000001") is not None
    assert registry.person("13800000002") is None


def test_each_person_added_or_changed_is_in_the_audit_log(registry: Registry) -> None:
    registry.bring([somebody("信访科", "甲", "13800000001")])
    registry.bring(
        [somebody("信访科", "甲", "13800000001", 职务="科长"), somebody("信访科", "乙", "13800000002", "负责人")]
    )
    entries = registry.world.rows(
        "SELECT e.object, p.name, e.person_id, e.channel, v.before, v.after FROM auditentry e"
        " JOIN auditvalues v ON v.entry_id = e.id LEFT JOIN person p ON e.object = 'person' AND p.id = e.object_id"
        " WHERE e.what = 'roster.import' ORDER BY e.id"
    )
    assert [entry[:4] for entry in entries] == [
        ("unit", None, None, "command"), ("person", "甲", None, "command"),
        ("person", "甲", None, "command"), ("person", "乙", None, "command"),
    ]  # fmt: skip
    assert entries[2][4:] == ('{"title":"科员"}', '{"title":"科长"}')
    assert '"示范区人社局/信访科/head":"2026-08-19"' in entries[3][5]


def test_three_thousand_people_in_five_hundred_units_take_seconds(registry: Registry) -> None:
    people = [somebody(f"科室{n % 500}", f"人员{n}", 13800000000 + n, "联络员") for n in range(3000)]
    begun = time.process_time()
    plan = registry.bring(people)
    assert counts(plan) == {"bureaus": [0, 0, 0], "units": [500, 0, 0], "people": [3000, 0, 0], "posts": [3000, 0, 0]}
    assert time.process_time() - begun < 10
