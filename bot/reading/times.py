"""Times of day as officers type them: 9点, 九点半, 下午3点, 14:30, 8时30分."""

import re
from datetime import time

from bot.reading.numbers import numeral, one_spelling
from bot.reading.text import Unreadable, tidy

_NUMBER = "[0-9]{1,2}|[零一二两三四五六七八九十]{1,3}"
_TIME = re.compile(
    "(?:每[天日]|改?[为成到]|在|就)?(?:(?P<early>凌晨|清晨|早上|早晨|早|上午)|(?P<late>下午|傍晚|晚上|晚)|中午)?"
    rf"(?P<hour>{_NUMBER})(?:[:：.](?P<exact>[0-9]{{2}})|[点时]钟?(?:(?P<half>半)|整|(?P<minute>{_NUMBER})分?)?)?[吧。]?"
)
_NOON = 12


def read_time(text: str) -> time:
    """The time of day that the text names, to the minute. 下午3点 is 15:00; without such a word the clock has 24 hours.

    Raises Unreadable "time".
    """
    found = _TIME.fullmatch(one_spelling(tidy(text)))
    if found is None:
        raise Unreadable("time")
    try:
        hour = int(numeral(found["hour"]))
        written = (found["exact"] or found["minute"] or "零").removeprefix("零") or "零"
        minute = 30 if found["half"] else int(numeral(written))
    except Unreadable:
        raise Unreadable("time") from None
    if found["late"] and hour < _NOON:
        hour += _NOON
    if hour > 23 or minute > 59 or (found["early"] and hour > _NOON):
        raise Unreadable("time")
    return time(hour, minute)
