"""What operators see of the outbox: what waits and why, what did not arrive, and how many messages fared how."""

from __future__ import annotations

import re
from contextlib import closing, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.channels import Gone, NotReached, Refused, SlowDown, Unknown
from bot.operating import outbox
from models import deliveries, outgoing, outgoing_figures
from models.database import open_database
from models.db import Prepared, Transaction
from tests import postgres
from tests.office import NAME, Office
from tests.world import World


def shown(world: World) -> list[str]:
    name, context = outbox.show(world.database, world.clock.now())
    return world.words.text("commands", name, **context).splitlines()


QUIET = "近7天：未发出 0 条，可能重复 0 条，迟于10秒 0 条，无人接手 0 条。"


def test_nothing_waits(world: World) -> None:
    assert shown(world) == ["没有待发的消息。", QUIET]


def test_what_waits_says_why(pushing: Office) -> None:
    others = [
        pushing.somebody(called) for called in ("法制科经办", "法制科科长", "就业促进科负责人", "就业促进科法治员")
    ]
    now = pushing.world.clock.now()
    rows = [
        pushing.row("网", others[0]),
        pushing.row("不明", others[1], urgency=1),
        pushing.row("错", others[2], urgency=2),
    ]
    pushing.channel.outcomes |= {"网": [NotReached("忙")], "不明": [Unknown("中断")], "错": [KeyError("出错")]}
    pushing.sweep()
    rows.append(pushing.row("慢", others[3], urgency=2))
    pushing.channel.outcomes["慢"] = [SlowDown(600)]
    pushing.sweep()
    rows.append(pushing.row("新", urgency=2))
    rows.append(pushing.left_running("断", urgency=2))
    rows.append(pushing.row("定", state=outgoing.WAITING, lease_until=now + timedelta(hours=3), kind="fetch"))
    pushing.world.clock.pass_(seconds=40)
    lines = shown(pushing.world)
    assert lines[:3] == ["待发：Telegram 答复 2 条", "待发：Telegram 提醒 1 条", "待发：Telegram 通知 4 条"]
    assert sorted(lines[3:10]) == sorted(
        [
            f"{rows[0]} Telegram 答复 等待网络，8月19日 09:00 再试",
            f"{rows[1]} Telegram 提醒 上次结果不明，等待重试，8月19日 09:00 再试，已试 1 次",
            f"{rows[2]} Telegram 通知 上次程序出错，等待重试，8月19日 09:00 再试，已试 1 次",
            f"{rows[3]} Telegram 通知 被限速到 8月19日 09:10",
            f"{rows[4]} Telegram 通知 排队",
            f"{rows[5]} Telegram 通知 办理中断，等待接手",
            f"{rows[6]} Telegram 任务 定于 8月19日 12:00",
        ]
    )
    assert lines[10:] == [QUIET]


def test_what_did_not_arrive_and_what_was_late_is_counted(pushing: Office) -> None:
    other = pushing.somebody("法制科经办")
    refused, left = pushing.row("拒", other, urgency=2), pushing.row("离", urgency=1)
    pushing.row("晚", other)
    pushing.row("早", other)
    pushing.row("疑", pushing.somebody("法制科科长"), urgency=2)
    pushing.channel.outcomes |= {
        "拒": [Refused("过长")], "离": [Gone()], "疑": [Unknown("中断")], "晚": [NotReached("忙")] * 5,
    }  # fmt: skip
    pushing.passes(40)
    lines = shown(pushing.world)
    assert lines[:3] == [
        "没有待发的消息。",
        f"未发出 {left} Telegram 提醒 8月19日 09:00 对方已停用助手",
        f"未发出 {refused} Telegram 通知 8月19日 09:00 内容未被对方平台接收",
    ]
    assert lines[3] == (
        "近7天：未发出 2 条（对方已停用助手 1、内容未被对方平台接收 1），可能重复 1 条，迟于10秒 2 条（答复 2），无人接手 0 条。"
    )
    pushing.world.clock.pass_(days=8)
    assert shown(pushing.world) == ["没有待发的消息。", QUIET]


def test_what_may_have_arrived_twice_is_counted(office: Office) -> None:
    office.row("疑")
    office.channel.outcomes["疑"] = [Unknown("中断")]
    office.passes(3)
    assert "可能重复 1 条" in shown(office.world)[-1]


def test_what_was_to_go_out_later_is_late_only_after_that(office: Office) -> None:
    now = office.world.clock.now()
    later = now + timedelta(minutes=5)
    office.row("定", state=outgoing.WAITING, lease_until=later, not_before=later)
    office.passes(301)
    assert (office.channel.texts, shown(office.world)[-1]) == (["定"], QUIET)


def test_what_nobody_takes_over_is_noticed(office: Office) -> None:
    office.left_running("断")
    office.world.clock.pass_(minutes=6)
    assert "无人接手 1 条" in shown(office.world)[-1]
    office.sweep()
    assert "无人接手 0 条" in shown(office.world)[-1]


def test_deliveries_that_broke_their_turn_are_shown(world: World) -> None:
    def poison(db: Transaction) -> None:
        deliveries.first_time(db, "web", "1", "a", world.clock.now(), poison="Traceback\nValueError")

    world.database.write(poison).result()
    assert shown(world)[-1] == "出错的来信 网页 8月19日 09:00 ValueError"


def test_the_command_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    result = CliRunner().invoke(cli, ["outbox"])
    assert (result.exit_code, result.output.splitlines()[0]) == (0, "没有待发的消息。")


# What it costs where much is stored


def everything(db: Transaction, now: datetime) -> None:
    """Whatever the outbox and its command ask of the database."""
    for row in outgoing.take_all(db, outgoing.due(db, NAME, now, 10), "first", now):
        outgoing.renew(db, [row.id], "first", now)
        mark = {"the_id": row.id, "the_holder": "first", "the_lease": row.lease, "state": outgoing.FINISHED,
                "lease_until": None, "attempt": 1, "repeated": False, "reference": None, "done_at": now}  # fmt: skip
        outgoing.mark(db, [mark])
        outgoing.row(db, row.id)
        outgoing.replies_behind(db, row)
    outgoing.release(db, NAME, now)
    outgoing.bring_near(db, NAME, now)
    outgoing_figures.queued(db)
    outgoing_figures.open_rows(db, 10)
    outgoing_figures.not_arrived(db, now, 10)
    outgoing_figures.counts(db, now, now)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_nothing_that_the_outbox_asks_reads_all_rows(
    office: Office, kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = office.world.clock.now()
    ran: dict[str, Any] = {}
    run, many = Transaction._run, Transaction.many

    def noted(db: Transaction, statement: Prepared, params: dict[str, Any]) -> Any:
        compiled = statement.on(db._dialect)
        ran[compiled.sql] = compiled.bind(dict(params))
        return run(db, statement, params)

    def noted_many(db: Transaction, statement: Prepared, rows: list[dict[str, Any]]) -> None:
        compiled = statement.on(db._dialect)
        ran[compiled.sql] = compiled.bind(dict(rows[0]))
        many(db, statement, rows)

    def explained(db: Transaction) -> dict[str, str]:
        everything(db, now)
        if kind == "postgres":
            db.execute("SET LOCAL enable_seqscan = off")  # a few rows are read faster without any index
        plans = {}
        for sql, values in list(ran.items()):
            db._cursor.execute(f"{'EXPLAIN' if kind == 'postgres' else 'EXPLAIN QUERY PLAN'} {sql}", values)
            plans[sql] = "\n".join(str(line) for line in db._cursor.fetchall())
        return plans

    office.row("通知")
    database = office.world.database
    if kind == "postgres":
        database = open_database(postgres.fresh_copy(request.getfixturevalue("postgres_server"), "outgoing_plans"))
        person = int(office.phone.address)
        row = {"kind": "message", "channel": NAME, "person_id": person, "address": "1", "urgency": 0, "body": {}, "lease": 0,
               "state": outgoing.CREATED, "holder": None, "lease_until": now, "attempt": 0, "repeated": False,
               "created_at": now, "done_at": None}  # fmt: skip
        database.write(lambda db: outgoing.insert(db, **row)).result()
    with closing(database) if kind == "postgres" else nullcontext():
        monkeypatch.setattr(Transaction, "_run", noted)
        monkeypatch.setattr(Transaction, "many", noted_many)
        plans = database.write(explained).result()
        monkeypatch.undo()
    assert len(plans) >= 12
    assert {
        sql: plan for sql, plan in plans.items() if re.search(r"Seq Scan on outgoing|SCAN outgoing(?! USING)", plan)
    } == {}
