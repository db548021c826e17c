"""A catalogue that changes in mid-way: what an officer answered stays wherever it still fits, and the rest is asked again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.actions import token
from bot.messages import Button
from bot.operating import catalogue as catalogue_commands
from models import assessments
from models.carrying import carried
from models.catalogues import MonthDay, Period, read_catalogue
from tests.world import Phone, World, text_of

OFFICIAL = Path(__file__).parents[1] / "models" / "catalogue" / "indicators-2022.yaml"
BUREAU = "示范区人社局"
CONTACT = "法制科法治联络员"

Indicators = list[dict[str, Any]]


def changed(change: Callable[[dict[str, Any], Indicators], object]) -> bytes:
    """The official file with something changed, its indicators numbered anew. `change` gets the file, and group 一."""
    data = yaml.safe_load(OFFICIAL.read_bytes())
    change(data, data["groups"][0]["indicators"])
    return written(data)


def written(data: dict[str, Any]) -> bytes:
    """A catalogue as a file, its indicators numbered from 1."""
    listed = (indicator for group in data["groups"] for indicator in group["indicators"])
    for number, indicator in enumerate(listed, start=1):
        indicator["number"] = number
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10_000).encode()


def move(world: World, data: bytes) -> dict[str, Any]:
    """Load a file and move the bureau to it, as the commands do; what `catalogue move` says."""
    file = world.folder / "new.yaml"
    file.write_bytes(data)
    catalogue_commands.load(world.database, file, world.clock.now())
    name, context = catalogue_commands.move(world.database, BUREAU, world.clock.now())
    assert name == "moved", name
    return context


def indicator(data: dict[str, Any], number: int) -> dict[str, Any]:
    """An indicator of the official file by its official number."""
    listed = [one for group in data["groups"] for one in group["indicators"]]
    return next(one for one in listed if one["number"] == number)


def met(phone: Phone, number: int, *figures: str) -> None:
    """Answer an indicator 符合, with its figures, a sentence and 暂无."""
    for said in (f"改{number}", "符合", *figures, f"第{number}项的做法", "暂无"):
        phone.say(said)


def go_on_to_the_end(phone: Phone) -> int:
    """Answer whatever is asked until everything is answered; how many messages that took."""
    for count in range(1, 500):
        labels = phone.labels()
        likely = ("不改，继续", "改为不符合", "符合", "没有", "无", "本期无此类事项", "暂无", "没有了，下一项")
        choice = next((label for label in likely if label in labels), None)
        said = phone.press(choice) if choice else phone.say("写明一句话。")
        if "自评已全部答完" in text_of(said):
            return count
    raise AssertionError(text_of(phone.seen[-1]))


def items(world: World) -> dict[str, Any]:
    """The bureau's live items by name."""
    bureau = world.rows("SELECT id FROM bureau WHERE name = ?", BUREAU)[0][0]

    def read(db: Any) -> dict[str, Any]:
        return {row.item: row for row in assessments.all_items(db, assessments.of_bureau(db, bureau).id)}

    return world.database.read(read)


def halfway(world: World) -> Phone:
    """The contact with six items answered, and in the middle of 45."""
    phone = world.phone(CONTACT)
    phone.say("指标自评")
    for number, *figures in ((1,), (6,), (11, "92", "87", "今天"), (13, "100"), (30,), (43, "45", "46")):
        met(phone, int(number), *map(str, figures))
    for said in ("改45", "符合", "96"):
        phone.say(said)
    assert "做法和成效" in text_of(phone.seen[-1])
    return phone


def another_edition(data: dict[str, Any], first: Indicators) -> None:
    """6 is no more, so that those behind move up; 13 and 61 are new; five change."""
    indicator(data, 11)["measures"][0]["threshold"] = 95  # 92 was enough
    indicator(data, 13)["measures"][0] |= {"threshold": 99, "op": ">="}  # 100 still is
    indicator(data, 30)["text"] += "执法结果公开。"
    indicator(data, 43)["measures"][0]["unit"] = "人"
    indicator(data, 45)["measures"][0]["threshold"] = 97  # 96 was enough
    del first[5]
    first.append({"text": "新增的一项。"})
    data["groups"].append({"number": "九", "title": "另立一组", "indicators": [{"text": "另一组的一项。"}]})
    data["pass_percent"] = 85


def test_what_still_fits_stays_and_the_rest_is_named(world: World) -> None:
    halfway(world)
    before = items(world)
    moved = move(world, changed(another_edition))["moved"]
    assert (moved.kept, moved.again) == (2, ["10", "30", "43", "45"])
    assert (moved.dropped, moved.added) == (["6"], ["13", "61"])
    after = items(world)
    assert {name: (after[name].state, after[name].verdict) for name in ("1", "12", "10", "30", "43", "45")} == {
        "1": ("complete", "met"),
        "12": ("complete", "met"),
        "10": ("draft", "met"),
        "30": ("draft", None),
        "43": ("draft", "met"),
        "45": ("draft", "met"),
    }
    assert after["12"].values == before["13"].values
    assert after["10"].values == before["11"].values
    assert set(before["43"].values) - set(after["43"].values) == {"training_hours_2025", "training_hours_2026"}


def test_the_conversation_goes_on_to_the_end(world: World) -> None:
    phone = halfway(world)
    before = items(world)
    move(world, changed(another_edition))
    # The question that was open waits: what is typed meanwhile is no answer to anything.
    assert "继续" in text_of(phone.say("写给旧问题的话。"))
    assert "若数字无误" in text_of(phone.say("继续"))
    phone.press("更正数字")
    assert "写明做法" in text_of(phone.say("98"))
    phone.say("第45项的做法")
    phone.press("暂无")
    assert "执法结果公开" in text_of(phone.say("改30"))
    assert "第 30 项已保存" in text_of(phone.press("符合"))
    go_on_to_the_end(phone)
    after = items(world)
    assert len(after) == 61 + 4
    assert {row.state for row in after.values()} == {"complete"}
    assert after["30"].values == before["30"].values


def test_a_move_finishes_no_draft(world: World) -> None:
    phone = world.phone(CONTACT)
    met(phone, 30)
    one = {"key": "rate", "label": "比例", "unit": "%", "op": ">=", "threshold": 50, "per": "period"}
    move(world, changed(lambda data, first: indicator(data, 30).update(measures=[one])))
    assert items(world)["30"].state == "draft"
    move(world, OFFICIAL.read_bytes())
    assert items(world)["30"].state == "draft"
    assert "本单位情况" in text_of(phone.say("改30"))
    assert "第 30 项已保存" in text_of(phone.press("符合"))


def test_not_yet_due_was_said_of_the_old_day() -> None:
    old = read_catalogue(OFFICIAL.read_bytes()).indicator(58)
    first, second = old.measures
    new = replace(old, measures=(replace(first, threshold=MonthDay(2, 1)), second))
    said = {f"{one.key}_2022": {"instead": "not_yet"} for one in old.measures}
    period = Period(date(2021, 1, 1), date(2022, 9, 30))
    assert carried(old, new, said, period) == {"publish_date_2022": {"instead": "not_yet"}}


def test_a_button_under_the_old_wording_does_not_answer_the_new(world: World) -> None:
    phone = world.phone(CONTACT)
    asked = phone.say("改30")
    move(world, changed(lambda data, first: indicator(data, 30).update(text="全新的文字。")))
    phone.press("符合", of=asked)
    assert items(world)["30"].state == "open"
    assert "全新的文字" in text_of(phone.say("改30"))


def test_an_item_in_hand_that_is_no_more(world: World) -> None:
    phone = world.phone(CONTACT)
    phone.say("改6")
    asked = phone.say("符合")
    move(world, changed(lambda data, first: first.pop(5)))
    assert "没有找到这一项" in text_of(phone.press("跳过", of=asked))
    assert "第 1/59 项" in text_of(phone.say("继续"))
    assert "第 6/59 项" in text_of(phone.say("改6"))
    assert items(world)["6"].state == "open"


def test_an_item_that_is_only_renumbered_goes_on_undisturbed(world: World) -> None:
    phone = world.phone(CONTACT)
    phone.say("改13")
    phone.say("符合")
    move(world, changed(lambda data, first: first.pop(5)))
    assert "达标" in text_of(phone.say("100"))
    assert items(world)["12"].values["bad_review_fix_rate"] == "100"


def test_those_concerned_are_told(world: World) -> None:
    phone = world.phone(CONTACT)
    met(phone, 30)
    colleague = world.phone("法制科经办")
    colleague.say("改31")
    newest = world.rows("SELECT max(id) FROM outgoing")[0][0]
    move(world, changed(lambda data, first: [indicator(data, n).update(text=f"新{n}。") for n in (30, 31)]))
    told = world.rows("SELECT person_id, body FROM outgoing WHERE id > ?", newest)
    assert {person for person, _ in told} == {int(phone.address), int(colleague.address)}
    assert all("请重新确认 1 项：30。" in body for _, body in told)


def test_the_record_of_an_item_tells_of_the_move(world: World) -> None:
    phone = world.phone(CONTACT)
    met(phone, 30)
    move(world, changed(lambda data, first: indicator(data, 30).update(text="全新的文字。")))
    for said in ("改30", "符合", "改30", "修改记录"):
        phone.say(said)
    assert "指标调整" in text_of(phone.seen[-1])
    assert world.rows("SELECT count(*) FROM delivery WHERE poison IS NOT NULL") == [(0,)]


def test_evidence_follows_its_item_and_comes_back_with_it(world: World) -> None:
    phone = world.phone(CONTACT)
    for number in (6, 13):
        met(phone, number, *(["100", "今天"] if number == 13 else []))
        phone.say(f"改{number}")
        phone.press("补佐证")
        phone.say(f"https://www.gov.cn/{number}.html")
    uses = "SELECT a.item, e.name FROM evidenceuse u JOIN answer a ON a.id = u.answer_id JOIN evidence e ON e.id = u.evidence_id"
    versions = world.rows("SELECT * FROM answerversion")
    before = items(world)

    move(world, changed(lambda data, first: first.pop(5)))
    assert world.rows(uses) == [("12", "https://www.gov.cn/13.html")]
    assert set(versions) < set(world.rows("SELECT * FROM answerversion"))

    move(world, OFFICIAL.read_bytes())
    assert sorted(world.rows(uses)) == [("13", "https://www.gov.cn/13.html"), ("6", "https://www.gov.cn/6.html")]
    assert {name: (row.id, row.values, row.state) for name, row in items(world).items()} == {
        name: (row.id, row.values, row.state) for name, row in before.items()
    }


def test_the_cases_of_a_veto_item_follow_their_wording(world: World) -> None:
    phone = world.phone(CONTACT)
    phone.say("指标自评")
    phone.deliver(press=token(Button("it", items(world)["veto.unlawful"].id)))
    for said in ("无", "无", "有", "已作处理。", "无", "无"):
        phone.say(said)
    before = items(world)["veto.unlawful"]
    assert (before.state, before.verdict) == ("complete", "has")

    def change(data: dict[str, Any], first: Indicators) -> None:
        cases = data["veto"][0]["cases"]
        data["veto"][0]["cases"] = [cases[3], "新增的情形", cases[2], cases[1]]

    move(world, changed(change))
    after = items(world)["veto.unlawful"]
    assert (after.state, after.verdict) == ("draft", "has")
    assert after.values == {"case_1": "none", "case_3": "has", "case_3_detail": "已作处理。", "case_4": "none"}
    assert "新增的情形" in text_of(phone.deliver(press=token(Button("it", after.id))))
    phone.say("无")
    assert "其他情形" in text_of(phone.seen[-1])
    phone.say("无")
    assert items(world)["veto.unlawful"].state == "complete"
