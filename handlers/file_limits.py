"""How large a file may be: a bureau's own bound, and the narrower one of a channel that brings no larger files."""

from __future__ import annotations

from dataclasses import dataclass

from bot.turn import Turn
from models import bureau_settings


def most_bytes(turn: Turn, bureau: int) -> int:
    """The largest file that a bureau takes, in bytes; by a page it can be brought."""
    return int(bureau_settings.value_of(turn.db, bureau, "page_megabytes")) * 1024 * 1024


def documents_here(turn: Turn) -> bool:
    """Whether files of every kind can be sent on the sender's channel, and not only pictures."""
    return turn.house.traits[turn.inbound.channel].documents


@dataclass(frozen=True, slots=True)
class HowFilesCome:
    """How files can be sent on a channel: of what size at most (bytes; None: as the bureau takes), and whether of every kind."""

    most: int | None
    documents: bool


def how_files_come(turn: Turn, bureau: int) -> HowFilesCome:
    """How files of a bureau can be sent on the sender's channel."""
    return HowFilesCome(most_here(turn, bureau), documents_here(turn))


def to_page(code: str, about: int, *, documents: bool) -> tuple[str, int] | tuple[str, int, str]:
    """What a question offers beside it, by the action of this code, so that files can be brought on the upload page.

    `documents`: they can be sent in the chat, too, and only larger ones need it.
    """
    return (code, about) if documents else (code, about, "file")


def most_here(turn: Turn, bureau: int) -> int | None:
    """The largest file that the sender's channel brings, in bytes; None: as large a one as the bureau takes."""
    most = turn.house.traits[turn.inbound.channel].largest_file
    return most if most is not None and most < most_bytes(turn, bureau) else None
