"""Dialogues that are written for the page, or for Telegram, are played by members of WeCom instead: the same is true here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from _pytest.mark import ParameterSet

from bot.channels.telegram import NAME as TELEGRAM
from bot.channels.web import NAME as WEB
from bot.channels.wecom import NAME as WECOM
from bot.channels.wecom import WeComChannel
from bot.messages import Inbound
from bot.operating import catalogue
from tests import dialogue, sample_flow
from tests.dialogue import Player
from tests.dialogue_played import scratch
from tests.dialogue_screens import Screen
from tests.dialogue_wecom import WeCom

ACTS_BETWEEN = 5
"""Restarts: in each of these dialogues there are some, elsewhere, between all acts."""
NOT_SENT_HERE = re.compile(r"^(> |…… ).*(〔相册|断开|(空|MB)〕)", re.MULTILINE)
"""Several files are several messages in WeCom, no size is told, and nothing breaks off: what was sent is there for three days."""
ONLY_ON_THE_PAGE = {
    "joining/on_the_page": "how one joins there",
    "sign_in/links_and_sessions": "how one signs in there",
    "matter_open/chosen": "what is 内部 is written there",
    "matter_open/offices": "what is 内部 is written there",
    "matter_material/brought": "its own chat opens its own pages without a link",
    "personal_data/exported": "others' personal data are taken out there",
    "notice_write/below": "it counts who is reached on which channel",
}
AS_ON_TELEGRAM = (
    "engine/inside", "matter_documents/inside", "matter_extension/confidential", "matter_list/downloaded", "matter_open/outside",
    "matter_opinion/confidential", "notice_correct/confidential", "notice_preview/people", "notice_write/confidential",
    "notice_write/to_all", "upload_link/none_begun",
)  # fmt: skip
"""The others are about Telegram: its own events, personal data that may stand in WeCom, and pages for which one signs in."""


class Instead(WeCom):
    """Who is said to be on another channel is in WeCom: their address is one there, and what they bring comes from there."""

    def __init__(self, folder: Path, channel: str) -> None:
        self._other = channel
        super().__init__(folder, as_elsewhere=True)

    def screen(self, person: int, channel: str) -> Screen:
        if channel == self._other and person > 0:
            move = (
                f"UPDATE OR IGNORE address SET channel = '{WECOM}', address = 'member{person}'"
                f" WHERE channel = '{channel}' AND person_id = {person}"
            )
            self.database.write(lambda db: db.session.connection().exec_driver_sql(move)).result()
        return super().screen(person, WECOM if channel == self._other else channel)

    def receive(self, inbound: Inbound) -> None:
        if inbound.channel == self._other:
            inbound = replace(inbound, channel=WECOM, address=f"member{inbound.address}")
        super().receive(inbound)


class Patient(Player):
    """What happens by itself reaches everybody before anybody goes on."""

    def _happen(self, text: str) -> None:
        super()._happen(text)
        assert isinstance(self._stage, WeCom)
        self._stage.sweep()


def cases() -> Iterator[ParameterSet]:
    """Those that name the page, and no platform: where people are said to be nowhere, they are played on WeCom anyway."""
    for path in dialogue.paths():
        name, named = f"{path.parent.name}/{path.stem}", dialogue.channels(dialogue.read(path))
        on_page = WEB in named and named <= {WEB, "terminal"} and name not in ONLY_ON_THE_PAGE
        if (on_page and NOT_SENT_HERE.search(path.read_text("utf-8")) is None) or name in AS_ON_TELEGRAM:
            yield pytest.param(path, WEB if on_page else TELEGRAM, id=name)


def alike(text: str) -> str:
    """With one name for all channels, as an answer tells from which of them something came."""
    return re.sub("企业微信|Telegram", "网页", text)


@pytest.mark.parametrize(("path", "instead_of"), list(cases()))
def test_dialogue(path: Path, instead_of: str) -> None:
    told = patch.dict(catalogue.OURS, {WECOM: WeComChannel.traits})
    with scratch() as folder, sample_flow.installed(), told:
        stage = Instead(folder, instead_of)
        try:
            went = Patient(stage, WECOM, ACTS_BETWEEN).play(dialogue.read(path))
        finally:
            stage.close()
    assert alike(went) == alike(path.read_text("utf-8"))


def test_those_that_are_named_are_there() -> None:
    assert {f"{path.parent.name}/{path.stem}" for path in dialogue.paths()} >= {*ONLY_ON_THE_PAGE, *AS_ON_TELEGRAM}
