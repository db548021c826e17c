"""File names as people write them: made safe to show, and read for a date."""

import re
import unicodedata
from datetime import date, timedelta

from bot.files.unfit import Unfit

MOST_CHARACTERS = 200
_LONGEST_EXTENSION = 10
# Control, format (right-to-left override, zero width) and half characters, line and paragraph separators.
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# Evidence leaves in a .zip that is unpacked on Windows, where these are forbidden in names.
_FORBIDDEN_ON_WINDOWS = str.maketrans(dict.fromkeys('<>:"|?*', "_"))

_DATE = re.compile(
    r"""(?<![0-9])(20[0-9]{2})
    (?: \s?年\s?([0-9]{1,2})\s?月\s?([0-9]{1,2})(?![0-9])
      | ([-._])([0-9]{1,2})\4([0-9]{1,2})(?![0-9])
      | ([0-9]{2})([0-9]{2})(?=(?:[0-9]{4}|[0-9]{6}|[0-9]{9})?(?![0-9]))   # a time of day may follow
    )""",
    re.VERBOSE,
)


def safe_name(name: str) -> str:
    """A name fit to be shown and to be given to an unpacked file: at most 200 characters, the extension kept.

    Folders, invisible characters and outer dots and spaces are dropped; Chinese stays as it is.
    Raises Unfit("name") when nothing is left before the extension.
    """
    stem, extension = _split(name)
    tail = f".{extension}" if extension else ""
    return stem[: MOST_CHARACTERS - len(tail)].rstrip(" .") + tail


def extension_of(name: str) -> str:
    """The extension in lower case, without the dot, empty if there is none. Raises Unfit("name")."""
    return _split(name)[1].lower()


def nameless(name: str) -> str:
    """A name that tells the same kind of file, and nothing else. Raises Unfit("name")."""
    return f"1.{extension_of(name)}"


def date_in_name(name: str, today: date) -> date | None:
    """The first date written in a file name, from the year 2000 to a year after `today`; None if there is none.

    Read are 2022-06-30, 2022.6.30, 2022_06_30, 2022年6月30日, 20220630 and 20220630101010 (a camera's time stamp).
    """
    for found in _DATE.finditer(unicodedata.normalize("NFKC", name)):
        year, month, day = (int(part) for part in found.groups() if part and part.isdigit())
        try:
            written = date(year, month, day)
        except ValueError:
            continue
        if written <= today + timedelta(days=366):
            return written
    return None


def _split(name: str) -> tuple[str, str]:
    """Cleaned stem and extension."""
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(character for character in last if unicodedata.category(character) not in _INVISIBLE)
    clean = unicodedata.normalize("NFC", visible).translate(_FORBIDDEN_ON_WINDOWS)
    clean = " ".join(clean.split()).rstrip(" .")
    stem, dot, extension = clean.rpartition(".")
    if not dot or len(extension) > _LONGEST_EXTENSION or " " in extension:
        stem, extension = clean, ""
    stem = stem.strip(" .")
    if not stem:
        raise Unfit("name")
    return stem, extension
