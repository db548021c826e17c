"""What is done with messages: sending, changing cards, calling back (path/90236, 94888, 94867)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.emulators.wecom import limits
from tests.emulators.wecom.faults import WeComError
from tests.emulators.wecom.ledger import Account, Ledger


class Messages:
    """On a ledger, for one app, within a day's quota of person-times."""

    def __init__(self, ledger: Ledger, flood: limits.Flood, agent: int, quota: int) -> None:
        self.ledger = ledger
        self.flood = flood
        self.agent = agent
        self.quota = quota
        self._alike: dict[str, tuple[datetime, float]] = {}
        self._today: tuple[str, int] = ("", 0)

    def send(self, body: dict[str, Any]) -> dict[str, Any]:
        limits.check_message(body, self.agent)
        wanted = body["touser"].split("|")
        known = {one: self.ledger.members.get(one.lower()) for one in wanted}
        invalid = [one.lower() for one, account in known.items() if account is None or not account.visible]
        if len(invalid) == len(wanted):
            raise WeComError(81013, "all users are invalid")
        unlicensed = [one.lower() for one, found in known.items() if found and found.visible and not found.licensed]
        reached = [found for found in known.values() if found and found.visible and found.licensed]
        self._count(len(wanted))
        msgid = self.ledger.next("msg-")
        answer: dict[str, Any] = {"msgid": msgid}
        answer |= {"invaliduser": "|".join(invalid)} if invalid else {}
        answer |= {"unlicenseduser": "|".join(unlicensed)} if unlicensed else {}
        if self._is_alike(body):
            return answer
        self._check_task(body.get("template_card", {}))
        self.ledger.sent[msgid] = self.ledger.clock.now()
        for account in reached:
            self._show(account, msgid, body)
        if body["msgtype"] == "template_card" and body["template_card"]["card_type"] != "text_notice":
            answer["response_code"] = self.ledger.new_code(msgid, None)
        return answer

    def _check_task(self, card: dict[str, Any]) -> None:
        task = card.get("task_id")
        if task in self.ledger.tasks:
            raise WeComError(42014, "task_id is not unique")
        if task:
            self.ledger.tasks.add(task)

    def _show(self, account: Account, msgid: str, body: dict[str, Any]) -> None:
        kind = body["msgtype"]
        what: dict[str, Any] = {}
        if kind == "text":
            what = {"text": limits.shown(body["text"]["content"])}
        elif kind == "template_card":
            what = {"card": body["template_card"]}
        else:
            held = self.ledger.media.get(body[kind]["media_id"])
            if held is None or self.ledger.clock.now() >= held.until:
                raise WeComError(40007, "invalid media_id")
            what = {"file": held.name}
        if self.flood.lets_through(account.userid):
            self.ledger.add(account.userid, msgid, kind, **what)
        else:
            self.ledger.dropped.append((account.userid, json.dumps(what, ensure_ascii=False)))

    def _count(self, persons: int) -> None:
        day = self.ledger.clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()
        used = self._today[1] if self._today[0] == day else 0
        if used + persons > self.quota:
            raise WeComError(45009, "reach max api daily quota limit")
        self._today = day, used + persons

    def _is_alike(self, body: dict[str, Any]) -> bool:
        """Whether the same was sent a while ago, and nobody is to see it twice."""
        if not body.get("enable_duplicate_check"):
            return False
        canonical = json.dumps(body, sort_keys=True)
        before = self._alike.get(canonical)
        if before is not None and (self.ledger.clock.now() - before[0]).total_seconds() < before[1]:
            return True
        self._alike[canonical] = self.ledger.clock.now(), float(body.get("duplicate_check_interval", 1800))
        return False

    def update(self, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("agentid") != self.agent:
            raise WeComError(42015, "another app's message")
        card = body.get("template_card")
        if card is not None:
            limits.check_card(card, updates=True)
        code = self.ledger.take_code(body.get("response_code", ""))
        if card is not None and card.get("task_id") not in {one.task for one in self.ledger.of(code.message)}:
            self._check_task(card)
        users = {one.lower() for one in body.get("userids", ())}
        if not body.get("atall") and not users <= {one.member for one in self.ledger.of(code.message)}:
            raise WeComError(82102, "not among those who have it")
        for message in self.ledger.of(code.message):
            if body.get("atall") or message.member in users:
                if card is not None:
                    message.card, message.greyed = card, ""
                else:
                    message.greyed = body["button"]["replace_name"]
                message.updates += 1
                self.ledger.note("message/update_template_card", message)
        return {}

    def recall(self, body: dict[str, Any]) -> dict[str, Any]:
        at = self.ledger.sent.get(body.get("msgid", ""))
        if at is None:
            raise WeComError(40058, "invalid msgid")
        if self.ledger.clock.now() - at > timedelta(hours=24):
            raise WeComError(42052, "recalled too late")
        for message in self.ledger.of(body["msgid"]):
            message.recalled = True
            self.ledger.note("message/recall", message)
        return {}
