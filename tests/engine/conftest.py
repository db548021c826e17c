"""A world that knows the sample conversation, and somebody who may have it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sample_talk import UNIT, sample_world
from tests.world import Phone, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with sample_world(tmp_path) as world:
        yield world


@pytest.fixture
def phone(world: World) -> Phone:
    return world.phone(f"{UNIT}法治联络员")
