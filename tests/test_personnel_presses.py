"""A change with a successor is reported in six presses and three typed answers, as the dialogues show."""

from __future__ import annotations

import pytest

from tests import dialogue

MOST_PRESSED, MOST_TYPED = 6, 3
BEGINS, ENDS = ("人员变动", "[人员变动]"), "[提交]"


def reported(name: str) -> tuple[list[str], list[str]]:
    """What the first who reports in a dialogue presses, and what they type, from 人员变动 to 提交."""
    path = next(path for path in dialogue.paths() if (path.parent.name, path.stem) == ("personnel_change", name))
    said = [line.removeprefix("> ") for line in path.read_text("utf-8").splitlines() if line.startswith("> ")]
    begins = next(place for place, line in enumerate(said) if line in BEGINS)
    done = said[begins : said.index(ENDS) + 1]
    pressed = [line for line in done if line.startswith("[")]
    return pressed, [line for line in done[1:] if not line.startswith("[")]


@pytest.mark.parametrize(
    ("name", "answers"),
    [("new_successor", ["下周一", "13800001234", "某某 一级科员"]), ("known_successor", ["13800005678"])],
)
def test_a_change_with_a_successor_is_reported_in_few_steps(name: str, answers: list[str]) -> None:
    pressed, typed = reported(name)
    assert len(pressed) <= MOST_PRESSED
    assert typed == answers
    assert len(typed) <= MOST_TYPED
