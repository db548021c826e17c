"""What all tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="write the dialogues down as they really go")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The demo bureaus in a database of their own."""
    world = World(tmp_path)
    yield world
    world.close()
