"""The kinds of file that count as evidence (the list is a starting value of the evidence limits)."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.files.names import extension_of
from bot.files.unfit import TooLarge, Unfit

_OPEN_XML = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True)
class Kind:
    """A kind of file: its usual extension without the dot, its media type, and whether it can be shown as a picture.

    `is_voice`: it is what a messenger records and sends by itself; nobody is asked for one.
    """

    extension: str
    mime: str
    is_picture: bool = False
    is_voice: bool = False


_KINDS = (
    Kind("pdf", "application/pdf"),
    Kind("ofd", "application/ofd"),
    Kind("doc", "application/msword"),
    Kind("docx", _OPEN_XML + "wordprocessingml.document"),
    Kind("xls", "application/vnd.ms-excel"),
    Kind("xlsx", _OPEN_XML + "spreadsheetml.sheet"),
    Kind("ppt", "application/vnd.ms-powerpoint"),
    Kind("pptx", _OPEN_XML + "presentationml.presentation"),
    Kind("wps", "application/wps-office.wps"),
    Kind("et", "application/wps-office.et"),
    Kind("txt", "text/plain"),
    Kind("jpg", "image/jpeg", is_picture=True),
    Kind("png", "image/png", is_picture=True),
    Kind("heic", "image/heic", is_picture=True),
    Kind("mp4", "video/mp4"),
    Kind("amr", "audio/amr", is_voice=True),
    Kind("ogg", "audio/ogg", is_voice=True),
)
_ASKED_FOR = tuple(kind for kind in _KINDS if not kind.is_voice)

ALLOWED: Mapping[str, Kind] = {kind.extension: kind for kind in _KINDS} | {
    "jpeg": next(kind for kind in _KINDS if kind.extension == "jpg")
}
"""Extension in lower case, without the dot -> kind."""
VOICES = frozenset(kind.mime for kind in _KINDS if kind.is_voice)
"""The media types of recorded voice messages."""


def accept_attribute() -> str:
    """The value of `accept` for an HTML file input.

    Extensions and media types both: desktop browsers filter by the former, phones choose camera or files by the latter.
    """
    extensions = [f".{extension}" for extension, kind in ALLOWED.items() if kind in _ASKED_FOR]
    return ",".join(extensions + [kind.mime for kind in _ASKED_FOR])


def is_voice(name: str) -> bool:
    """Whether a file name promises a recorded voice message; one that cannot be shown promises nothing."""
    try:
        return announced_kind(name).is_voice
    except Unfit:
        return False


def announced_kind(name: str) -> Kind:
    """The kind that a file name promises. Raises Unfit: name, kind."""
    extension = extension_of(name)
    if extension not in ALLOWED:
        raise Unfit("kind", extension=extension, allowed=tuple(kind.extension for kind in _ASKED_FOR))
    return ALLOWED[extension]


def check_announced(name: str, size: int, most: int) -> None:
    """Judge a file before a byte of it is sent, by its name and its size in bytes, against `most` bytes.

    Raises Unfit: name, kind, empty, too_large.
    """
    announced_kind(name)
    if size <= 0:
        raise Unfit("empty")
    if size > most:
        raise TooLarge(most, size)
