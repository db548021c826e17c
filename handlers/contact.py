"""创建联络员: the legal section begins its bureau's self-assessment by naming who answers for it, and names another later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot import conversation, reminding
from bot.actions import action, command
from bot.fields import Ask, Option, Person
from bot.flow import Answers, Flow, Refuse
from bot.messages import Button
from bot.talk import Talk
from bot.turn import Turn
from handlers.campaign_reminders import KIND as CAMPAIGN
from models import assessments, campaigns, deadlines, holders
from models.campaigns import Campaign
from models.people import Level
from models.rights import Place, Right

flow = Flow("contact", right=Right.ACCEPT)


@dataclass(frozen=True)
class Facts:
    """The bureau, its self-assessment in the newest campaign (None: not begun), and who could answer for it."""

    bureau: int
    campaign: Campaign
    assessment: Any | None
    liaisons: tuple[Any, ...]

    def name(self, person: int | None) -> str:
        """What a liaison is called; empty for nobody."""
        return next((one.name for one in self.liaisons if one.person_id == person), "")


@command("contact", right=Right.ACCEPT, ambiguous=False)
@action("con", right=Right.ACCEPT)
def name_contact(turn: Turn, button: Button) -> None:
    """开始自查自评, or 更换创建联络员."""
    assert turn.post is not None
    conversation.begin(turn, flow, turn.post.bureau_id)


@flow.facts
def facts(turn: Turn, subject: int, basis: int | None) -> Facts:
    """Refuse: none of the sender's bureaus, no campaign for it, nobody who could answer, or it has gone up."""
    campaign = campaigns.newest(turn.db)
    post = turn.acts(Right.ACCEPT, Place(subject))
    if post is None:
        raise Refuse(None, "no_right")
    if post.level is Level.PROVINCE or campaign is None:
        raise Refuse(None, "no_campaign")
    liaisons = tuple(one for one in holders.liaisons(turn.db, subject, turn.today) if one.own)
    if not liaisons:
        raise Refuse(None, "no_liaison")
    assessment = assessments.of_bureau(turn.db, subject)
    if assessment is not None and assessment.campaign_id != campaign.id:
        assessment = None
    if assessment is not None and assessment.submitted_at is not None:
        raise Refuse(None, "submitted")
    return Facts(subject, campaign, assessment, liaisons)


@flow.questions
def questions(a: Answers) -> Iterable[Ask]:
    """Who."""
    facts: Facts = a.facts
    yield Ask("who", Person(tuple(Option(str(one.person_id), f"{one.unit} {one.name}") for one in facts.liaisons)))


@flow.done
def done(turn: Turn, talk: Talk) -> None:
    """The self-assessment is begun, or has another contact; whom it concerns is told."""
    facts, who = talk.facts, talk.place.answers.who
    if facts.assessment is None:
        assessment = assessments.begin_now(turn.db, facts.campaign, facts.bureau, who, turn.now)
        turn.audit("begin", "self_assessment", assessment, None, who)
        reminding.replan(turn, CAMPAIGN, assessment)
    else:
        assessment = facts.assessment.id
        assessments.change_contact(turn.db, assessment, who)
        turn.audit("contact", "self_assessment", assessment, facts.assessment.contact_id, who)
    due = deadlines.deadline_of(turn.db, facts.bureau, campaigns.file_of(turn.db, facts.campaign))
    told = {*holders.doing_work_of(turn.db, facts.bureau, who, turn.today)} - {turn.actor.person_id}
    turn.remind(told, "told_contact", Button("go", primary=True), of=(CAMPAIGN, assessment), due=due)
    ways = [Button("so", primary=True), Button("ov"), Button("menu")]
    turn.say("named", ways, begun=facts.assessment is None, name=facts.name(who))
