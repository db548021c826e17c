"""What members do in WeCom reaches the assistant once, and they see its answers there, as cards where these fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wecom_service import service

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_text_and_a_press_are_answered(tmp_path: Path) -> None:
    async with service(tmp_path) as here:
        someone = here.someone()
        menu = await here.said(someone, "菜单")
        assert "请选择要办理的事项" in menu.words
        helped = await here.pressed(someone, "帮助")
        assert "按按钮或直接打字都可以" in helped.words
        assert {row[0] for row in here.rows()} == {"done"}
        assert here.wecom.refusals == []
