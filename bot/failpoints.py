"""Named places on the way from a delivery to its last effect, where a test's own process may end; at work they do nothing.

In the order in which a delivery comes by them.
"""

from __future__ import annotations

from collections.abc import Callable

RECEIVED = "received"
"""A delivery is here; its transaction has not begun."""
WRITTEN = "written"
"""The rows of a turn are written, and not committed; so for one that nobody sent, such as a tick of the reminders."""
COMMITTED = "committed"
"""They are, and nobody has been told yet: not the platform (its 200), not the outbox."""
SENDING = "sending"
"""A row is leased; its message is not sent, its work not begun."""
SENT = "sent"
"""The platform has the message, or what the work came to has had its turn; the row is not marked."""
MARKED = "marked"
"""Its mark is durable."""
FETCHING = "fetching"
"""A platform holds a file; this process has not asked for a byte of it."""
PIECE = "piece"
"""A piece of a file is on the disk; whoever brings it has not been told."""
WHOLE = "whole"
"""The last one is; that has not had its turn."""
LOOKED = "looked"
"""The file has been looked into and lies under its hash; that has not had its turn."""


def _nothing(_place: str) -> None:
    return


reach: Callable[[str], None] = _nothing
"""What happens at a place. Only a test's process puts something else here; no setting does."""
