"""What only its reader may see: a message's row holds the name of a code or token, and it is worked out as it is shown."""

from __future__ import annotations

import re
from typing import Any

from bot.messages import HIDDEN_BEGINS, HIDDEN_ENDS
from models.vault import Vault

_HIDDEN = re.compile(f"{HIDDEN_BEGINS}(code|token):([^{HIDDEN_ENDS}]+){HIDDEN_ENDS}")


def code(name: str) -> str:
    """Stands for the code of this name in a text."""
    return f"{HIDDEN_BEGINS}code:{name}{HIDDEN_ENDS}"


def token(name: str) -> str:
    """Stands for the token of this name in a text."""
    return f"{HIDDEN_BEGINS}token:{name}{HIDDEN_ENDS}"


def shown(body: dict[str, Any], vault: Vault) -> dict[str, Any]:
    """A message's body as its reader may see it; the stored one is left as it is."""
    if "hides" not in body:
        return body

    def opened(found: re.Match[str]) -> str:
        return vault.code(found[2]) if found[1] == "code" else vault.token(found[2])

    return body | {"parts": [(kind, _HIDDEN.sub(opened, text)) for kind, text in body["parts"]]}
