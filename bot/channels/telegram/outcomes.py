"""What the library's errors come to: one of the outcomes that the outbox knows, and what an operator should be told."""

from __future__ import annotations

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels import Gone, NotReached, Problem, Refused, SlowDown, Unknown
from bot.channels.telegram.transport import NotConnected

WITHOUT_TOKEN_SECONDS = 60.0
"""So long nothing is sent once the token was refused."""
LONGEST_REASON = 200


def outcome(error: TelegramError) -> NotReached | Unknown | SlowDown | Gone | Refused:
    """What an error means for what was to be sent."""
    if isinstance(error, RetryAfter):
        return SlowDown(seconds_of(error))
    if isinstance(error, InvalidToken):
        return SlowDown(WITHOUT_TOKEN_SECONDS)
    # Only groups migrate, and there is nothing to be said in them any more.
    if isinstance(error, Forbidden | ChatMigrated) or is_about(error, "chat not found"):
        return Gone()
    if isinstance(error, BadRequest):
        return Refused(str(error)[:LONGEST_REASON])
    if isinstance(error, NotConnected | Conflict):
        return NotReached(str(error))
    return Unknown(str(error)[:LONGEST_REASON])


def is_about(error: TelegramError, words: str) -> bool:
    """Whether Telegram refused what was asked for, in these words."""
    return isinstance(error, BadRequest) and words in str(error).lower()


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram wants to be left alone."""
    wanted = error.retry_after
    return float(wanted) if isinstance(wanted, int) else wanted.total_seconds()  # which, the environment says


def trouble(error: TelegramError) -> Problem | None:
    """What an operator should know of; None: nothing to be done."""
    if isinstance(error, InvalidToken):
        return "telegram_rejected", {}
    if isinstance(error, Conflict):
        return "telegram_conflict", {}
    if isinstance(error, NotConnected | TimedOut):
        return "telegram_unreachable", {}
    if isinstance(error, NetworkError) and not isinstance(error, BadRequest):
        return "telegram_failing", {}
    return None
