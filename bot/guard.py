"""保密: what is marked with a 密级 is stopped before anything of it is kept; where a word like 机密 stands, it is asked once.

Nothing is kept while the question is open either: whoever says 不涉密 sends it again, and for some minutes is not asked.
docs/decisions/0011-secrecy.md says why.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot import secrecy
from bot.actions import action
from bot.messages import MOST_TYPED, Button, Inbound, cleaned
from bot.reading import tidy
from bot.reading.code import read_code
from bot.secrecy import Finding
from bot.turn import Turn
from models import outgoing, own_data
from models.rights import Right

VOUCHED_FOR = timedelta(minutes=10)
SECRET = "secret"
"""Why a file is unfit that begins with a mark."""
CODE, NO, YES = "sec", "no", "yes"
STOPPED, VOUCHED = "secrecy.stopped", "secrecy.vouched"
"""What the audit log calls them; it says when and who, and nothing of what it was."""


def stops(turn: Turn) -> bool:
    """Whether what was sent must go no further: it was stopped, asked about or the answer to that; which has been said."""
    said, name = _said(turn.inbound)
    if secrecy.SIGN not in said and secrecy.SIGN not in name:
        return False
    with turn.within("guard"):
        answer = _answer_typed(turn)
        if answer is not None:
            settle(turn, answer)
            return True
        finding = _finding(turn.inbound)
        if finding is Finding.MARKED:
            turn.echo(turn.text("not_kept"))
            _stop(turn, "stopped")
        elif finding is Finding.ASKED and not _may_pass(turn):
            turn.echo(turn.text("not_kept"), asked=True)
            turn.say("asked", [Button(CODE, arg=NO), Button(CODE, arg=YES)])
        else:
            return False
    return True


def shows(turn: Turn) -> str:
    """What the sender said, as it may stand in the sender's list whatever became of it."""
    said = cleaned(turn.inbound.label or turn.inbound.text or "")
    if said and (_finding(turn.inbound) is not Finding.CLEAR or read_code(said) is not None):
        with turn.within("guard"):
            return turn.text("not_kept")
    return said[:MOST_TYPED]


def stop_file(turn: Turn, outcome: dict[str, Any]) -> None:
    """A file begins with a mark: what the list shows of it is taken back, and the sender told."""
    with turn.within("guard"):
        echoed = outcome.get("echo")
        if echoed is not None:
            outgoing.empty(turn.db, echoed)
            turn.echo(turn.text("not_kept"), edits=echoed)
        _stop(turn, "file_stopped")


@action(CODE, right=Right.USE)
def settle(turn: Turn, button: Button) -> None:
    """不涉密，继续: what was meant is sent again, for which its page returns it, and is not asked about. 涉密，不保存."""
    vouched = button.arg == NO
    turn.echo(turn.label(f"{CODE}.{NO if vouched else YES}"), returns=vouched)
    if vouched:
        own_data.vouch(turn.db, turn.actor.person_id, turn.now + VOUCHED_FOR)
        turn.audit(VOUCHED, "message", 0)
        turn.say("go_on", minutes=int(VOUCHED_FOR.total_seconds()) // 60)
    else:
        own_data.vouch(turn.db, turn.actor.person_id, None)
        _stop(turn, "stopped")


def _said(inbound: Inbound) -> tuple[str, str]:
    """What was sent: its text (or what its button or its file is called besides), and its file's name."""
    piece = inbound.piece
    said = inbound.text or inbound.label or (piece.caption if piece is not None else "")
    return said, piece.name if piece is not None else ""


def _finding(inbound: Inbound) -> Finding:
    """The gravest finding in what was sent."""
    said, name = _said(inbound)
    found = {secrecy.of_text(cleaned(said)[:MOST_TYPED]), secrecy.of_name(name)}
    return next((one for one in (Finding.MARKED, Finding.ASKED) if one in found), Finding.CLEAR)


def _may_pass(turn: Turn) -> bool:
    """Buttons are our own words; for the rest, the sender's word counts while it stands."""
    return turn.inbound.press is not None or own_data.vouches(turn.db, turn.actor.person_id, turn.now)


def _answer_typed(turn: Turn) -> Button | None:
    """The answer to the question itself, typed instead of pressed."""
    typed = tidy(turn.inbound.text or "")
    found = (arg for arg in (NO, YES) if secrecy.SIGN in typed and tidy(turn.label(f"{CODE}.{arg}")) == typed)
    return next((Button(CODE, arg=arg) for arg in found), None)


def _stop(turn: Turn, sentence: str) -> None:
    turn.audit(STOPPED, "message", 0)
    turn.wipe()
    turn.say(sentence, [Button("resume"), Button("menu")])
