"""The dialogues are the specification that legal staff read: kept to the letter, on every channel."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests import dialogue, sample_flow
from tests.dialogue import Player
from tests.dialogue_played import played, scratch
from tests.dialogue_screens import Direct
from tests.dialogue_site import Site


def cases() -> Iterator[ParameterSet]:
    """Each dialogue as the web, as the terminal where it may be, and through the page's own calls where it has one."""
    for path in dialogue.paths():
        named = dialogue.channels(dialogue.read(path))
        ways = ["web"] + ["terminal"] * (None in named) + ["page"] * (named != {"terminal"})
        for way in ways:
            yield pytest.param(path, way, id=f"{path.parent.name}/{path.stem}-{way}")


@pytest.mark.parametrize(("path", "way"), list(cases()))
def test_dialogue(path: Path, way: str, request: pytest.FixtureRequest) -> None:
    recording = request.config.getoption("--record")
    if way == "web":
        went = played(path).text
        if recording:
            path.write_text(went, "utf-8")
    elif recording:
        return
    else:
        went = elsewhere(path, way)
    assert went == path.read_text("utf-8")
    assert f"\n{dialogue.MISSING}" not in went


def elsewhere(path: Path, way: str) -> str:
    """How a dialogue goes in the terminal, or on the page."""
    with scratch() as folder, sample_flow.installed():
        stage = Site(folder) if way == "page" else Direct(folder)
        try:
            return Player(stage, "terminal" if way == "terminal" else "web").play(dialogue.read(path))
        finally:
            stage.close()
