"""The emulated WeCom keeps the rules of the real one, as far as these are written down."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.emulators.wecom import AGENT, CORP, SECRET, WeComEmulator
from tests.emulators.wecom.callbacks import xml_of
from tests.world import FrozenClock

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class App:
    """An app that calls as it likes."""

    def __init__(self, wecom: WeComEmulator, session: aiohttp.ClientSession) -> None:
        self.wecom = wecom
        self.session = session
        self.token = ""
        self.someone = wecom.member("ZhangSan")

    async def call(self, path: str, body: dict[str, Any] | None = None, **query: Any) -> dict[str, Any]:
        address = f"{self.wecom.url}/cgi-bin/{path}"
        query = {"access_token": self.token} | query
        method = "GET" if body is None else "POST"
        async with self.session.request(method, address, params=query, data=_json(body), headers=_KIND) as answer:
            assert answer.status == 200
            found: dict[str, Any] = await answer.json()
            return found

    async def code(self, path: str, body: dict[str, Any] | None = None, **query: Any) -> int:
        return int((await self.call(path, body, **query))["errcode"])

    async def send(self, **more: Any) -> dict[str, Any]:
        text = {"touser": "zhangsan", "agentid": AGENT, "msgtype": "text", "text": {"content": "您好"}}
        return await self.call("message/send", text | more)

    async def card(self, **more: Any) -> dict[str, Any]:
        buttons = [{"text": "是", "style": 1, "key": "k1"}, {"text": "否", "key": "k2"}]
        card = {
            "card_type": "button_interaction",
            "main_title": {"title": "好吗？"},
            "task_id": "t",
            "button_list": buttons,
        }
        return await self.send(msgtype="template_card", template_card=card | more)


_KIND = {"Content-Type": "application/json"}


def _json(body: dict[str, Any] | None) -> bytes | None:
    import json

    return None if body is None else json.dumps(body, ensure_ascii=False).encode()


@asynccontextmanager
async def app(**more: Any) -> AsyncIterator[App]:
    async with WeComEmulator(FrozenClock(), **more) as wecom, aiohttp.ClientSession() as session:
        found = App(wecom, session)
        found.token = (await found.call("gettoken", corpid=CORP, corpsecret=SECRET))["access_token"]
        yield found


async def test_tokens() -> None:
    async with app() as here:
        assert await here.code("gettoken", corpid=CORP, corpsecret="x") == 40001
        assert await here.code("gettoken", corpid="x", corpsecret=SECRET) == 40013
        assert await here.code("getcallbackip", access_token="") == 41001
        assert await here.code("getcallbackip", access_token="nonsense") == 40014
        here.wecom.invalidate()
        assert await here.code("getcallbackip") == 42001
        here.token = (await here.call("gettoken", corpid=CORP, corpsecret=SECRET))["access_token"]
        here.wecom.ledger.clock.pass_(seconds=7200)  # type: ignore[attr-defined]
        assert await here.code("getcallbackip") == 42001


async def test_receivers() -> None:
    async with app() as here:
        here.wecom.member("lisi").account.licensed = False
        told = await here.send(touser="ZhangSan|Nobody|LiSi")
        assert (told["invaliduser"], told["unlicenseduser"]) == ("nobody", "lisi")
        assert len(here.someone.seen) == 1
        assert (await here.send(touser="nobody"))["errcode"] == 81013
        assert (await here.send(touser=""))["errcode"] == 82001
        assert (await here.send(agentid=7))["errcode"] == 40056


async def test_a_text_is_cut_without_a_word() -> None:
    async with app() as here:
        await here.send(text={"content": "字" * 700})
        assert here.someone.seen[-1].text == "字" * 682
        assert (await here.send(text={"content": " "}))["errcode"] == 44004


@pytest.mark.parametrize(
    "more",
    [
        {"task_id": ""}, {"task_id": "有字"}, {"button_list": []}, {"main_title": {}}, {"card_type": "other"},
        {"button_list": [{"text": "是", "key": str(n)} for n in range(7)]}, {"sub_title_text": "长" * 161},
        {"button_list": [{"text": "十一个字的标签放不下了吧", "key": "k"}]}, {"button_list": [{"text": "是", "key": "k"}] * 2},
        {"card_type": "vote_interaction"}, {"card_type": "multiple_interaction"}, {"card_type": "text_notice"},
    ],
)  # fmt: skip
async def test_cards_that_are_none(more: dict[str, Any]) -> None:
    async with app() as here:
        assert 42000 < (await here.card(**more))["errcode"] < 42052
        assert here.someone.seen == []


async def test_a_task_has_one_card_and_a_code_one_change() -> None:
    async with app() as here:
        sent = await here.card()
        assert (await here.card())["errcode"] == 42014
        change = {"userids": ["zhangsan"], "agentid": AGENT, "button": {"replace_name": "已选"}}
        assert await here.code("message/update_template_card", change | {"response_code": sent["response_code"]}) == 0
        assert here.someone.seen[-1].greyed == "已选"
        assert (
            await here.code("message/update_template_card", change | {"response_code": sent["response_code"]}) == 60140
        )
        other = await here.card(task_id="t2")
        here.wecom.ledger.clock.pass_(hours=72)  # type: ignore[attr-defined]
        here.token = (await here.call("gettoken", corpid=CORP, corpsecret=SECRET))["access_token"]
        assert (
            await here.code("message/update_template_card", change | {"response_code": other["response_code"]}) == 60140
        )


async def test_the_same_is_shown_once_where_that_is_asked_for() -> None:
    async with app() as here:
        for _ in range(2):
            assert (await here.send(enable_duplicate_check=1))["errcode"] == 0
        assert len(here.someone.seen) == 1
        here.wecom.ledger.clock.pass_(minutes=31)  # type: ignore[attr-defined]
        await here.send(enable_duplicate_check=1)
        for _ in range(2):
            await here.send()
        assert len(here.someone.seen) == 4


async def test_more_than_a_member_is_shown_is_dropped_and_a_days_quota_refused() -> None:
    async with app(windows=((3, 60.0),), quota=6) as here:
        codes = [(await here.send())["errcode"] for _ in range(7)]
        assert codes == [0] * 6 + [45009]
        assert (len(here.someone.seen), len(here.wecom.ledger.dropped)) == (3, 3)


async def test_callbacks_come_again_three_times_and_then_no_more() -> None:
    answers = iter([500, OSError(), 500, 500, 200])

    async def post(method: str, url: str, body: bytes) -> tuple[int, bytes]:
        found = next(answers)
        if isinstance(found, OSError):
            raise found
        return found, b""

    async def at_once(_: float) -> None:
        return

    async with app(post=post, sleep=at_once) as here:
        lost = here.someone.say("一")
        await here.wecom.quiet()
        taken = here.someone.say("二")
        await here.wecom.quiet()
        assert lost.attempts == [500, "OSError", 500, 500]
        assert here.wecom.callbacks.lost == [lost]
        assert taken.taken


def test_what_is_nested_repeated_or_odd_is_written_as_xml() -> None:
    told = {"A": "]]>", "N": 5, "S": {"O": ["a", "b"]}}
    assert xml_of(told) == (
        b"<xml><A><![CDATA[]]]]><![CDATA[>]]></A><N>5</N><S><O><![CDATA[a]]></O><O><![CDATA[b]]></O></S></xml>"
    )


async def test_what_a_text_makes_of_links_and_who_a_card_can_be_changed_for() -> None:
    async with app() as here:
        await here.send(text={"content": '见<a href="https://x">此处</a>，<b>不变</b>'})
        assert here.someone.seen[-1].text == "见此处，<b>不变</b>"
        assert (await here.send(toparty="|".join(map(str, range(101)))))["errcode"] == 40031
        sent = await here.card()
        change = {"agentid": AGENT, "button": {"replace_name": "已选"}, "response_code": sent["response_code"]}
        here.wecom.member("lisi")
        assert await here.code("message/update_template_card", change | {"userids": ["lisi"]}) == 82102


async def test_drop_down_lists_tell_of_each_what_is_chosen_there() -> None:
    async with app() as here:
        options = [{"id": name, "text": name} for name in ("无", "甲", "乙")]
        lists = [
            {"question_key": key, "title": key, "selected_id": "无", "option_list": options} for key in ("q1", "q2")
        ]
        submit = {"text": "确定", "key": "s"}
        await here.card(card_type="multiple_interaction", button_list=[], select_list=lists, submit_button=submit)
        card = here.someone.seen[-1]
        assert [label for label, _ in card.buttons] == ["甲", "乙"] * 2
        came = here.someone.choose(card, ["乙"])
        assert came.xml.count(b"<SelectedItem>") == 2
        assert came.xml.count("<OptionId><![CDATA[乙]]></OptionId>".encode()) == 2
