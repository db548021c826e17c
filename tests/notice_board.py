"""A bureau whose legal section sends notices, for tests: they are put on their way as if they had been written in chat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.messages import Inbound
from bot.turn import Turn
from handlers import notice_sending
from models.db import Transaction
from models.notices import choosing, copies, notices
from models.notices.audience import Audience, Scope
from models.notices.copies import Figures
from models.notices.notices import Draft
from models.rights import Right
from tests.world import World

AUTHOR = "法制科经办"


class Board:
    """A bureau whose legal section sends notices."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.author = world.phone(AUTHOR)
        self.bureau = world.rows("SELECT id FROM bureau WHERE name = '示范区人社局'")[0][0]

    def do(self, work: Callable[[Transaction], Any]) -> Any:
        return self.world.database.write(work).result()

    def send(self, title: str = "例会", **more: Any) -> int:
        """Put one on its way; its id."""
        told = {"title": title, "text": "周五开会。", "audience": Audience(Scope.BUREAU).stored()} | more

        def work(db: Transaction) -> int:
            turn = Turn(
                db, self.world.assistant._house, Inbound("web", self.author.address, title), self.world.clock.now()
            )
            turn.recognise()
            assert turn.acts(Right.WRITE_NOTICE) is not None
            notice_sending.send(turn, Draft(self.bureau, starts_at=turn.now, **told))
            turn.finish()
            found = [*notices.of_bureau(db, self.bureau, 1_000, 1), *choosing.scheduled(db, self.bureau, 1_000)]
            return max(int(row.id) for row in found)

        return int(self.do(work))

    def row(self, notice: int) -> Any:
        return self.world.database.read(lambda db: notices.by_id(db, notice))

    def figures(self, notice: int) -> Figures:
        return self.world.database.read(lambda db: copies.figures(db, notices.by_id(db, notice)))

    def passes(self, **span: float) -> None:
        self.world.clock.pass_(**span)
        self.world.tick()
