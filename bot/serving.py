"""Serving over HTTP: the listening socket, and the web server on it."""

from __future__ import annotations

import socket
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from bot import demo as demo_mode
from bot.app import App, web_app
from bot.channels import Channel
from bot.channels.web import WebChannel
from bot.channels.web.visitors import DemoVisitors, SessionVisitors
from bot.settings import Settings
from models import meta
from models.database import open_database
from models.vault import Vault


class DemoDatabase(Exception):
    """Real work must not be done on a demo's database."""


def listen(host: str, port: int, *, fallback: bool) -> socket.socket | None:
    """A socket that listens; on a free port if `fallback` allows it and the wanted one is taken; else None."""
    for wanted in (port, 0) if fallback else (port,):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, wanted))
            listener.listen(512)
        except OSError:
            listener.close()
        else:
            return listener
    return None


def addresses(listener: socket.socket, lan: bool) -> list[str]:
    """The addresses to type into a browser."""
    port = listener.getsockname()[1]
    hosts = ["127.0.0.1"]
    if lan:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: it only shows which of our addresses faces the network
            hosts.insert(0, probe.getsockname()[0])
    return [f"http://{host}:{port}/" for host in hosts]


def refuse_demo(url: str) -> None:
    """Raise DemoDatabase if the database is a demo's."""
    database = open_database(url)
    try:
        if database.read(meta.is_demo):
            raise DemoDatabase
    finally:
        database.close()


def run_demo(url: str, folder: Path, settings: Settings, vault: Vault, listener: socket.socket, lan: bool) -> None:
    """Serve the demo until interrupted."""
    app = App(url, folder, {"web": WebChannel()}, vault=vault)
    # A page elsewhere must not reach a demo on this machine by a name of its own.
    hosts = None if lan else ["127.0.0.1", "localhost"]
    visitors = DemoVisitors(settings.secret(folder))
    _serve(web_app(app, visitors, hosts, lambda: demo_mode.roles(app.database, app.words)), listener, settings)


def run_real(
    url: str, folder: Path, settings: Settings, vault: Vault, listener: socket.socket, channels: dict[str, Channel]
) -> None:
    """Serve for real work until interrupted."""
    site = settings.site()
    app = App(url, folder, channels, vault=vault, site=site)
    visitors = SessionVisitors(app.database, vault, app.clock, secure=site.startswith("https:"))
    _serve(web_app(app, visitors, None), listener, settings)


def _serve(web: Starlette, listener: socket.socket, settings: Settings) -> None:
    # No access log: addresses of pages carry proofs of who one is.
    config = uvicorn.Config(
        web, log_config=None, access_log=False, timeout_graceful_shutdown=3, server_header=False,
        forwarded_allow_ips=settings.gateway,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listener])
