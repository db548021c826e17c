"""Logs for operators: one line each, without secrets and without what people wrote."""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

from bot.masking import MOBILE

_SECRETS = re.compile(
    r"""(?i)\b(?:key|token|secret|session|access_token|corpsecret|password)=[^&;\s"']+  # in an address, in a cookie
    | (?<![\w-])[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}(?![\w-])  # an invitation code
    | (?<![\w-])[\w-]{43}(?![\w-])  # a one-time link's token, a session's
    | (?<=/join\#)\S+ | (?<=/enter\#)\S+
    | \bbot\d+:[\w-]+ | \b\d{6,}:[\w-]{20,}  # Telegram's
    | (?<=\bexception=)\w+\(.*  # what an error says, as asyncio shows it: it may quote what people wrote""",
    re.VERBOSE | re.DOTALL,
)


def redacted(text: str) -> str:
    """A text without tokens, keys, mobile numbers and the words of errors."""
    return MOBILE.sub("***", _SECRETS.sub("***", text))


def configure() -> None:
    """Set up logging for this process."""
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it finds fault with every other file
    for name in ("aiohttp", "telegram"):  # what they say of a call holds its address, and that a token
        logging.getLogger(name).setLevel(logging.WARNING)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_redact_record)
        handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    sys.excepthook = _uncaught
    threading.excepthook = lambda ended: _uncaught(ended.exc_type, ended.exc_value, ended.exc_traceback)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso"),
            _redact,
            structlog.processors.KeyValueRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


class _Formatter(logging.Formatter):
    """Shows where an error arose and of what kind it is, not what it says: that may quote what people wrote."""

    def formatException(self, ei: Any) -> str:  # noqa: N802
        kind, _, trace = ei
        return "".join(traceback.format_tb(trace)) + (kind.__name__ if kind else "")


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: Any) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("uncaught").critical("ended by an error", exc_info=(kind, error or kind(), trace))


def _redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: redacted(value) if isinstance(value, str) else value for key, value in event.items()}


def _redact_record(record: logging.LogRecord) -> bool:
    record.msg, record.args = redacted(record.getMessage()), None
    return True
