"""A code, a link and a guess at the same moment from several places, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from typing import Any

from bot.actions import base36
from bot.messages import Inbound
from models import joining, sessions
from models.joining import MOST_TRIES, MOST_WRONG_DIGITS
from tests.joining_people import DIGITS, HEAD, SECTION, WRONG, invited, stranger
from tests.test_concurrency import _at_once, crowd  # noqa: F401  (a fixture)
from tests.world import VAULT, Phone, World, text_of


def together(*acts: Any) -> None:
    """Do them at the same moment."""
    barrier = threading.Barrier(len(acts))

    def at_the_barrier(act: Any) -> None:
        barrier.wait()
        act()

    _at_once(*(lambda act=act: at_the_barrier(act) for act in acts))


def joined(world: World) -> int:
    """At how many addresses the head is reached."""
    [(count,)] = world.rows(f"SELECT count(*) FROM address WHERE person_id = {world.person(HEAD)}")
    return int(count)


def sound(world: World) -> None:
    assert world.rows("SELECT poison FROM delivery WHERE poison IS NOT NULL") == []


def test_a_code_used_twice_at_the_same_moment_lets_one_in_and_tells_the_other(crowd: World) -> None:  # noqa: F811
    for number in range(30):
        code = invited(crowd)
        one, other = stranger(crowd, 2 * number), stranger(crowd, 2 * number + 1)
        for phone in (one, other):
            phone.say(code)
        together(lambda one=one: one.say(DIGITS), lambda other=other: other.say(DIGITS))
        told = sorted(text_of(phone.seen[-1])[:4] for phone in (one, other))
        assert told == ["已核对：", "这个邀请"]
        assert joined(crowd) == 1
    assert crowd.rows("SELECT count(*) FROM invitation WHERE used_at IS NOT NULL") == [(30,)]
    sound(crowd)


def test_a_code_used_in_a_chat_and_on_a_page_at_the_same_moment_is_used_once(crowd: World) -> None:  # noqa: F811
    for number in range(20):
        code, phone = invited(crowd), stranger(crowd, number)
        phone.say(code)
        said = {"code": code, "digits": DIGITS, "session": f"m{number}", "device": "phone", "replaces": None}
        page = Inbound("web", f"n{number}", f"k{number}", work=("join", said))
        together(lambda phone=phone: phone.say(DIGITS), lambda page=page: crowd.receive(page))
        assert joined(crowd) == 1
        [(signed_in,)] = crowd.rows("SELECT count(*) FROM websession")
        [(on_the_web,)] = crowd.rows("SELECT count(*) FROM invitation WHERE used_channel = 'web'")
        assert signed_in == on_the_web
    sound(crowd)


def test_guesses_at_the_same_moment_are_all_counted(crowd: World) -> None:  # noqa: F811
    code = invited(crowd)
    thieves = [stranger(crowd, number) for number in range(12)]
    for thief in thieves:
        thief.say(code)
    together(*(lambda thief=thief: thief.say("0000") for thief in thieves))
    assert crowd.rows("SELECT wrong_digits FROM invitation") == [(MOST_WRONG_DIGITS,)]
    thieves[0].say(DIGITS)
    assert joined(crowd) == 0
    sound(crowd)


def test_one_chat_that_guesses_from_many_threads_is_locked_after_five(crowd: World) -> None:  # noqa: F811
    guesser = stranger(crowd)
    phones = [Phone(crowd, guesser.channel, guesser.address) for _ in range(8)]
    together(*(lambda phone=phone: [phone.say(WRONG) for _ in range(5)] for phone in phones))
    told = [text_of(row) for row in guesser.seen]
    assert len([one for one in told if one.startswith("邀请码不正确")]) == MOST_TRIES - 1
    assert len([one for one in told if one.startswith("尝试次数过多")]) == 1
    sound(crowd)


def test_two_who_make_a_code_for_one_person_leave_one_that_is_good(crowd: World) -> None:  # noqa: F811
    invited(crowd)
    person = crowd.person(HEAD)
    sections = [crowd.phone(name) for name in (SECTION, "法制科经办")]
    for _ in range(15):
        press = f"inv.one-{base36(person)}-0"
        together(*(lambda phone=phone, press=press: phone.deliver(press=press) for phone in sections))
        now = crowd.clock.now()
        found = crowd.rows("SELECT count(*) FROM invitation WHERE used_at IS NULL AND withdrawn_at IS NULL")
        assert found == [(1,)]
        assert list(crowd.database.read(lambda db, now=now: joining.open_for(db, [person], now))) == [person]
    sound(crowd)


def test_a_link_opened_twice_at_the_same_moment_opens_one_session(crowd: World) -> None:  # noqa: F811
    person = crowd.person(HEAD)
    for number in range(20):
        now = crowd.clock.now()
        name = crowd.database.write(lambda db, now=now: sessions.make_link(db, VAULT, person, person, now)).result()
        said = {"token": VAULT.token(name), "device": "phone", "replaces": None}
        pages = [
            Inbound("web", f"n{place}", f"k{number}", work=("enter", said | {"session": f"{place}.{number}"}))
            for place in range(2)
        ]
        together(*(lambda page=page: crowd.receive(page) for page in pages))
        assert crowd.rows("SELECT count(*) FROM websession") == [(number + 1,)]
    sound(crowd)
