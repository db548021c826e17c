"""备案汇总表: a bureau's two rosters and the year's changes as files, for whoever sees the whole roster."""

from __future__ import annotations

from collections.abc import Callable

from bot.actions import Made, Target, action, command, download
from bot.messages import Button
from bot.render import Words
from bot.turn import Turn
from handlers import roster
from handlers.own_data import carries_personal
from handlers.units import sees_all
from models.personnel import exports, filing_table
from models.personnel.filing_table import FilingTable
from models.rights import Place, Right


@command("filing_table", right=Right.SEE_ROSTER, ambiguous=False)
@action("ros.f", right=Right.SEE_ROSTER)
def offer(turn: Turn, button: Button) -> None:
    """备案汇总表 as it stands today: both files can be downloaded for a day; where numbers may not stand, on the page."""
    assert turn.post is not None
    if not sees_all(turn):
        with turn.within(roster.FOLDER):
            roster.roster(turn, button)
        return
    if not carries_personal(turn):
        turn.say("on_page", [Button("si.web", primary=True), Button("menu")])
        return
    bureau, day = turn.post.bureau_id, turn.today
    asked = exports.ask(turn.db, bureau, day, turn.actor.person_id, turn.now)
    turn.audit("roster.export", "bureau", bureau, None, day.isoformat())
    named = {"bureau": turn.post.bureau, "day": day}
    for kind in ("xlsx", "docx"):
        name, url = turn.text("file_name", kind=kind, **named), f"/api/files/roster_{kind}/{asked}"
        turn.say_text(turn.text(f"offered_{kind}", **named), file={"name": name, "size": None, "url": url})
    turn.say("offered", [Button("ros"), Button("menu")])


@download("roster_xlsx", right=Right.SEE_ROSTER)
def workbook(turn: Turn, the_id: int) -> Target | None:
    """The workbook, made from what stands at this moment."""
    from bot.documents.filing import workbook as made  # noqa: PLC0415  (a start should not wait for the library)

    return _made(turn, the_id, "xlsx", made.xlsx, made.MIME)


@download("roster_docx", right=Right.SEE_ROSTER)
def document(turn: Turn, the_id: int) -> Target | None:
    """The Word document, made from what stands at this moment."""
    from bot.documents.filing import document as made  # noqa: PLC0415  (a start should not wait for the library)

    return _made(turn, the_id, "docx", made.docx, made.MIME)


def _made(turn: Turn, the_id: int, kind: str, make: Callable[[Words, FilingTable], bytes], mime: str) -> Target | None:
    asked = exports.asked(turn.db, the_id, turn.actor.person_id, turn.now)
    if asked is None or not turn.actor.may(Right.SEE_ROSTER, Place(asked.bureau_id)):
        return None
    table = filing_table.collected(turn.db, asked.bureau_id, asked.day)
    with turn.within("roster_files"):
        name = turn.text("file_name", kind=kind, bureau=table.bureau, day=table.day)
    return Target(Made(make(turn.house.words, table), name, mime), Place(asked.bureau_id))
