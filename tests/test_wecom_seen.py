"""What members really see of the dialogues about WeCom: texts, cards, what cards are changed into. `--record` writes it anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import dialogue, sample_flow
from tests.dialogue import DIALOGUES, Player
from tests.dialogue_played import scratch, stage_of
from tests.dialogue_screens import all_words
from tests.dialogue_wecom import WeCom
from tests.emulators.wecom import Effect, Message

SEEN = DIALOGUES / "wecom" / "seen"
KINDS = {
    "button_interaction": "卡片", "vote_interaction": "选择卡片", "multiple_interaction": "下拉卡片", "text_notice": "通知卡片",
}  # fmt: skip


def looks(message: Message) -> Iterator[str]:
    """A message as it looked."""
    if message.kind == "image" or message.file:
        yield f"〔{'图片' if message.kind == 'image' else '文件'} {message.file}〕"
    elif message.card is None:
        yield f"〔文字〕{message.text}"
    else:
        yield f"〔{KINDS[message.card['card_type']]}〕{message.words}"
        if message.buttons:
            yield "  " + " ".join(f"[{label}]" for label, _ in message.buttons)
        if "submit_button" in message.card:
            yield f"  （选好后按“{message.card['submit_button']['text']}”）"


def drawn(effects: list[Effect]) -> Iterator[str]:
    """What became of one message: it is written below it, whatever else came to the chat meanwhile."""
    for effect in effects:
        if effect.how == "message/recall":
            yield "  （后来收回）"
        elif effect.message.greyed:
            yield f"  （后来按钮变为“{effect.message.greyed}”）"
        elif effect.how == "message/update_template_card":
            first, *rest = looks(effect.message)
            yield from (f"  （后来在原处改为）{first}", *rest)
        else:
            yield from looks(effect.message)


def seen(stage: WeCom) -> str:
    """All that members saw, each chat by itself, its messages in the order in which they came."""
    written: list[str] = []
    for name in stage.wecom.ledger.members:
        history: dict[str, list[Effect]] = {}
        for effect in stage.wecom.ledger.history:
            if effect.message.member == name:
                history.setdefault(effect.message.id, []).append(effect)
        lines = [line for effects in history.values() for line in drawn(effects)]
        written += ["", f"— {name}", *lines] if lines else []
    return "\n".join(written).strip() + "\n"


@pytest.mark.parametrize("path", sorted((DIALOGUES / "wecom").glob("*.txt")), ids=lambda path: path.stem)
def test_what_members_see(path: Path, request: pytest.FixtureRequest) -> None:
    with scratch() as folder, sample_flow.installed():
        stage = stage_of(path, folder, all_words())
        assert isinstance(stage, WeCom)
        try:
            Player(stage, "wecom").play(dialogue.read(path))
            found = seen(stage)
        finally:
            stage.close()
    if request.config.getoption("--record"):
        SEEN.mkdir(exist_ok=True)
        (SEEN / path.name).write_text(found, "utf-8")
    assert found == (SEEN / path.name).read_text("utf-8")
