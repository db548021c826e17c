"""Everything that is noted of what people do can be read by them: each code and each kind of object has its wording."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from typing import Any

from handlers.own_files import WANTED
from models import audit
from models.roster import writing
from tests.test_rules import ROOT, name_of, sources, tree_of
from tests.world import CHANNELS, World, text_of, the_words

FOLDER = "own_records"


def noted() -> Iterator[tuple[str, Any, Any]]:
    """Where, what, and the kind of object: of every call of `turn.audit`, and of every entry that models make up."""
    for path in sources("handlers", "bot", "models"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(tree_of(path)):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "audit"
            if called and len(node.args) > 2:  # type: ignore[attr-defined]
                what, kind, *_ = (value_of(argument, module) for argument in node.args)  # type: ignore[attr-defined]
                yield f"{name_of(path)}:{node.lineno}", what, kind  # type: ignore[attr-defined]


def value_of(node: ast.expr, module: str) -> Any:
    """A constant, written out or named by its module; None: known only when it runs."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return getattr(importlib.import_module(module), node.id, None)
    return None


def test_every_code_and_kind_has_its_wording() -> None:
    words = the_words()
    whats, kinds = words.labels(FOLDER, "whats"), words.labels(FOLDER, "kinds")
    calls = [call for call in noted() if not call[0].startswith("handlers/own_files.py")]
    assert len(calls) > 20
    calls += [("handlers/own_files.py", how.noted, how.kind) for how in WANTED.values()]
    calls.append(("models/roster/writing.py", writing.WHAT, "person"))
    calls.append(("models/audit.py", audit.ERASED, audit.ENTRY))
    assert [call for call in calls if call[1] not in whats or call[2] not in kinds] == []
    assert set(CHANNELS) <= set(words.labels(FOLDER, "channels"))


def test_what_was_done_at_one_moment_is_one_line_however_much_it_was(world: World) -> None:
    phone = world.phone("法制科经办")
    entry = {"at": world.clock.now(), "person_id": int(phone.address), "post_id": None, "channel": "web",
             "what": "roster.import", "object": "unit", "before": None, "after": {"name": "x"}}  # fmt: skip
    entries = [entry | {"object_id": n} for n in range(250)] + [entry | {"object_id": 1, "object": "person"}]
    world.database.write(lambda db: audit.record(db, entries)).result()
    lines = text_of(phone.say("我的操作记录")).splitlines()
    assert lines[1:] == [
        "8月19日 09:00（网页）导入名册：法制科法治联络员",
        "8月19日 09:00（网页）导入名册：部门等 250 项",
    ]
    assert "更早的" not in phone.labels()


def test_an_entry_whose_values_were_erased_can_still_be_read(world: World) -> None:
    phone = world.phone("法制科法治联络员")
    for text in ("改1", "符合", "已落实"):
        phone.say(text)
    phone.send_file("佐证2026-06-30.txt", "佐证".encode())
    person = int(phone.address)
    erase = {"at": world.clock.now(), "by": None, "post": None, "channel": "web"}
    world.database.write(lambda db: audit.erase_values_of(db, person, **erase)).result()
    assert "佐证状态变动：证-0001" in text_of(phone.say("我的操作记录"))
