"""A way to watch the database's driver: connections opened meanwhile use another kind of cursor."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

MakeCursor = Callable[[sqlite3.Connection], sqlite3.Cursor]


@contextmanager
def cursors(make: MakeCursor) -> Iterator[None]:
    """SQLite connections opened inside make their cursors so."""

    class Connection(sqlite3.Connection):
        def cursor(self, *_: Any) -> Any:
            return make(self)

    def connecting(_dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> None:
        parameters["factory"] = Connection

    sa.event.listen(sa.Engine, "do_connect", connecting)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "do_connect", connecting)
