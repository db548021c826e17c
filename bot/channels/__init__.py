"""What a channel is to the rest: its traits as data, and the five outcomes of sending besides success."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from bot.actions import Made, Stored
    from bot.clock import Clock
    from bot.files import FileStore
    from bot.messages import Inbound
    from bot.render import Words


@dataclass(frozen=True, slots=True)
class Pace:
    """How many messages may be on their way in any second: on the whole channel, and to one address.

    `windows`: (most, seconds), how many to one address in any longer time, where the platform counts these too.
    """

    overall: int
    address: int
    windows: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Traits:
    """What a channel is like. `lists`: it keeps a list of messages that can be found again.

    `echoes`: what the person says must be put into that list by us, because the channel keeps none of its own.
    `pushes`: what is sent makes itself known on the person's phone. `pace`: None, as fast as it goes.
    `largest_file`: bytes of the largest file that can come in by it; None: what the bureau has set for the page.
    `documents`: files of every kind can come in by it, and not only pictures. `room`: how many buttons a message
    shows at most, and the characters of their labels; others are numbered lines, and whoever types a number means the one
    so numbered. `identifies`: its addresses are those by which the
    roster knows people, who need not join. `spreads`: what is no reply waits for up to so long around the full and the half
    hour. `remembers`: for so long the platform takes no second copy of a message that is no reply.
    `vouches`: it says who opens a page of ours out of it, so that nobody there has to sign in first.
    `inside`: nothing said here leaves our own service, so that what is 内部 may be written and shown (DOMAIN 9).
    """

    lists: bool
    echoes: bool = False
    pushes: bool = False
    pace: Pace | None = None
    largest_file: int | None = None
    documents: bool = True
    room: tuple[int, int] | None = None
    identifies: bool = False
    spreads: timedelta = timedelta(0)
    remembers: timedelta = timedelta(0)
    vouches: bool = False
    inside: bool = False


class NotReached(Exception):
    """Certainly not sent: to be tried again."""


class Unknown(Exception):
    """May have been sent: to be tried again, marked as possibly repeated."""


class SlowDown(Exception):
    """Not sent, and nothing should be for a while."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class More(Exception):
    """A piece of it has arrived; to be sent on when it is its turn again, since each piece counts as a message."""


class Gone(Exception):
    """The person has left or blocked the channel."""


class Refused(Exception):
    """Our fault or the content's: not to be tried again."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a channel is given to work with."""

    receive: Callable[[Inbound], Awaitable[list[Any]]]
    """Takes a delivery in; returns once all of it is durable. Raises DatabaseDown if nothing is."""
    file: Callable[[str, str], Awaitable[Stored | Made | None]]
    """(address, url): the picture or file that a message shows there; None: it is not for whoever that is."""
    store: FileStore
    words: Words
    clock: Clock
    shared: Shared


class Shared(Protocol):
    """What all processes of an installation share. Every method raises DatabaseDown."""

    async def read(self, name: str) -> tuple[str, datetime] | None:
        """A value, and until when it is good; None: there is none, or none any more."""

    async def keep(self, name: str, value: str, until: datetime) -> None:
        """Keep a value, for everybody to read."""

    async def take(self, name: str, span: timedelta) -> bool:
        """Be the one process that does something for `span` from now on; False: another is."""

    async def give_up(self, name: str) -> None:
        """Let another process do it."""


class Door(Protocol):
    """Lets people onto the page whom their platform vouches for."""

    def page(self, name: str) -> Any:
        """One of our pages, for everybody."""

    async def let_in(self, request: Any, channel: str, address: str, to: str, *, told: bool = False) -> Any:
        """The answer to the request of whoever has an address: signed in, and led to a path of ours; or turned away.

        `told`: a page of ours asks, and is told where to go on.
        """

    async def upload(self, request: Any, channel: str, address: str) -> Any:
        """As `let_in`, to the upload page of the link that was asked for last at that address."""

    def turned_away(self, *, told: bool = False) -> Any:
        """The answer to somebody who is not let in; `told`: to a page of ours."""


class Channel:
    """One platform, both directions; it knows no business."""

    name: str
    traits: Traits

    async def start(self, surroundings: Surroundings) -> None:
        """Begin to listen, in the running event loop. Must not wait for the platform, which may be out of reach."""

    async def stop(self) -> None:
        """Listen no more, and close what is open; nothing is sent after this."""

    def routes(self) -> list[Any]:
        """What the platform calls over HTTP, as Starlette routes."""
        return []

    def invitation(self, code: str) -> str | None:
        """The address that lets one join here with a code; None: it can only be typed."""
        return None

    def entrance(self, door: Door) -> list[Any]:
        """How its people get onto the page without a link of their own, as Starlette routes."""
        return []

    async def send(self, row: Any) -> str | None:
        """Bring one message to its address; the platform's own id for it, if any. Raises one of the five outcomes."""
        raise NotImplementedError

    def messages(self, reference: str) -> int:
        """How many messages it took to bring a row, by the platform's own id."""
        return 1

    def fetch(self, source: dict[str, Any], offset: int) -> AsyncIterator[bytes]:
        """The bytes, from `offset` on, of a file that the platform holds. Raises NotReached, Refused."""
        raise NotImplementedError


class Unset(Exception):
    """Settings that a channel needs are missing or wrong; `names` are theirs, as they stand in `.env`."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(names)
        self.names = names


Problem = tuple[str, dict[str, Any]]
"""Something wrong with an installation: a code that templates/commands words, and what its wording draws on."""


def channel(name: str) -> Channel:
    """The channel of a name, as it is set up. KeyError: there is none; Unset: it lacks settings."""
    made: Channel = _module(name).from_settings()
    return made


def problems(name: str) -> list[Problem]:
    """What keeps the channel of a name from working; a platform is asked for a few seconds. KeyError: there is none."""
    found: list[Problem] = getattr(_module(name), "problems", list)()
    return found


def _module(name: str) -> Any:
    try:
        module = importlib.import_module(f"bot.channels.{name}")
    except ModuleNotFoundError:
        raise KeyError(name) from None
    if not hasattr(module, "from_settings"):
        raise KeyError(name)
    return module
