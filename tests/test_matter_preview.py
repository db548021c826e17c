"""预览: what is about to be handed in, as a picture, for whoever is to hand it in and nobody else."""

from __future__ import annotations

from bot.actions import Stored, token
from bot.messages import Button
from handlers import matter_preview
from models import pictures
from tests.matter_papers import OTHER, REASON, SECTION, Matter, get
from tests.sample_matters import HEAD, REVIEWER
from tests.test_charts import size_of
from tests.world import BEGINNING, World, text_of


def test_the_preview_is_drawn_after_the_turn_for_its_writer(world: World) -> None:
    of = Matter(world)
    part = of.drafted()
    reviewer = world.phone(REVIEWER)
    shown = reviewer.deliver(press=token(Button("mt.pre", part)), label="预览")
    assert shown is not None
    assert text_of(shown) == "意见书已生成，请先看一遍。"
    found = get(world, reviewer, shown.body["picture"])
    assert isinstance(found, Stored)
    assert (found.name, found.private) == ("预览.png", True)
    assert size_of(world.store.path(found.sha256).read_bytes())[0] == matter_preview.WIDTH
    for other in (SECTION, HEAD, OTHER):
        assert get(world, world.phone(other), shown.body["picture"]) is None


def test_a_preview_shows_nothing_of_what_others_say(world: World) -> None:
    of = Matter(world, reviewers=(REVIEWER, OTHER))
    of.drafted(1, "别人的话")
    of.drafted(0)
    part = of.parts()[0].id
    context = world.database.read(lambda db: matter_preview.drawn(db, part, BEGINNING))
    assert [(one.who, one.paragraphs) for one in context["content"].wholes] == [(REVIEWER, (REASON,))]


def test_nothing_written_is_nothing_to_preview(world: World) -> None:
    of = Matter(world)
    reviewer = world.phone(REVIEWER)
    shown = reviewer.deliver(press=token(Button("mt.pre", of.parts()[0].id)), label="预览")
    assert "picture" not in shown.body  # type: ignore[union-attr]
    assert "审核任务〔2026〕1号" in text_of(shown)


def test_what_waits_to_be_accepted_is_drawn_for_whoever_accepts(world: World) -> None:
    of = Matter(world, reviewers=(REVIEWER, OTHER))
    of.handed_in()
    head, reviewer = world.phone(HEAD), world.phone(REVIEWER)
    look = token(Button("mt.pic", of.id, 1))
    shown = head.deliver(press=look, label="预览")
    assert shown is not None
    assert "待审定的意见书" in text_of(shown)
    assert isinstance(get(world, head, shown.body["picture"]), Stored)
    for other in (REVIEWER, OTHER):
        assert get(world, world.phone(other), shown.body["picture"]) is None
    assert "picture" not in reviewer.deliver(press=look, label="预览").body  # type: ignore[union-attr]
    context = world.database.read(lambda db: matter_preview.proof_drawn(db, of.id, BEGINNING))
    assert [one.who for one in context["content"].wholes] == [REVIEWER, OTHER]
    of.accepted()
    assert "办结" in text_of(head.deliver(press=look, label="预览"))
    assert "办结" in text_of(head.deliver(work=("proof", {"subject": of.id, "sha256": "0" * 64, "size": 9})))


def test_the_proof_of_what_is_secret_stays_inside(world: World) -> None:
    of = Matter(world, confidential=True)
    of.handed_in()
    head = world.phone(HEAD, "telegram")
    shown = head.deliver(press=token(Button("mt.pic", of.id, 1)), label="预览")
    assert "picture" not in shown.body  # type: ignore[union-attr]
    assert head.labels() == ["查看内容"]
    kept = world.database.write(lambda db: pictures.keep(db, "proof", of.id, "0" * 64, BEGINNING)).result()
    assert get(world, head, f"/api/files/proof/{kept}") is None


def test_a_picture_that_could_not_be_drawn_holds_nothing_up(world: World) -> None:
    of = Matter(world)
    reviewer = world.phone(REVIEWER)
    shown = reviewer.deliver(work=("opinion", {"subject": of.drafted(), "given_up": True}))
    assert "预览图没有生成" in text_of(shown)
    assert reviewer.labels() == ["下载"]


def test_whoever_may_write_no_more_is_shown_nothing(world: World) -> None:
    of = Matter(world)
    part, reviewer = of.drafted(), world.phone(REVIEWER)
    world.database.write(lambda db: db.execute("UPDATE post SET ends_on = '2026-08-19'")).result()
    shown = reviewer.deliver(work=("opinion", {"subject": part, "sha256": "0" * 64, "size": 9}))
    assert "picture" not in shown.body  # type: ignore[union-attr]
    assert get(world, reviewer, f"/api/files/matter_draft/{part}") is None
