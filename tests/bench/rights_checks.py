"""A rights check, as the router makes it: somebody with three posts, every right, an object of the bureau."""

from __future__ import annotations

import time

from models.people import HeldPost, Level, Role
from models.rights import Place, Right, fitting

POSTS = tuple(
    HeldPost(number, role, number, "就业促进科", 1, "示范区人社局", Level.COUNTY)
    for number, role in enumerate((Role.LIAISON, Role.LEGAL_OFFICER, Role.HEAD), start=1)
)
PLACE = Place(1, above=2, unit=2, person=9, contact=8)


def checked(times: int) -> float:
    """Microseconds that a check takes."""
    begun = time.perf_counter()
    for _ in range(times):
        for right in Right:
            fitting(POSTS, right, 9, PLACE)
    return 1e6 * (time.perf_counter() - begun) / (times * len(Right))
