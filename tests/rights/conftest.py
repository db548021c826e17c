"""What the tests of rights share."""

from collections.abc import Iterator

import pytest

from tests.rights.people import CAST, Actor
from tests.rights.rehearsal import Rehearsal
from tests.rights.world import made


@pytest.fixture(scope="package")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """The tests' world, in which nothing that is tried leaves a trace."""
    found = Rehearsal(made(), tmp_path_factory.mktemp("rights"))
    yield found
    found.close()


@pytest.fixture(params=CAST)
def actor(request: pytest.FixtureRequest) -> Actor:
    """Everybody, one after the other."""
    return made().actors[request.param]
