"""Cards in the whole assistant: what was chosen shows, what changes is changed in its place, and numbers do as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emulators.wecom import Member, Message
from tests.wecom_service import Service, service, until_stored

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_the_card_of_a_question_shows_what_was_chosen_and_another_card_stays(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        menu = await here.said(someone, "菜单")
        await here.pressed(someone, "指标自评")
        question = someone.seen[-1]
        await here.pressed(someone, "符合")
        assert (menu.greyed, question.greyed) == ("", "已选符合")


async def test_another_press_on_the_card_of_a_question_does_not_change_what_it_shows(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        await here.said(someone, "改1")
        question = someone.seen[-1]
        for _, key in question.buttons[:2]:
            someone.press_key(question, key)
        await here.quiet()
        assert "您已答“符合”，没有改动" in someone.seen[-1].words
        assert question.greyed == "已选符合"


async def test_a_card_whose_question_was_answered_by_typing_can_be_pressed_no_more(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        await here.said(someone, "改1")
        question = someone.seen[-1]
        await here.said(someone, "1")
        await here.quiet()
        assert question.greyed == "见新消息"
        await here.said(someone, "公示栏已设")
        assert question.greyed == "见新消息"


async def test_a_late_press_on_a_card_answered_by_typing_does_not_show_as_taken(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        await here.said(someone, "改1")
        question = someone.seen[-1]
        here.wecom.faults.fail(60140, "message/update_template_card")
        await here.said(someone, "1")
        someone.press_key(question, dict(question.buttons)["不符合"])
        await here.quiet()
        assert "您已答“符合”，没有改动" in someone.seen[-1].words
        assert question.greyed == "见新消息"


async def _choosing_of_several(here: Service, someone: Member) -> Message:
    """Two files in the box, and the question which of them to use."""
    for name in ("a.txt", "b.txt"):
        someone.send_file(name, f"{name} 普法".encode())
        await until_stored(here, int(name == "b.txt") + 1)
    await here.said(someone, "改53")
    for label in ("符合", "跳过", "从证据箱选"):
        await here.pressed(someone, label)
    return someone.seen[-1]


async def test_a_choice_of_several_is_drawn_anew_in_its_place_again_and_again(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        card = await _choosing_of_several(here, someone)
        count = len(someone.account.messages)
        for press, shown in (("证-0001 a.txt", "✓ 证-0001 a.txt"), ("✓ 证-0001 a.txt", "证-0001 a.txt")) * 2:
            await here.pressed(someone, press)
            assert shown in [label for label, _ in card.buttons]
        assert len(someone.account.messages) == count
        assert card.updates == 4


async def test_two_presses_at_once_are_both_shown_in_its_place(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        card = await _choosing_of_several(here, someone)
        someone.press("证-0001 a.txt")
        someone.press("证-0002 b.txt")
        await here.quiet()
        assert {"✓ 证-0001 a.txt", "✓ 证-0002 b.txt"} <= {label for label, _ in someone.seen[-1].buttons}
        assert not card.recalled


async def test_where_a_card_cannot_be_changed_any_more_another_takes_its_place(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        card = await _choosing_of_several(here, someone)
        here.wecom.faults.fail(60140, "message/update_template_card")
        await here.pressed(someone, "证-0001 a.txt")
        assert card.recalled
        assert "✓ 证-0001 a.txt" in [label for label, _ in someone.seen[-1].buttons]


async def test_a_number_stands_for_a_choice(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        await here.said(someone, "改1")
        assert "不涉及的原因" in (await here.said(someone, "3")).words


async def test_what_is_too_much_for_one_list_is_chosen_from_drop_down_lists(tmp_path: Path) -> None:
    """One choice is a press; several, as numbers that are typed; none asks again."""
    async with service(tmp_path) as here:
        someone = here.someone()
        for number in range(20):
            someone.send_file(f"{number}.txt", f"第{number}份普法材料".encode())
        await until_stored(here, 20)
        await here.said(someone, "改53")
        for label in ("符合", "跳过", "从证据箱选"):
            await here.pressed(someone, label)
        text, card = someone.seen[-2:]
        assert text.text.endswith("\n20 证-0020 19.txt\n21 返回")
        assert card.card is not None
        assert (card.card["card_type"], [len(one["option_list"]) for one in card.card["select_list"]]) == (
            "multiple_interaction", [10, 10, 4],
        )  # fmt: skip
        await _chosen(here, someone, card, [])
        assert "没有看懂" not in someone.seen[-1].words
        again = next(one for one in reversed(someone.seen) if one.card is not None)
        await _chosen(here, someone, again, [again.buttons[0][1]])
        marked = next(one for one in reversed(someone.seen) if one.card is not None)
        assert marked.buttons[0][0].startswith("1 ✓ 证-")
        await _chosen(here, someone, marked, [marked.buttons[1][1], marked.buttons[12][1]])
        assert any("已从证据箱取用 2 份" in one.words for one in someone.seen[-3:])


async def _chosen(here: Service, someone: Member, card: Message, keys: list[str]) -> None:
    someone.choose(card, keys)
    await here.quiet()
