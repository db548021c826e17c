"""Whatever goes wrong, a log says where and of what kind, and quotes nobody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.logs import redacted

ROOT = Path(__file__).parent.parent
WRITTEN = "金丝雀所写 13812345671"
WAYS = {
    "logged": "try:\n    fails()\nexcept ValueError:\n    logging.exception('a call failed')",
    "uncaught": "fails()",
    "in a thread": "one = threading.Thread(target=fails); one.start(); one.join()",
    "in a task that nobody waits for": "async def main():\n    async def task(): fails()\n    asyncio.create_task(task())\n"
    "    await asyncio.sleep(0.01)\n    gc.collect()\nasyncio.run(main())",
    "in a callback": "async def main():\n    asyncio.get_running_loop().call_soon(fails)\n    await asyncio.sleep(0)\n"
    "asyncio.run(main())",
    "of a library": "import pypdf\nlogging.getLogger('pypdf').warning(WRITTEN)\nlogging.warning('fails, ValueError')",
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_an_error_is_told_without_what_it_says(way: str) -> None:
    program = (
        "import asyncio, gc, logging, threading\nfrom bot import logs\nlogs.configure()\n"
        f"WRITTEN = {WRITTEN!r}\ndef fails():\n    raise ValueError(WRITTEN)\n{WAYS[way]}\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    told = ran.stdout + ran.stderr
    assert "ValueError" in told
    assert "fails" in told
    assert "金丝雀" not in told
    assert "13812345671" not in told


def test_numbers_codes_and_proofs_are_taken_out_of_what_is_told() -> None:
    told = redacted("https://a/enter#abc?key=k1&token=t1 K7QF-2M8X-PD4C 138 1234 5671 +8613812345671 完")
    assert told.endswith("完")
    assert not [one for one in ("abc", "k1", "t1", "K7QF", "5671") if one in told]
