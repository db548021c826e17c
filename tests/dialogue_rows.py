"""What came of it: the `=` lines of a dialogue, read straight from the database's rows (the score from its rules).

= 第11项 · = 加分项1 · = 否决项2      state, verdict, version and stored values
= 第11项各版                         every version: what was answered, by whom, on which channel, when
= 得分 · = 佐证 · = 对话              of the bureau, or of the person on whose screen one is
= 审计                               what was noted since the last such line
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.clock import local
from models import assessments, scoring
from models.db import Database

STATES = {"open": "未答", "draft": "草稿", "skipped": "跳过", "complete": "完成", "returned": "退回"}
VERDICTS = {"met": "符合", "unmet": "不符合", "na": "不涉及", "has": "有", "none": "无", None: "－"}
STAGES = {"receiving": "接收中", "stored": "已入库", "failed": "未入库", "deleted": "已删去"}
CHANNELS = {"web": "网页", "terminal": "终端", "telegram": "Telegram", "wecom": "企业微信", "command": "命令"}
_ITEM = re.compile(r"第(\d+)项(各版)?|(加分|否决)项(\d)(各版)?")


class Rows:
    """The rows behind one dialogue. `place`: the database's file."""

    def __init__(self, place: Path, database: Callable[[], Database]) -> None:
        self._place = place
        self._database = database
        self._audited = 0

    def answer(self, query: str, person: int) -> list[str]:
        """The lines that a query gives, for the person on whose screen one is. ValueError: no such query."""
        if found := _ITEM.fullmatch(query):
            position = int(found[1]) if found[1] else self._position(person, found[3], int(found[4]))
            return self._versions(person, position) if found[2] or found[5] else self._item(person, position)
        asked = {"得分": self._score, "佐证": self._evidence, "对话": self._talks, "审计": self._audit}.get(query)
        if asked is None:
            raise ValueError(query)
        return asked(person) or ["无"]

    def _bureau(self, person: int) -> int:
        sql = "SELECT unit.bureau_id FROM post JOIN unit ON unit.id = post.unit_id WHERE post.person_id = ?"
        return int(self._all(sql, person)[0][0])

    def _position(self, person: int, kind: str, number: int) -> int:
        rows = self._items(person, "a.item LIKE ?", {"加分": "bonus.%", "否决": "veto.%"}[kind])
        return int(rows[number - 1][0])

    def _items(self, person: int, where: str, *values: Any) -> list[Any]:
        sql = (
            'SELECT a.position, a.state, a.verdict, a.version, a."values", a.id FROM answer a'
            f" JOIN selfassessment s ON s.id = a.assessment_id WHERE s.bureau_id = ? AND {where} ORDER BY a.position"
        )
        return self._all(sql, self._bureau(person), *values)

    def _item(self, person: int, position: int) -> list[str]:
        _, state, verdict, version, values, _ = self._items(person, "a.position = ?", position)[0]
        return [f"{STATES[state]} {VERDICTS[verdict]} 第{version}版 {_exact(values)}"]

    def _versions(self, person: int, position: int) -> list[str]:
        answer = self._items(person, "a.position = ?", position)[0][5]
        sql = (
            "SELECT v.version, v.key, v.value, v.state, p.name, v.channel, v.at FROM answerversion v"
            " JOIN person p ON p.id = v.person_id WHERE v.answer_id = ? ORDER BY v.version"
        )
        return [
            f"{version}. {key} {_exact(value)} {STATES[state]} {name} {CHANNELS[channel]} {_moment(at)}"
            for version, key, value, state, name, channel, at in self._all(sql, answer)
        ]

    def _score(self, person: int) -> list[str]:
        bureau = self._bureau(person)
        score = self._database().read(lambda db: scoring.tally_of(db, assessments.of_bureau(db, bureau)))
        lacking = "、".join(f"{one.position}缺{'+'.join(one.lacking)}" for one in score.items if one.lacking)
        counts = f"符合{score.met} 适用{score.applicable} 已答{score.answered}/{score.total}"
        owes = f"欠答{score.owed} 还差{score.missing}"
        return [" ".join(filter(None, [counts, owes, lacking, "有否决情形" if score.vetoed else ""]))]

    def _evidence(self, person: int) -> list[str]:
        sql = "SELECT id, number, stage, name, dated, outside_kept FROM evidence WHERE bureau_id = ? ORDER BY id"
        return [
            " ".join(
                [f"证-{number:04}" if number else "证-无号", STAGES[stage], name, f"文件日期 {dated or '无'}"]
                + (["期外仍用"] if kept else []) + [f"用于{item}" for item in self._uses(piece)]
            )
            for piece, number, stage, name, dated, kept in self._all(sql, self._bureau(person))
        ]  # fmt: skip

    def _uses(self, piece: int) -> list[str]:
        sql = (
            "SELECT a.item FROM evidenceuse u JOIN answer a ON a.id = u.answer_id WHERE u.evidence_id = ? ORDER BY a.id"
        )
        return [f"第{item}项" if item.isdigit() else item for (item,) in self._all(sql, piece)]

    def _talks(self, person: int) -> list[str]:
        sql = (
            "SELECT c.flow, a.item, c.subject, c.state, c.at, c.answers FROM conversation c"
            " LEFT JOIN answer a ON a.id = c.subject AND c.flow IN ('indicator', 'bonus', 'veto', 'evidence_box')"
            " WHERE c.person_id = ? AND c.state != 'done' ORDER BY c.id"
        )
        return [
            f"{flow} {item or subject} {state}{f' 重问{at}' if at else ''} {_exact(answers)}"
            for flow, item, subject, state, at, answers in self._all(sql, person)
        ]

    def _audit(self, person: int) -> list[str]:
        sql = (
            "SELECT e.id, coalesce(p.name, '系统'), e.what, e.object, coalesce(a.item, e.object_id), v.before, v.after"
            " FROM auditentry e LEFT JOIN auditvalues v ON v.entry_id = e.id LEFT JOIN person p ON p.id = e.person_id"
            " LEFT JOIN answer a ON e.object = 'answer' AND a.id = e.object_id"
            " WHERE e.id > ? ORDER BY e.id"
        )
        found = self._all(sql, self._audited)
        self._audited = found[-1][0] if found else self._audited
        return [
            f"{name} {what} {thing} {which}：{_exact(before)} → {_exact(after)}"
            for _, name, what, thing, which, before, after in found
        ]

    def _all(self, sql: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self._place)) as connection:
            return connection.execute(sql, values).fetchall()


def _exact(stored: Any) -> str:
    return json.dumps(json.loads(stored) if isinstance(stored, str) else stored, ensure_ascii=False)


def _moment(microseconds: int) -> str:
    moment = local(datetime.fromtimestamp(microseconds / 1_000_000, UTC))
    return f"{moment.month}月{moment.day}日 {moment:%H:%M}"
