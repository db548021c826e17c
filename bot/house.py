"""What every turn of a process shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.channels import Traits
from bot.render import Words
from models.vault import Vault


@dataclass(frozen=True, slots=True)
class House:
    """What every turn of this process shares: the words, what each channel is like, and who holds the leases."""

    words: Words
    traits: Mapping[str, Traits]
    holder: str
    runs: frozenset[str]
    """The channels that this process sends on; rows for others are left for whoever runs them."""
    vault: Vault = field(default_factory=Vault.random)
    """Makes codes and links; by itself, such as only this process knows."""
    site: str | None = None
    """Where the web page is that one signs in on, without a slash at the end; None: there is none, as in a demo."""
    invitations: Callable[[str], list[str]] = field(default=lambda code: [])
    """The addresses on channels of this process that let one join there with a code."""
