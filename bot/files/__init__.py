"""Evidence files: what may come in, what is in them, and where they are kept.

Everything here blocks on the disk: call it from a worker thread, never inside a turn.
"""

from bot.files.inspection import inspect
from bot.files.kinds import ALLOWED, VOICES, Kind, accept_attribute, check_announced, is_voice
from bot.files.names import date_in_name, nameless, safe_name
from bot.files.store import FileStore, StorageFull, Stored, WrongOffset
from bot.files.unfit import Code, TooLarge, Unfit

__all__ = [
    "ALLOWED",
    "VOICES",
    "Code",
    "FileStore",
    "Kind",
    "StorageFull",
    "Stored",
    "TooLarge",
    "Unfit",
    "WrongOffset",
    "accept_attribute",
    "check_announced",
    "date_in_name",
    "inspect",
    "is_voice",
    "nameless",
    "safe_name",
]
