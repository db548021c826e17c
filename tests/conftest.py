"""What all tests share."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from models.database import open_database
from models.db import Database
from tests import chores, postgres
from tests.dialogue_screens import all_words
from tests.office import PACED, PUSHES, PUSHING, FakeChannel, Office
from tests.world import World, demo_database

_NUMBERS = count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="write the dialogues down as they really go")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Where tests run in several processes."""
    from tests.spreading import Spread

    return Spread(config, log)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The demo bureaus in a database of their own."""
    world = World(tmp_path)
    yield world
    world.close()


@pytest.fixture
def office(world: World) -> Iterator[Office]:
    """An outbox over such a world, and a channel that fails as it is told."""
    office = Office(world)
    yield office
    office.close()


@pytest.fixture
def reminded(tmp_path: Path) -> Iterator[chores.Case]:
    """People who are reminded of what a test makes up."""
    with chores.case(World(tmp_path, all_words())) as case:
        yield case


@pytest.fixture
def pushing(world: World) -> Iterator[Office]:
    """An office whose channel pushes, and keeps no list."""
    office = Office(world, FakeChannel(PUSHING, PUSHES))
    yield office
    office.close()


@pytest.fixture
def paced(world: World) -> Iterator[Office]:
    """An office whose channel pushes, and has a pace."""
    office = Office(world, FakeChannel(PUSHING, PACED))
    yield office
    office.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    """A PostgreSQL server with the demo bureaus as a template; the folder of its socket."""
    with postgres.server() as folder:
        postgres.demo_template(folder)
        yield folder


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """The demo bureaus, in a database of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{shutil.copy(demo_database(), tmp_path)}"
    else:
        url = postgres.fresh_copy(request.getfixturevalue("postgres_server"), f"shared_{next(_NUMBERS)}")
    opened = open_database(url)
    yield opened
    opened.close()
