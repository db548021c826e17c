"""导入名册: the legal section brings its bureau's units and people in from a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot import conversation, files, guard
from bot.actions import FETCH, LOOK, ROSTER, Made, Target, action, command, download, result
from bot.fields import Ask, Files
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button, Piece
from bot.talk import Talk, current
from bot.turn import Turn
from handlers.evidence import HERE, piece_at
from handlers.file_limits import documents_here, to_page
from handlers.own_data import carries_personal, on_page
from models import conversations as kept
from models import evidence
from models.rights import Place, Right
from models.roster import imports, planning, writing
from models.roster.imports import Stage
from models.roster.plans import Plan

MOST_BYTES = 5 * 1024 * 1024
NOTHING_TO_OPEN = "about:blank"
"""The address of a file that is shown in a list but not kept."""

flow = Flow("roster_import", right=Right.MANAGE, summary=False)
flow.first(lambda turn, talk: conversation.leave(turn, talk, kept.CANCELLED))


@dataclass
class Facts:
    """The import; what it would do, once its file is read. `documents`: files can be sent where the sender is."""

    row: Any
    documents: bool

    @property
    def bureau(self) -> int:
        """Whose roster it is."""
        return int(self.row.bureau_id)

    @property
    def choices(self) -> tuple[str, ...]:
        """What can be decided now."""
        shown = self.row.shown
        if self.row.stage != Stage.READ or not shown["changes"]:
            return ()
        return ("skip",) if shown["fault_count"] else ("all",)


@command("roster_import", right=Right.MANAGE)
@action("ri", right=Right.MANAGE)
def start(turn: Turn, button: Button) -> None:
    """导入名册: the template, and the question for the file. What the sender was deciding on is asked again."""
    talk = current(turn)
    if talk is not None and talk.flow is flow:
        _tell_of_all_problems(turn, talk.facts.row)
        conversation.ask(turn, talk, resumed=True)
        return
    assert turn.post is not None
    begun = imports.begin(turn.db, turn.post.bureau_id, turn.actor.person_id, turn.now)
    file = {"name": turn.text("template_name"), "size": None, "url": "/api/files/roster_template/0"}
    turn.say_text(turn.text("template", bureau=turn.post.bureau), file=file)
    conversation.begin(turn, flow, begun)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: no such import of this person."""
    row = imports.by_id(turn.db, subject)
    if row is None or row.person_id != turn.actor.person_id or not turn.acts(Right.MANAGE, Place(row.bureau_id)):
        raise Refuse(None, "not_there")
    return Facts(row, documents_here(turn))


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """The file, or what to do with it. The key has the version, so that only what was shown last can be decided on."""
    row = a.facts.row
    again = (("ri.new", row.id),) if row.stage == Stage.READ else ()
    page = () if a.facts.documents or again else (to_page("up.q", 0, documents=False),)
    field = Files(instead=a.facts.choices, have=())
    yield Ask(f"file{row.version}", field, wording="file", beside=(*again, *page, ("cancel", 0)))


@flow.file
def announced(turn: Turn, talk: Talk, ask: Ask, piece: Piece | str) -> str:
    """A file is to come; whatever was read before is forgotten. Refuse: it cannot be a roster."""
    if isinstance(piece, str):
        raise Refuse(None, "no_links")
    try:
        files.check_announced(piece.name, piece.least, MOST_BYTES)
        name = files.safe_name(piece.name)
    except files.Unfit as unfit:
        raise Refuse(None, "unfit_file", code=unfit.code, p=unfit.params) from None
    if not name.lower().endswith(".xlsx"):
        raise Refuse(None, "not_xlsx")
    _move(turn, talk.facts.row, Stage.RECEIVING, name=name, upload=piece.upload)
    turn.fetch(piece)
    return f"r{talk.subject}"


@result(HERE)
def here(turn: Turn, outcome: dict[str, Any]) -> None:
    """The last byte of a file is here: it is read after this turn."""
    row = imports.by_upload(turn.db, outcome["upload"])
    if row is not None and row.stage == Stage.RECEIVING:
        echo = turn.echo_file({"name": row.name, "size": None, "url": NOTHING_TO_OPEN}, outcome.get("delivery"))
        name = files.nameless(row.name)
        turn.later(ROSTER, {"upload": row.upload, "name": name, "bureau": row.bureau_id, "echo": echo})


@result(FETCH)
def fetched(turn: Turn, outcome: dict[str, Any]) -> None:
    """A file that a platform held is here, or could not be had from there."""
    if "unfit" in outcome or "given_up" in outcome:
        broken_off(turn, outcome)
    else:
        here(turn, outcome)


@result(LOOK)
def broken_off(turn: Turn, outcome: dict[str, Any]) -> None:
    """An upload was given up half-way."""
    ended = ("unfit" in outcome or "given_up" in outcome) and "upload" in outcome
    row = imports.by_upload(turn.db, outcome["upload"]) if ended else None
    if row is not None and row.stage == Stage.RECEIVING:
        _fail(turn, row, outcome)


@result(LOOK)
def offer(turn: Turn, outcome: dict[str, Any]) -> None:
    """A file that went into the 证据箱, or to an item, looks like a roster."""
    piece = evidence.by_id(turn.db, outcome["piece"]) if outcome.get("roster") else None
    if piece is None or piece.stage != evidence.Stage.STORED or piece.purpose is not None:
        return
    if turn.actor.may(Right.MANAGE, Place(piece.bureau_id)):
        turn.say("looks_like_roster", Button("ri.box", piece.id, primary=True), name=piece.name)


@action("ri.box", right=Right.MANAGE, load=piece_at)
def from_box(turn: Turn, piece: Any, button: Button) -> None:
    """作为名册导入: the file is read after this turn; it stays where it is."""
    begun = imports.begin(turn.db, piece.bureau_id, turn.actor.person_id, turn.now)
    upload = f"box-{begun}"
    _move(turn, imports.by_id(turn.db, begun), Stage.RECEIVING, name=piece.name, upload=upload)
    work = {"upload": upload, "sha256": piece.sha256, "name": files.nameless(piece.name), "bureau": piece.bureau_id}
    turn.later(ROSTER, work)
    conversation.begin(turn, flow, begun)


@result(ROSTER)
def was_read(turn: Turn, outcome: dict[str, Any]) -> None:
    """What a file says is known, or that nothing of it can be read: the question is asked with that."""
    row = imports.by_upload(turn.db, outcome["upload"])
    if row is None or row.stage != Stage.RECEIVING:
        return
    if not turn.actor.may(Right.MANAGE, Place(row.bureau_id)):
        _move(turn, row, Stage.FORGOTTEN)
        return
    if "parsed" not in outcome:
        _fail(turn, row, outcome)
        return
    summary = outcome["summary"]
    imports.put_parsed(turn.db, row.id, outcome["parsed"])
    imports.change(turn.db, row, stage=Stage.READ.value, shown=summary)
    _tell_of_all_problems(turn, imports.by_id(turn.db, row.id))
    _tell(turn, row, outcome)


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """What was shown is imported; if the roster has changed since, it is shown anew."""
    row = talk.facts.row
    writing.hold(turn.db)
    plan = _plan(turn, row)
    if plan is None or plan.summary() != row.shown:
        _show_anew(turn, talk, plan)
        return
    assert turn.post is not None
    by = writing.By(turn.actor.person_id, turn.post.id, turn.inbound.channel)
    chosen = talk.place.answers[f"file{row.version}"].instead
    writing.apply(turn.db, plan, turn.now, by, skip_wrong=chosen == "skip")
    _move(turn, row, Stage.DONE)
    turn.say("imported", [Button("inv", primary=True), Button("menu")], s=row.shown)


def own(turn: Turn, the_id: int) -> Target | None:
    """An import of the sender's."""
    row = imports.by_id(turn.db, the_id)
    if row is None or row.person_id != turn.actor.person_id:
        return None
    return Target(row, Place(row.bureau_id))


@action("ri.new", right=Right.MANAGE, load=own)
def another(turn: Turn, row: Any, button: Button) -> None:
    """换一份文件: what was read is forgotten."""
    if row.stage != Stage.DONE:
        _move(turn, row, Stage.WAITING)
    conversation.begin(turn, flow, row.id)


@action("ri.go", right=Right.MANAGE, load=own)
def go_on(turn: Turn, row: Any, button: Button) -> None:
    """去处理: back to an import whose file was read meanwhile."""
    conversation.begin(turn, flow, row.id)


@download("roster_template", right=Right.MANAGE)
def template(turn: Turn, the_id: int) -> Target | None:
    """The template, for whoever may import."""
    from bot.documents import roster_sheets  # noqa: PLC0415  (a start should not wait for the library)

    post = turn.acts(Right.MANAGE)
    if post is None:
        return None
    made = roster_sheets.template_xlsx(turn.house.words)
    with turn.within("roster_import"):
        return Target(Made(made, turn.text("template_name"), roster_sheets.MIME), Place(post.bureau_id))


@download("roster_problems", right=Right.MANAGE)
def problems(turn: Turn, the_id: int) -> Target | None:
    """All that is wrong with a file that waits for the decision."""
    from bot.documents import roster_sheets  # noqa: PLC0415  (a start should not wait for the library)

    target = own(turn, the_id)
    plan = _plan(turn, target.value) if target is not None and turn.actor.may(Right.MANAGE, target.place) else None
    if target is None or plan is None:
        return None
    made = roster_sheets.problems_xlsx(turn.house.words, plan.faults, plan.warnings)
    with turn.within("roster_import"):
        return Target(Made(made, turn.text("problems_name"), roster_sheets.MIME), target.place)


def _plan(turn: Turn, row: Any) -> Plan | None:
    parsed = imports.parsed_of(turn.db, row.id)
    return None if parsed is None else planning.plan(turn.db, parsed, row.bureau_id, turn.today)


def _move(turn: Turn, row: Any, stage: Stage, **values: Any) -> None:
    """Another stage, in which nothing of a file is kept."""
    imports.change(turn.db, row, stage=stage.value, shown=None, **values)
    imports.put_parsed(turn.db, row.id, None)


def _fail(turn: Turn, row: Any, outcome: dict[str, Any]) -> None:
    if outcome.get("unfit", {}).get("code") == guard.SECRET:
        _move(turn, row, Stage.WAITING, name="")
        guard.stop_file(turn, outcome)
        return
    _move(turn, row, Stage.WAITING)
    given_up = {"unfit": {"code": "given_up", "params": {}}} if "given_up" in outcome else {}
    _tell(turn, row, outcome | given_up)


def _tell(turn: Turn, row: Any, outcome: dict[str, Any]) -> None:
    """Ask the question with what came of reading, or, where the sender is busy with something else, say only that."""
    talk = current(turn)
    said = turn.text("became", name=row.name, outcome=outcome)
    if talk is None or (talk.flow, talk.subject) != (flow, row.id):
        turn.say_text(said, Button("ri.go", row.id, primary=True))
    else:
        conversation.ask(turn, talk, lead="" if "parsed" in outcome else said)


def _tell_of_all_problems(turn: Turn, row: Any) -> None:
    """Where there are more than a message names, a file of all of them; where personal data may not stand, on the page."""
    shown = row.shown or {}
    if all(shown.get(f"{kind}_count", 0) <= len(shown.get(f"{kind}s", ())) for kind in ("fault", "warning")):
        return
    if carries_personal(turn):
        file = {"name": turn.text("problems_name"), "size": None, "url": f"/api/files/roster_problems/{row.id}"}
        turn.say_text(turn.text("all_problems"), file=file)
    else:
        on_page(turn, "problems_on_page")


def _show_anew(turn: Turn, talk: Talk, plan: Plan | None) -> None:
    """The decision was about what is no more: the conversation stays open, with what is now."""
    row = talk.facts.row
    if plan is None:
        _move(turn, row, Stage.WAITING)
    else:
        imports.change(turn.db, row, shown=plan.summary())
    kept.set_state(turn.db, talk.id, kept.OPEN, turn.now)
    turn.in_conversation = True
    again = current(turn)
    assert again is not None
    conversation.ask(turn, again, lead=turn.text("roster_changed"))
