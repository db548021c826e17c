"""How members get onto the page inside WeCom: it says who they are (path/91335), so that no link needs to carry a right.

Who sets out gets a cookie with a state; who comes back with that state, and a code that WeCom exchanges for a userid, is let in.
"""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import quote, unquote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.channels import Door, NotReached, Unknown
from bot.channels.telling import Operator
from bot.channels.wecom.api import Api
from bot.channels.wecom.outcomes import ApiError
from bot.channels.wecom.reading import NAME
from bot.channels.wecom.settings import ENTER_PATH, ENTERED_PATH, UPLOAD_PATH, WeComSettings

COOKIE, LASTS_SECONDS = "wecom_state", 600
UPLOAD = "upload"
LONGEST_PATH, LONGEST_CODE = 300, 512
NO_CODE = frozenset({40029, 42003, 42022})
"""A code that is none, too old, or used before."""


class Entrance:
    """The routes. `api` and `operator` are there once the channel has started."""

    def __init__(self, settings: WeComSettings, door: Door) -> None:
        self._settings = settings
        self._door = door
        self.api: Api | None = None
        self.operator: Operator | None = None

    def routes(self) -> list[Route]:
        """Setting out for the page or the upload page, and coming back."""
        return [
            Route(ENTER_PATH, self.enter), Route(UPLOAD_PATH, self.upload), Route(ENTERED_PATH, self.entered),
        ]  # fmt: skip

    async def enter(self, request: Request) -> Response:
        """Set out for a path of ours."""
        return self._sent_off(_own_path(request.query_params.get("to", "/")))

    async def upload(self, request: Request) -> Response:
        """Set out for the upload page of the link asked for last."""
        return self._sent_off(UPLOAD)

    async def entered(self, request: Request) -> Response:
        """Come back, as whoever WeCom says."""
        state, _, to = request.cookies.get(COOKIE, "").partition(".")
        code, told = request.query_params.get("code", ""), request.query_params.get("state", "")
        known = bool(state) and hmac.compare_digest(state.encode(), told.encode())
        address = await self._member(code) if known and code and len(code) <= LONGEST_CODE else None
        if address is None:
            return self._over(self._door.turned_away())
        if to == UPLOAD:
            return self._over(await self._door.upload(request, NAME, address))
        return self._over(await self._door.let_in(request, NAME, address, _own_path(unquote(to))))

    def _sent_off(self, to: str) -> Response:
        state = secrets.token_hex(16)
        query = {
            "appid": self._settings.corp_id, "redirect_uri": f"{self._settings.site}{ENTERED_PATH}", "response_type": "code",
            "scope": "snsapi_base", "state": state, "agentid": self._settings.agent_id,
        }  # fmt: skip
        there = f"{self._settings.signing_in}/connect/oauth2/authorize?{urlencode(query)}#wechat_redirect"
        response = RedirectResponse(there, 302, headers={"Cache-Control": "no-store"})
        response.set_cookie(
            COOKIE, f"{state}.{quote(to, safe='/')}", max_age=LASTS_SECONDS, httponly=True,
            secure=self._settings.site.startswith("https://"), samesite="lax",
        )  # fmt: skip
        return response

    def _over(self, response: Response) -> Response:
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return response

    async def _member(self, code: str) -> str | None:
        """The address of the member whom a code is for; None: a stranger, or WeCom does not say."""
        if self.api is None or self.operator is None:
            return None
        try:
            found = await self.api.call("auth/getuserinfo", code=code)
        except (ApiError, NotReached, Unknown) as error:
            if not isinstance(error, ApiError) or error.code not in NO_CODE:
                self.operator.met(error)
            return None
        return str(found.get("userid") or found.get("UserId") or "").lower() or None


def _own_path(text: str) -> str:
    """A path of this very server; the page, where it is none."""
    plain = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isascii() and text.isprintable()
    return text if plain and " " not in text and len(text) <= LONGEST_PATH else "/"
