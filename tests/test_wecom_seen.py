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
from tests.emulators.wecom import Effect

SEEN = DIALOGUES / "wecom" / "seen"
KINDS = {"button_interaction": "卡片", "vote_interaction": "选择卡片", "text_notice": "通知卡片"}


def drawn(effect: Effect, greyed: str) -> Iterator[str]:
    """One thing that happened in a chat, as it looked; and what became of its buttons, which may be before or after the next."""
    message = effect.message
    if effect.how == "message/recall":
        yield f"〔撤回〕{message.words[:20]}"
    elif message.kind == "image" or message.file:
        yield f"〔{'图片' if message.kind == 'image' else '文件'} {message.file}〕"
    elif message.card is None:
        yield f"〔文字〕{message.text}"
    else:
        changed = "，原处更新" if effect.how == "message/update_template_card" else ""
        yield f"〔{KINDS[message.card['card_type']]}{changed}〕{message.words}"
        yield "  " + " ".join(f"[{label}]" for label, _ in message.buttons)
        if greyed:
            yield f"  （后来按钮变为“{greyed}”）"
        if "submit_button" in message.card:
            yield f"  （选一项，按“{message.card['submit_button']['text']}”）"


def seen(stage: WeCom) -> str:
    """All that members saw, each chat by itself."""
    written: list[str] = []
    for name in stage.wecom.ledger.members:
        history = [one for one in stage.wecom.ledger.history if one.message.member == name]
        greyed = {(one.message.id, one.message.task): one.message.greyed for one in history if one.message.greyed}
        effects = [one for one in history if not one.message.greyed]
        lines = [
            line for one in effects for line in drawn(one, greyed.get((one.message.id, one.message.task), ""))
        ]  # fmt: skip
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
