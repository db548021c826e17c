"""The outbox: after a commit, rows are sent or worked on here, and what nobody works on is taken over."""

from bot.outbox.box import RENEW_SECONDS, SEND_SECONDS, SWEEP_SECONDS, Outbox, Worker
from bot.outbox.outcomes import MOST_ATTEMPTS, PAUSES

__all__ = ["MOST_ATTEMPTS", "PAUSES", "RENEW_SECONDS", "SEND_SECONDS", "SWEEP_SECONDS", "Outbox", "Worker"]
