"""A notice to all, with a receipt, takes five acts; what is pressed and typed stands in its dialogue."""

from __future__ import annotations

from tests import dialogue

MOST = 5
BEGINS, ENDS = "[写通知]", "[发出]"


def acts() -> tuple[list[str], str]:
    """What is pressed and typed from 写通知 to its being on its way, and what is shown before the last of it."""
    path = next(path for path in dialogue.paths() if (path.parent.name, path.stem) == ("notice_write", "to_all"))
    lines = path.read_text("utf-8").splitlines()
    first, last = lines.index(f"> {BEGINS}"), lines.index(f"> {ENDS}")
    return [line.removeprefix("> ") for line in lines[first : last + 1] if line.startswith("> ")], "\n".join(
        lines[first:last]
    )


def test_a_notice_to_all_with_a_receipt_takes_five_acts() -> None:
    done, shown = acts()
    assert len(done) <= MOST
    assert done[0] == BEGINS
    assert done[-2:] == ["[全局人员]", ENDS]
    assert "请按“收到”确认（8月24日前）" in shown
    assert "发给全局人员 25 人：Telegram 1，仅网页 23（没有推送），送不到 1。" in shown
    assert "需电话：工伤保险科法治员（工伤保险科，未加入）。" in shown
    assert "本周" in shown
