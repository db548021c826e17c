"""Notices in dialogues that are not about writing them: they are there as if their author had written them.

…… 法制科经办发出通知《题》：正文                                     to the whole bureau
…… 法制科经办发出通知《题》：正文（8月21日前确认，问“谁办”，内部，立即，发给就业促进科，附件“名单.pdf”）
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from sqlmodel import select

from bot.actions import RESULTS
from bot.messages import Inbound
from bot.turn import Turn
from handlers import notice_cards, notice_sending
from models import evidence
from models.notices import notices
from models.notices.audience import Audience, Scope
from models.notices.notices import Draft
from models.people import Level, Unit
from models.rights import Right
from tests.dialogue_screens import Stage

_WRITTEN = re.compile("(?:(.+人社[局厅]) )?(.+?)(?:发出通知|给下级局发出通知)《(.+?)》：([^（]+)(?:（(.+)）)?")
_BY = re.compile("(\\d+)月(\\d+)日前确认")
PDF = b"%PDF-1.7\n%%EOF\n"
_FILE = re.compile("附件“(.+)”")
WRITTEN = "written"
"""The result kind under which such a notice enters."""


def happen(stage: Stage, text: str, find: Any, home: str) -> bool:
    """Let it happen, if it is one of these; whether it is. `find`: (name, bureau) → a person's id."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return False
    bureau, name, title, body, more = found.groups()
    author = find(name, bureau or home)
    stage.screen(author, "web")
    RESULTS[WRITTEN] = [_write]
    told = {
        "title": title, "text": body, "more": (more or "").split("，"), "below": "下级局" in text,
        "hash": stage.store.keep(PDF),
    }  # fmt: skip
    key = f"{WRITTEN}:{title}:{stage.clock.now()}"
    stage.receive(Inbound("web", str(author), key, work=(WRITTEN, told)))
    return True


def _write(turn: Turn, told: dict[str, Any]) -> None:
    assert turn.acts(Right.WRITE_NOTICE) is not None
    assert turn.post is not None
    more: list[str] = told["more"]
    by = next((found for one in more if (found := _BY.fullmatch(one))), None)
    question = next((one[2:-1] for one in more if one.startswith("问“")), None)
    units = [one.removeprefix("发给") for one in more if one.startswith("发给")]
    audience = Audience(Scope.BELOW, levels=(Level.COUNTY,)) if told["below"] else Audience(Scope.BUREAU)
    if units:
        of = select(Unit.id).where(Unit.bureau_id == turn.post.bureau_id, Unit.name.in_(units))  # type: ignore[attr-defined]
        audience = Audience(Scope.BUREAU, units=tuple(turn.db.session.exec(of).all()) or (0,))
    draft = Draft(
        turn.post.bureau_id, told["title"], told["text"], audience.stored(), turn.now, confidential="内部" in more,
        receipt=by is not None or question is not None,
        receipt_by=None if by is None else date(turn.today.year, int(by[1]), int(by[2])),
        question=question, at_once="立即" in more,
        files=tuple(_attached(turn, found[1], told["hash"]) for one in more if (found := _FILE.fullmatch(one))),
    )  # fmt: skip
    the_id = notices.write(turn.db, notice_sending.timed(turn, draft), turn.actor.person_id, turn.post.id, turn.now)
    turn.audit("notice.write", notice_cards.KIND, the_id, None, notices.State.HELD.value)


def _attached(turn: Turn, name: str, content: str) -> int:
    """A piece that is here."""
    assert turn.post is not None
    piece = evidence.announce(turn.db, {
        "bureau_id": turn.post.bureau_id, "unit_id": turn.post.unit_id, "stage": evidence.Stage.RECEIVING.value,
        "purpose": evidence.Purpose.NOTICE.value, "name": name, "size": 9, "kind": "file", "upload": None, "dated": None,
        "person_id": turn.actor.person_id, "channel": "web", "created_at": turn.now,
    })  # fmt: skip
    evidence.store(turn.db, evidence.by_id(turn.db, piece), mime="application/pdf", sha256=content, size=len(PDF))
    return piece
