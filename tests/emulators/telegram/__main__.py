"""Telegram as a process of its own: python -m tests.emulators.telegram --port 9000 --overall 300 --chance error=0.01"""

from __future__ import annotations

import argparse
import asyncio

from tests.emulators.telegram.server import TelegramEmulator


async def run(options: argparse.Namespace) -> None:
    """Serve until the process is ended; the address is the first line of the output."""
    async with TelegramEmulator(port=options.port, overall=options.overall, per_chat=options.per_chat) as telegram:
        telegram.faults.by_chance(dict(options.chance), options.seed)
        print(telegram.url, flush=True)
        await asyncio.Event().wait()


def chance(text: str) -> tuple[str, float]:
    """A fault and its probability: error=0.01"""
    how, _, probability = text.partition("=")
    return how, float(probability)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--overall", type=int, default=30, help="messages a second")
    parser.add_argument("--per-chat", type=int, default=None, help="messages a second to one chat")
    parser.add_argument("--chance", type=chance, action="append", default=[], help="error, reset, cut or hang")
    parser.add_argument("--seed", type=int, default=0)
    asyncio.run(run(parser.parse_args()))
