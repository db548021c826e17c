"""Telegram's Bot API on a port of 127.0.0.1, with the people and groups at the other end.

async with TelegramEmulator(clock=clock) as telegram:
    ...                                    the product runs with telegram.url as its Bot API
    someone = telegram.person(501, "某人")
    await someone.start("CODE")            /start CODE
    await telegram.quiet()                 every update was taken (2xx, or confirmed by getUpdates)
    someone.seen[-1].text                  what stands in that chat now
    telegram.effects("sendMessage")        everything that ever had an effect, to count copies

What it does on purpose when asked: `telegram.faults`. How fast it may be called: `telegram.flood`.
`python -m tests.emulators.telegram --port N` runs it as a process of its own, driven over HTTP (control.py).
"""

from tests.emulators.telegram.calls import ApiError
from tests.emulators.telegram.ledger import Effect, Message
from tests.emulators.telegram.people import Group, Person, Press
from tests.emulators.telegram.server import TOKEN, TelegramEmulator

__all__ = ["TOKEN", "ApiError", "Effect", "Group", "Message", "Person", "Press", "TelegramEmulator"]
