"""个人信息管理: the legal section finds somebody of its bureau, former people too, and exports or erases what is kept of them."""

from __future__ import annotations

from bot import conversation
from bot.actions import Made, Target, action, command, download
from bot.messages import Button
from bot.turn import Turn
from handlers import finding
from handlers.own_data import carries_personal, on_page
from models import personal_data
from models.personal_data import Subject
from models.rights import Place, Right


def subject_at(turn: Turn, person: int) -> Target | None:
    """Somebody whose data the sender's bureau looks after; else whosever, for the router to refuse."""
    found = personal_data.subject(turn.db, person, turn.today)
    if found is None:
        return None
    mine = {post.bureau_id for post in turn.actor.fitting(Right.MANAGE)}
    return Target(found, Place(next((one for one in found.bureaus if one in mine), found.bureaus[0])))


@command("personal_data", right=Right.MANAGE, ambiguous=False)
@action("pd", right=Right.MANAGE)
def find(turn: Turn, button: Button) -> None:
    """个人信息管理: whose?"""
    conversation.begin(turn, flow)


@action("pd.one", right=Right.MANAGE, load=subject_at)
def show(turn: Turn, subject: Subject, button: Button) -> None:
    """One person, and what can be done."""
    _show(turn, subject)


@action("pd.ex", right=Right.MANAGE, load=subject_at)
def export(turn: Turn, subject: Subject, button: Button) -> None:
    """导出个人信息: whoever asked can download it for a day; where personal or 内部 data may not stand, on the page."""
    if not (turn.inside and carries_personal(turn)):
        on_page(turn, "on_page")
        return
    asked = personal_data.ask_export(turn.db, subject.id, turn.actor.person_id, turn.now)
    turn.audit("personal.export", "person", subject.id)
    file = {"name": turn.text("file_name"), "size": None, "url": f"/api/files/personal/{asked}"}
    turn.say_text(turn.text("exported", subject=subject), Button("menu", label=turn.label("menu")), file=file)


@download("personal", right=Right.MANAGE)
def exported(turn: Turn, the_id: int) -> Target | None:
    """The workbook, made from what is kept at this moment."""
    from bot.documents import personal_sheets  # noqa: PLC0415  (a start should not wait for the library)

    if not turn.inside:  # whatever the person said and read of 内部 matters on the page is in it
        return None
    person = personal_data.export_asked(turn.db, the_id, turn.actor.person_id, turn.now)
    target = subject_at(turn, person) if person is not None else None
    if target is None:
        return None
    made = personal_sheets.workbook(turn.house.words, personal_data.collected(turn.db, target.value.id))
    with turn.within("personal_data"):
        return Target(Made(made, turn.text("file_name"), personal_sheets.MIME), target.place)


def _show(turn: Turn, subject: Subject) -> None:
    ways = [Button("pd.ex", subject.id), Button("er", subject.id)]
    turn.say("card", ways, Button("menu"), subject=subject, today=turn.today)


flow = finding.flow_of(
    "personal_data",
    found=lambda turn, bureau, part, most: personal_data.named(turn.db, bureau, part, turn.today, most),
    show=_show,
    choice=lambda turn, subject: Button("pd.one", subject.id, label=turn.text("label", subject=subject)),
)
