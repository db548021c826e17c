"""What a card's button carries: the button's token, its label, and whether one press answers the card's question.

WeCom tells of a press only what stands here, and which card it was (path/90240): the rest would have to be looked up.
"""

from __future__ import annotations

ONCE, OFTEN = "1", "0"


def key_of(label: str, token: str, *, once: bool) -> str:
    """The key of a button, or of an option: at most 128 bytes, as a token has 64 and a label 17 characters."""
    return f"{ONCE if once else OFTEN} {token} {label}"


def is_key(key: str) -> bool:
    """Whether something chosen on a card is a button of ours, and not what stands for nothing."""
    return key.startswith((f"{ONCE} ", f"{OFTEN} ")) and key.count(" ") > 1


def read_key(key: str) -> tuple[bool, str, str]:
    """Whether a press answers the question, the token, and the label; of a key that is none of ours, itself as the token."""
    if not is_key(key):
        return False, key, ""
    once, token, label = key.split(" ", 2)
    return once == ONCE, token, label
