"""The one zone in which days begin and offices open, whatever zone the machine is set to."""

from __future__ import annotations

from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
