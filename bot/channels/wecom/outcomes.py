"""What WeCom's errors come to: one of the outcomes that the outbox knows, and what an operator should be told.

By errcode alone: errmsg changes, and holds our address (path/90313, 90236, 90312).
"""

from __future__ import annotations

from datetime import timedelta

from bot.channels import Gone, NotReached, Problem, Refused, SlowDown, Unknown
from bot.clock import Clock

BAD_TOKEN = frozenset({40014, 42001})
"""The access token is none, or none any more: another one may do."""
BAD_SECRET = frozenset({40001, 40013, 40091})
BAD_APP = frozenset({301002, 40056, 48002, 50003})
NOT_TRUSTED = 60020
NO_CALLBACK, NO_DOMAIN = 43012, 50001
CONFIGURATION = BAD_TOKEN | BAD_SECRET | BAD_APP | {NOT_TRUSTED, NO_CALLBACK, NO_DOMAIN}
NOBODY = frozenset({40003, 60011, 60021, 60111, 81013})
"""The member has left, or is not among those who may see the app."""
TOO_OFTEN, TOO_MANY_AT_ONCE, BUSY = 45009, 45033, -1
BLOCKED = frozenset({40201, 40204, 82004})
NO_MEDIA = frozenset({40007, 40145})
"""What was uploaded is not there any more."""
UNFIT_MEDIA = frozenset({40004, 40005, 40006, 40009, 45001})
"""A picture or file of this kind or size is not taken: two pages differ about how large a picture may be."""
BAD_TASK = 42014
"""The name of a card is none, or there is such a card already."""
BAD_CARD = frozenset({40058, BAD_TASK, 42016}) | frozenset(range(42017, 42052))
"""The card is not taken; as a text the same can be."""
USED_UP = 60140
"""A card cannot be changed by this code, or not any more."""
RECALLED_TOO_LATE = 42052

UNCONFIGURED_SECONDS, ALONE_SECONDS = 60.0, 1.0
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0
"""Blocks last a minute, an hour, or until midnight, and nothing says which."""


class ApiError(Exception):
    """WeCom has refused a call, so that it had no effect; BUSY alone is not quite so sure."""

    def __init__(self, code: int, said: str = "") -> None:
        super().__init__(f"{code}")
        self.code = code
        self.said = said[:200]


class Unlicensed(Exception):
    """The member may see the app but has no licence to its interface: WeCom says so beside its success."""


class Pauses:
    """How long nothing is sent once WeCom says that it was too often: each time longer, until something gets through.

    What was on its way meanwhile hears the same, and makes nothing longer.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next = FIRST_PAUSE
        self._until = clock.now()

    def after(self) -> float:
        """Seconds from now."""
        now = self._clock.now()
        if now >= self._until:
            self._until = now + timedelta(seconds=self._next)
            self._next = min(self._next * 4, LONGEST_PAUSE)
        return (self._until - now).total_seconds()

    def over(self) -> None:
        """Something got through."""
        self._next = FIRST_PAUSE


def outcome(error: ApiError | Unlicensed, pauses: Pauses) -> NotReached | Unknown | SlowDown | Gone | Refused:
    """What an error means for what was to be sent."""
    if isinstance(error, Unlicensed) or error.code in NOBODY:
        return Gone()
    if error.code in CONFIGURATION:
        return SlowDown(UNCONFIGURED_SECONDS)
    if error.code == TOO_OFTEN:
        return SlowDown(pauses.after())
    if error.code == TOO_MANY_AT_ONCE:
        return SlowDown(ALONE_SECONDS)
    if error.code == BUSY:
        return Unknown(str(error))
    return Refused(str(error))


def trouble(error: ApiError | Unlicensed | NotReached | Unknown) -> Problem | None:
    """What an operator should know of; None: nothing to be done."""
    if isinstance(error, NotReached):
        return "wecom_unreachable", {}
    if isinstance(error, Unknown):
        return "wecom_failing", {}
    if isinstance(error, Unlicensed):
        return "wecom_unlicensed", {}
    for codes, told in (
        (BAD_SECRET, "wecom_secret"), (BAD_APP, "wecom_agent"), (BAD_TOKEN, "wecom_rejected"), ({NOT_TRUSTED}, "wecom_not_trusted"),
        ({NO_CALLBACK}, "wecom_no_callback"), ({NO_DOMAIN}, "wecom_no_domain"), ({TOO_OFTEN}, "wecom_too_often"),
        (BLOCKED, "wecom_content"), ({BUSY}, "wecom_failing"),
    ):  # fmt: skip
        if error.code in codes:
            return told, {"code": error.code}
    return None
