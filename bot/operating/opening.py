"""What the operators' commands open before they begin; each thing that hinders is said in one line, and ends the command with 1."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from bot.clock import Clock
from bot.render import Words
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.channels import Channel, Traits
    from models.db import Database
    from models.vault import Vault


def say(name: str, **context: Any) -> None:
    """Print a sentence of the commands' own."""
    typer.echo(Words().text("commands", name, **context))


def stop(name: str, **context: Any) -> NoReturn:
    """Say what is wrong and what to do, and exit with 1."""
    typer.echo(Words().text("commands", name, **context), err=True)
    raise typer.Exit(1)


def settings() -> Settings:
    """The settings; which of them cannot be read is said, and ends with 1."""
    from pydantic import ValidationError

    try:
        return Settings()
    except ValidationError as error:
        stop("bad_settings", names=[str(one["loc"][0]).upper() for one in error.errors()])


def channels(given: Settings) -> dict[str, Channel]:
    """The channels that the settings name; what one of them lacks is said, and ends with 1."""
    from bot.channels import Unset, channel

    try:
        return {name: channel(name) for name in given.channel_names()}
    except KeyError:
        stop("bad_settings", names=["CHANNELS"])
    except Unset as unset:
        stop("channels_unset", names=unset.names)


def traits(given: Settings) -> dict[str, Traits]:
    """What each of these channels is like."""
    return {name: one.traits for name, one in channels(given).items()}


def database(given: Settings, *, demo: bool = False) -> tuple[str, Path]:
    """The address of the database, brought up to date, and its folder; what hinders it is said, and ends with 1."""
    from sqlalchemy.exc import SQLAlchemyError

    from models import schema
    from models.database import POSTGRES, SQLITE

    folder = given.data_dir
    try:
        if demo:
            return _demo(given)
        if not given.url(folder).startswith((SQLITE, POSTGRES)):
            raise ValueError(given.database_url)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        schema.migrate(given.url(folder))
    except OSError:
        stop("no_folder", folder=folder)
    except (SQLAlchemyError, ValueError, ImportError):
        stop("no_database")
    return given.url(folder), folder


def vault(given: Settings, folder: Path) -> Vault:
    """Where codes and links are made; a secret that is too short is said, and ends with 1."""
    from models.vault import Vault

    try:
        return Vault(given.secret(folder))
    except ValueError:
        stop("short_secret")


def _demo(given: Settings) -> tuple[str, Path]:
    from bot import demo as demo_mode

    try:
        return demo_mode.prepare(given, Clock().now())
    except demo_mode.Fenced as fenced:
        stop(str(fenced))


def on_database(demo: bool, work: Callable[[Database], tuple[str, dict[str, Any]]]) -> None:
    """Say the sentence that some work on the database comes to; what stops it is said, and ends with 1."""
    from bot.operating.catalogue import Stopped
    from models.database import open_database
    from models.db import DatabaseDown

    opened = open_database(database(settings(), demo=demo)[0])
    try:
        name, context = work(opened)
    except Stopped as stopped:
        name, context = stopped.sentence
        stop(name, **context)
    except DatabaseDown:
        stop("no_database")
    finally:
        opened.close()
    say(name, **context)
