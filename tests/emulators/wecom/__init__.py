"""WeCom on a port of 127.0.0.1, for one self-built app, with the members at the other end (PLATFORMS A, E).

async with WeComEmulator(clock=clock) as wecom:
    ...                                    the product runs with wecom.url as its WECOM_API
    wecom.callbacks.url = "http://.../wecom/callback"
    someone = wecom.member("zhangsan")
    someone.say("菜单")                     comes signed and encrypted, with the platform's retries
    await wecom.quiet()
    someone.seen[-1].words                 what stands in that chat now
    someone.press("帮助")                   on the newest card that shows it
    wecom.ledger.history                   everything that anybody ever came to see, to count copies

What it does on purpose when asked: `wecom.faults`. What it drops without a word: `wecom.ledger.dropped`.
"""

from tests.emulators.wecom.callbacks import Callback, Callbacks
from tests.emulators.wecom.crypto import Sealer
from tests.emulators.wecom.faults import WeComError
from tests.emulators.wecom.ledger import Effect, Message
from tests.emulators.wecom.people import Member
from tests.emulators.wecom.server import AES_KEY, AGENT, CORP, SECRET, TOKEN, WeComEmulator

__all__ = [
    "AES_KEY", "AGENT", "CORP", "SECRET", "TOKEN", "Callback", "Callbacks", "Effect", "Member", "Message", "Sealer",
    "WeComEmulator", "WeComError",
]  # fmt: skip
