"""消息数量 (减负): how many messages the bureau's people have had week by week, and who has had the most (DOMAIN 9)."""

from __future__ import annotations

from bot.actions import action, command
from bot.messages import Button
from bot.turn import Turn
from models import burden
from models.rights import Right

WEEKS_BEFORE = 4
PAGE = 8


@command("message_counts", right=Right.MANAGE, ambiguous=False)
@action("bd", right=Right.MANAGE)
def show(turn: Turn, button: Button) -> None:
    """The weeks, and those who have had the most this week; from the place in their list that the button carries."""
    assert turn.post is not None
    bureau = turn.post.bureau_id
    weeks = burden.weeks(turn.db, bureau, turn.today, WEEKS_BEFORE)
    total = weeks[0].people
    start = button.id if button.id < total else 0
    shown = burden.heaviest(turn.db, bureau, turn.today, start, PAGE)
    turned = [Button("bd", max(0, start - PAGE), label=turn.label("page.before"))] if start else []
    turned += [Button("bd", start + PAGE, label=turn.label("page.after"))] if start + PAGE < total else []
    turn.say("counts", [*turned, Button("office"), Button("menu")], weeks=weeks, shown=shown, start=start, total=total)
