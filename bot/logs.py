"""Logs for operators: one line each, without secrets and without what people wrote."""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRETS = re.compile(
    r"""(?i)\b(?:key|token|secret|access_token|corpsecret|password)=[^&\s"']+  # in an address
    | \bbot\d+:[\w-]+  # Telegram's
    | (?<!\d)1[3-9]\d{9}(?!\d)  # a mobile number""",
    re.VERBOSE,
)


def redacted(text: str) -> str:
    """A text without tokens, keys and mobile numbers."""
    return _SECRETS.sub("***", text)


def configure() -> None:
    """Set up logging for this process."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(_redact_record)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso"),
            _redact,
            structlog.processors.KeyValueRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


def _redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: redacted(value) if isinstance(value, str) else value for key, value in event.items()}


def _redact_record(record: logging.LogRecord) -> bool:
    record.msg, record.args = redacted(record.getMessage()), None
    return True
