"""Times of day as people write them."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import reading
from bot.fields import Reading, TimeOfDay, Wrong


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("9:00", "09:00"), ("09:05", "09:05"), ("９：３０", "09:30"), ("9点", "09:00"), ("九点半", "09:30"), ("9", "09:00"),
        ("8时30分", "08:30"), ("上午9点", "09:00"), ("下午3点", "15:00"), ("下午三点一刻", None), ("14.30", "14:30"),
        ("改为10点整", "10:00"), ("每天8点。", "08:00"), ("中午12点", "12:00"), ("晚上八点零五分", "20:05"),
        ("十点二十", "10:20"), ("0点", "00:00"),
        ("25点", None), ("9:60", None), ("上午15点", None), ("", None), ("上班时", None), ("9点到10点", None), ("九十点", None),
    ],
)  # fmt: skip
def test_a_time_of_day(text: str, read: str | None) -> None:
    if read is None:
        with pytest.raises(reading.Unreadable) as unreadable:
            reading.read_time(text)
        assert unreadable.value.code == "time"
    else:
        assert reading.read_time(text) == time.fromisoformat(read)


@given(st.times(), st.sampled_from(["{:%H:%M}", "{:%H点%M分}", "{:%H时%M}"]))
def test_every_minute_can_be_written(moment: time, form: str) -> None:
    assert reading.read_time(form.format(moment)) == moment.replace(second=0, microsecond=0)


@given(st.text(max_size=20))
def test_anything_else_is_refused_politely(text: str) -> None:
    try:
        assert isinstance(reading.read_time(text), time)
    except reading.Unreadable as error:
        assert error.code == "time"  # noqa: PT017


def test_a_field_keeps_within_its_bounds_and_survives_storing() -> None:
    field = TimeOfDay(time(8), time(20, 30))
    assert field.load(field.dump(field.read("八点半", Reading(None, {})))) == time(8, 30)  # type: ignore[arg-type]
    for text, code in (("7点", "time_range"), ("21:00", "time_range"), ("早", "time")):
        with pytest.raises(Wrong) as wrong:
            field.read(text, Reading(None, {}))  # type: ignore[arg-type]
        assert wrong.value.code == code
