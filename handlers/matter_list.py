"""审核事项清单: the matters that somebody sees, as a workbook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.actions import Composed, Target, action, download
from bot.messages import Button
from bot.turn import Turn
from handlers.matters import scope_of
from models.matters import lists
from models.rights import Place, Right

NAME = "matter_list"


@action("mt.x", right=Right.SEE_MATTER)
def offer(turn: Turn, button: Button) -> None:
    """下载清单: made whenever it is downloaded, of what the post in which one acts lets one see then."""
    assert turn.post is not None
    turn.audit("matter.export", "bureau", turn.post.bureau_id)
    named = {"bureau": turn.post.bureau, "day": turn.today}
    file = {"name": turn.text("file_name", **named), "size": None, "url": f"/api/files/{NAME}/{turn.post.id}"}
    turn.say_text(turn.text("offered", inside=turn.inside, **named), [Button("mt"), Button("menu")], file=file)


@download(NAME, right=Right.SEE_MATTER)
def workbook(turn: Turn, the_id: int) -> Target | None:
    """The list of one of the sender's own posts."""
    from bot.documents import matter_list  # noqa: PLC0415  (a start should not wait for the library)

    post = next((one for one in turn.actor.posts if one.id == the_id), None)
    if post is None:
        return None
    turn.post = post
    with turn.within(NAME):
        name = turn.text("file_name", bureau=post.bureau, day=turn.today)
    listed, words, today, inside = lists.collected(turn.db, scope_of(turn)), turn.house.words, turn.today, turn.inside

    def compose(place: Callable[[str], Path]) -> bytes:
        return matter_list.xlsx(words, listed, today, inside=inside)

    mine = Place(post.bureau_id, unit=post.unit_id, person=turn.actor.person_id, roles=frozenset({post.role}))
    return Target(Composed(compose, name, matter_list.MIME), mine)
