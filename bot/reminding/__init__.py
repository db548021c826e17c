"""What falls due by itself: each kind of reminder says who owes what; here it is merged, kept within limits, and sent."""

from bot.reminding.due import MOST, Delivered, fall_due, serve
from bot.reminding.planning import astray, replan, replan_all
from bot.reminding.registry import KINDS, Kind, Owed, Owing, Plan, Rung, reminder
from bot.reminding.telling import decent, still, tell

__all__ = [
    "KINDS", "MOST", "Delivered", "Kind", "Owed", "Owing", "Plan", "Rung", "astray", "decent", "fall_due", "reminder", "replan",
    "replan_all", "serve", "still", "tell",
]  # fmt: skip
