"""Joining by a code: what a stranger, a guesser, a machine and somebody with a stolen code get."""

from __future__ import annotations

import random
import re
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions import base36
from bot.messages import Inbound, Piece
from bot.operating import joining as joining_commands
from bot.operating.catalogue import Stopped
from bot.reading.code import read_code, read_last_digits
from bot.settings import Settings
from models import deliveries, joining, members, sessions
from models.vault import Vault, name_of, same
from tests.joining_people import DIGITS, HEAD, SECTION, WRONG, invited, is_in, said_to, stranger
from tests.world import BEGINNING, SITE, VAULT, World, text_of, the_words

CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}")
LOCKED = "尝试次数过多，请在10:00以后再试。"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def test_ten_thousand_guesses_let_nobody_in_and_are_hardly_answered(world: World) -> None:
    code, guesser, chance = invited(world), stranger(world), random.Random(7)
    guesses = ["".join(chance.choices(ALPHABET, k=12)) for _ in range(10_000)]
    waiting: list[Future[Any]] = [
        world.assistant.receive(Inbound("terminal", guesser.address, f"g{number}", text=guess))
        for number, guess in enumerate([*guesses, code])
    ]
    told = [text_of(row) for one in waiting for row in one.result()]
    assert told[-1] == LOCKED
    assert len(told) == 5
    assert said_to(stranger(world, 2), code).endswith("核对身份。")


def test_guessing_for_months_gets_five_tries_an_hour(world: World) -> None:
    guesser = stranger(world)
    for _ in range(50):
        told = [said_to(guesser, WRONG) for _ in range(20)]
        assert len([one for one in told if one]) == 5
        world.clock.pass_(hours=1)


def test_tries_that_did_not_lock_are_forgotten_after_an_hour(world: World) -> None:
    phone = stranger(world)
    for _ in range(3):
        for _ in range(4):
            said_to(phone, WRONG)
        world.clock.pass_(minutes=61)
    assert "还可再试4次" in said_to(phone, WRONG)


def test_a_stolen_code_is_worth_ten_guesses_at_the_figures_whoever_makes_them(world: World) -> None:
    code = invited(world)
    section = world.phone(SECTION)
    for number in range(1, 11):
        thief = stranger(world, number)
        said_to(thief, code)
        said_to(thief, f"{number:04}")
    assert text_of(section.seen[-1]).startswith("就业促进科 负责人的邀请码核对失败次数过多，已作废。")
    owner = stranger(world, 99)
    assert "已经作废" in said_to(owner, code)
    section.press("发邀请码")
    [new] = {found[0] for found in CODE.finditer(text_of(section.seen[-2]))}
    said_to(owner, new)
    assert said_to(owner, DIGITS).startswith("已核对：")


def test_no_lock_hits_another_chat_the_code_or_the_person(world: World) -> None:
    code, guesser, owner = invited(world), stranger(world, 1), stranger(world, 2)
    said_to(owner, code)
    said_to(guesser, code)
    for _ in range(5):
        said_to(guesser, "0000")
    assert said_to(guesser, DIGITS) == ""
    assert said_to(owner, DIGITS).startswith("已核对：")
    assert not is_in(guesser)


def test_two_machines_do_not_talk_for_ever(world: World) -> None:
    machine = stranger(world)
    heard = [said_to(machine, "您好，这里是另一个助手。") for _ in range(100)]
    assert len([one for one in heard if one]) == 1
    world.clock.pass_(minutes=59)
    assert said_to(machine, "您好") == ""
    world.clock.pass_(minutes=1)
    assert said_to(machine, "您好").startswith("您好，这里是法治工作助手，仅限受邀人员使用。")


def test_strangers_learn_nothing_of_the_bureau(world: World) -> None:
    invited(world)
    told = said_to(stranger(world), "你好") + said_to(stranger(world, 2), WRONG)
    for word in ("示范区", "就业促进科", "负责人"):
        assert word not in told


@pytest.mark.parametrize(
    "what",
    [
        {"press": "menu-0-0"},
        {"press": "?"},
        {"piece": Piece("a.pdf", 5, "s_1_5")},
        {"text": ""},
        {"text": "x" * 30_000},
    ],
)
def test_whatever_a_stranger_sends_gets_the_one_line(world: World, what: dict[str, Any]) -> None:
    assert "仅限受邀人员使用" in text_of(stranger(world).deliver(**what))


def test_work_that_comes_back_for_somebody_unlinked_meanwhile_is_dropped(world: World) -> None:
    phone = stranger(world)
    assert phone.deliver(work=("here", {"upload": "s_1_5"})) is None
    assert phone.deliver(work=("look", {"piece": 1})) is None
    assert world.database.read(deliveries.poisoned) == []


def test_in_a_group_one_line_is_said_and_then_the_assistant_leaves(world: World) -> None:
    world.phone(SECTION)
    [(known,)] = world.rows(
        "SELECT address FROM address WHERE channel = 'web' AND person_id = ?", world.person(SECTION)
    )
    for address in ("group 1", known):  # even where the group had the address of somebody known
        first = world.receive(
            Inbound("terminal" if address == "group 1" else "web", address, "1", text="你好", group=True)
        )
        assert [text_of(row) for row in first] == ["法治工作助手不在群聊中使用，请与助手单独对话。"]
        assert first[0].body["leave"] is True
        assert first[0].person_id is None
        again = world.receive(
            Inbound("terminal" if address == "group 1" else "web", address, "2", text=invited(world), group=True)
        )
        assert [(text_of(row), row.body["leave"]) for row in again] == [("", True)]


def test_a_code_of_another_installation_is_good_for_nothing(world: World) -> None:
    code = invited(world)
    [(name,)] = world.rows("SELECT id FROM invitation")
    elsewhere = Vault(b"another secret, of another installation").code(name_of("code", name, BEGINNING))
    assert elsewhere != code
    assert said_to(stranger(world), elsewhere).startswith("邀请码不正确")


def test_codes_that_were_shown_stand_nowhere_in_the_database(world: World, tmp_path: Path) -> None:
    section = world.phone(SECTION)
    invited(world)
    section.say("邀请")
    section.press("全部未发码的")
    invited(world)
    section.say("邀请")
    section.press("就业促进科 负责人·")
    section.press("选好了")
    codes = {found[0] for message in section.seen for found in CODE.finditer(text_of(message))}
    assert codes
    world.database.close()
    held = (tmp_path / "world.sqlite3").read_bytes()
    for code in codes:
        assert code.encode() not in held
        assert code.replace("-", "").encode() not in held


def test_a_known_person_who_sends_a_code_leaves_it_nowhere(world: World, tmp_path: Path) -> None:
    code = invited(world)
    phone = world.phone("就业促进科法治联络员")
    phone.say("改1")
    assert "不能再用他人的邀请码加入" in said_to(phone, code.lower().replace("-", " "))
    world.database.close()
    held = (tmp_path / "world.sqlite3").read_bytes().upper()
    for written in (code, code.replace("-", ""), code.replace("-", " ")):
        assert written.encode() not in held


def test_a_number_that_looks_like_a_code_is_an_answer_for_somebody_known(world: World) -> None:
    phone = world.phone("法制科法治联络员")
    phone.say("改1")
    assert "邀请码" not in said_to(phone, "202212345678")


def test_unlinking_takes_everything_that_was_got_through_the_address(world: World) -> None:
    code, thief, person = invited(world), stranger(world), world.person(HEAD)
    said_to(thief, code)
    said_to(thief, DIGITS)
    said_to(thief, "网页登录")
    now = world.clock.now()
    token = text_of(thief.seen[-1]).partition(f"{SITE}/enter#")[2]

    def prepare(db: Any) -> None:
        sessions.start(db, person, "mark", "phone", now)
        joining.issue(db, VAULT, person, None, now)
        db.session.connection().exec_driver_sql(
            "INSERT INTO outgoing (kind, channel, person_id, address, urgency, body, state, lease, attempt, repeated, created_at)"
            f" VALUES ('message', 'terminal', {person}, '{thief.address}', 0, '{{\"parts\": []}}', 'waiting', 0, 0, 0, 0)"
        )

    world.database.write(prepare).result()
    world.phone("法制科经办").say("菜单")
    world.phone(SECTION).deliver(press="join.no-1-0")
    assert world.rows("SELECT count(*) FROM address WHERE person_id = ?", person) == [(0,)]
    assert world.rows("SELECT count(*) FROM websession WHERE ended_at IS NULL") == [(0,)]
    assert world.rows("SELECT count(*) FROM invitation WHERE used_at IS NULL AND withdrawn_at IS NULL") == [(0,)]
    assert world.rows("SELECT state FROM outgoing WHERE state NOT IN ('done', 'gone', 'running')") == []
    assert world.database.read(lambda db: sessions.link_of(db, VAULT, token, now)) is None
    assert not is_in(thief)


def test_a_file_that_was_on_its_way_from_an_address_unlinked_holds_nothing_up(world: World) -> None:
    officer = world.phone("法制科法治联络员")
    assert officer.announce("方案.pdf", 9) is not None
    place = world.database.read(lambda db: members.place_at(db, "web", officer.address))
    world.database.write(lambda db: members.unlink(db, place, world.clock.now())).result()
    assert world.rows("SELECT stage FROM evidence") == [("failed",)]


def test_an_old_button_never_unlinks_somebody_who_got_the_number_later(world: World) -> None:
    """SQLite gives the id of the last row again once that is deleted."""
    section = world.phone(SECTION)
    invited(world)
    liaison = world.phone("就业促进科法治联络员", "terminal")
    section.say("人员登录")
    section.say("就业促进科法治联络员")
    off = section.token("停用2 终端")
    section.press("停用2 终端")
    other = world.phone("劳动关系科负责人", "terminal")
    assert world.rows("SELECT max(id) FROM address") == world.rows(
        "SELECT id FROM address WHERE channel = 'terminal' AND address = ?", other.address
    )
    assert "没有找到这一项" in text_of(section.deliver(press=off))
    assert is_in(other)
    assert not is_in(liaison)


def test_the_legal_section_of_another_bureau_looks_after_nobody_here(world: World) -> None:
    code, phone = invited(world), stranger(world)
    said_to(phone, code)
    said_to(phone, DIGITS)
    elsewhere = world.phone(SECTION, bureau="东江市人社局")
    person = world.person(HEAD)
    for press in ("join.no-1-0", f"inv.one-{base36(person)}-0", f"mb-{base36(person)}-0", f"mb.in-{base36(person)}-0"):
        assert "没有找到这一项" in text_of(elsewhere.deliver(press=press))
    assert is_in(phone)


@given(
    st.text(ALPHABET, min_size=12, max_size=12),
    st.sampled_from(["", "-", " ", "－", "—"]),
    st.booleans(),
    st.booleans(),
)
def test_a_code_is_read_however_it_is_written(code: str, between: str, lower: bool, wide: bool) -> None:
    written = between.join((code[:4], code[4:8], code[8:]))
    written = written.lower() if lower else written
    if wide:
        written = "".join(chr(ord(sign) + 0xFEE0) if sign.isascii() and sign.isalnum() else sign for sign in written)
    for text in (written, f"/start {written}", f" {written}。"):
        assert read_code(text) == code


def test_a_code_is_found_in_what_was_forwarded_with_it() -> None:
    assert read_code(f"就业促进科 负责人：{WRONG}\n{SITE}/join#{WRONG}") == "K7QF2M8XPD4C"
    assert read_code(f"{WRONG} 和 5DBQ-91V2-QAG0") is None
    assert read_code("O7QF-2M8X-PDIL") == "07QF2M8XPD11"
    assert [read_last_digits(text) for text in ("５６７８", "尾号5678", "138 0000 5678", "567", "56789")] == [
        "5678", "5678", "5678", None, None,
    ]  # fmt: skip


def test_codes_are_many_and_secrets_long() -> None:
    codes = {VAULT.code(name_of("code", number, BEGINNING)) for number in range(10_000)}
    assert len(codes) == 10_000
    assert all(CODE.fullmatch(code) for code in codes)
    assert {sign for code in codes for sign in code} - {"-"} == set(ALPHABET)
    with pytest.raises(ValueError, match="too short"):
        Vault(b"")
    assert same("5678", "5678")
    assert not same("5678", "")


def _invite(world: World, name: str, bureau: str = "示范区人社局") -> tuple[str, dict[str, Any]]:
    return joining_commands.invite(world.database, VAULT, SITE, bureau, name, world.clock.now())


def test_the_command_makes_a_code_that_lets_in(world: World) -> None:
    invited(world)
    sentence, said = _invite(world, HEAD)
    [(person, code, address)] = said["made"]
    assert (sentence, person.name, address) == ("invited", HEAD, f"{SITE}/join#{code}")
    phone = stranger(world)
    said_to(phone, code)
    assert said_to(phone, DIGITS).startswith("已核对：")
    assert world.rows("SELECT what, person_id FROM auditentry WHERE what = 'invite'") == [("invite", None)]


def test_without_a_name_the_command_is_for_those_of_the_legal_section_who_have_not_joined(world: World) -> None:
    invited(world, SECTION)
    invited(world, HEAD)
    _, said = _invite(world, "")
    assert [person.name for person, _, _ in said["made"]] == [SECTION]


@pytest.mark.parametrize(
    ("bureau", "name", "sentence"),
    [
        ("没有这个局", "", "no_such_bureau"),
        ("示范区人社局", "", "nobody_to_invite"),
        ("示范区人社局", "某某某", "nobody_to_invite"),
        ("示范区人社局", HEAD, "no_mobile"),
    ],
)
def test_the_command_says_why_there_is_no_code(world: World, bureau: str, name: str, sentence: str) -> None:
    with pytest.raises(Stopped) as stopped:
        _invite(world, name, bureau)
    told, context = stopped.value.sentence
    assert told == sentence
    assert the_words().text("commands", told, **context)


def test_the_gateway_is_named_by_address() -> None:
    assert Settings(_env_file=None, gateway="10.0.0.1, 10.1.0.0/24").gateway == "10.0.0.1, 10.1.0.0/24"
    for wrong in ("*", "gateway.example", "10.0.0.1/5"):
        with pytest.raises(ValueError, match="gateway"):
            Settings(_env_file=None, gateway=wrong)
    assert Settings(_env_file=None, public_url="https://fz.example.gov.cn/").site() == "https://fz.example.gov.cn"
