"""The operators' commands. Each says in one line what went wrong and what to do next, and then exits with 1."""

from __future__ import annotations

import asyncio
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bot import logs
from bot.clock import Clock
from bot.render import Words
from bot.settings import Settings

if TYPE_CHECKING:
    from models.db import Database

cli = typer.Typer(add_completion=False, no_args_is_help=False, pretty_exceptions_enable=False)
catalogue = typer.Typer(no_args_is_help=True)
cli.add_typer(catalogue, name="catalogue")


def say(name: str, **context: Any) -> None:
    """Print a sentence of the commands' own."""
    typer.echo(Words().text("commands", name, **context))


def stop(name: str, **context: Any) -> NoReturn:
    """Say what is wrong and what to do, and exit with 1."""
    typer.echo(Words().text("commands", name, **context), err=True)
    raise typer.Exit(1)


@cli.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Without a command: the demo."""
    logs.configure()
    if context.invoked_subcommand is None:
        demo()


@cli.command()
def demo(
    lan: Annotated[bool, typer.Option(help="Show it to phones in the same network.")] = False,
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = -1,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = False,
) -> None:
    """Start the assistant with made-up bureaus and a web chat, and print its address."""
    from bot import serving

    settings = _settings()
    url, folder = _database(settings, demo=True)
    host = "0.0.0.0" if lan else "127.0.0.1"
    listener = serving.listen(host, settings.port if port < 0 else port, fallback=port < 0)
    if listener is None:
        stop("port_taken", port=settings.port if port < 0 else port)
    addresses = serving.addresses(listener, lan)
    say("demo_started", addresses=addresses, folder=folder)
    if browser:
        webbrowser.open(addresses[0])
    serving.run_demo(url, folder, settings, listener, lan)


@cli.command()
def serve() -> None:
    """Start the assistant for real work."""
    from bot import serving

    settings = _settings()
    url, folder = _database(settings)
    try:
        serving.refuse_demo(url)
    except serving.DemoDatabase:
        stop("demo_database")
    listener = serving.listen(settings.host, settings.port, fallback=False)
    if listener is None:
        stop("port_taken", port=settings.port)
    say("serving", addresses=[settings.public_url or f"http://{settings.host}:{settings.port}/"])
    serving.run_real(url, folder, settings, listener)


@cli.command()
def chat(as_: Annotated[str, typer.Option("--as", metavar="ROLE")]) -> None:
    """Chat in this terminal as one of the demo's people (demo only)."""
    from bot.channels import terminal

    url, folder = _database(_settings(), demo=True)
    try:
        asyncio.run(terminal.chat(url, folder, as_))
    except terminal.NoSuchPerson as error:
        stop("no_such_person", asked=as_, names=error.names)


@cli.command()
def migrate() -> None:
    """Bring the database up to date."""
    _database(_settings())
    say("migrated")


@catalogue.command("load")
def catalogue_load(file: Path, demo: bool = False) -> None:
    """Load a catalogue of indicators as a new version; what is wrong in it is told by line."""
    from bot import catalogue_commands

    _on_database(demo, lambda database: catalogue_commands.load(database, file, Clock().now()))


@catalogue.command("diff")
def catalogue_diff(file: Path, demo: bool = False) -> None:
    """Show what a catalogue file changes against the version loaded last."""
    from bot import catalogue_commands

    _on_database(demo, lambda database: catalogue_commands.diff(database, file))


@catalogue.command("move")
def catalogue_move(bureau: str, demo: bool = False) -> None:
    """Move a bureau's self-assessment to the version loaded last, keeping what still fits."""
    from bot import catalogue_commands

    _on_database(demo, lambda database: catalogue_commands.move(database, bureau, Clock().now()))


@cli.command()
def check() -> None:
    """Say what is wrong with the settings, the database and the clock, and what to do about it."""
    from bot import checking

    settings = _settings()
    problems = checking.problems(settings, Clock().now())
    say("checked", problems=problems)
    if problems:
        raise typer.Exit(1)


@cli.command()
def outbox(demo: bool = False) -> None:
    """Show what waits to be sent, and why; and deliveries that broke their turn."""
    from models import deliveries, outgoing

    def work(database: Database) -> tuple[str, dict[str, Any]]:
        waiting, poison = database.read(outgoing.waiting), database.read(deliveries.poisoned)
        return "outbox", {"waiting": waiting, "poison": poison}

    _on_database(demo, work)


@cli.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(context: typer.Context) -> None:
    """Measure speed and memory; prints medians of interleaved runs beside a ceiling."""
    from tests.bench import main as measure

    measure(context.args)


def _settings() -> Settings:
    from pydantic import ValidationError

    try:
        return Settings()
    except ValidationError as error:
        stop("bad_settings", names=[str(one["loc"][0]).upper() for one in error.errors()])


def _database(settings: Settings, *, demo: bool = False) -> tuple[str, Path]:
    """The address of the database, brought up to date, and its folder; what hinders it is said, and ends with 1."""
    from sqlalchemy.exc import SQLAlchemyError

    from models import schema
    from models.database import POSTGRES, SQLITE

    folder = settings.data_dir
    try:
        if demo:
            return _demo(settings)
        if not settings.url(folder).startswith((SQLITE, POSTGRES)):
            raise ValueError(settings.database_url)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        schema.migrate(settings.url(folder))
    except OSError:
        stop("no_folder", folder=folder)
    except (SQLAlchemyError, ValueError, ImportError):
        stop("no_database")
    return settings.url(folder), folder


def _demo(settings: Settings) -> tuple[str, Path]:
    from bot import demo as demo_mode

    try:
        return demo_mode.prepare(settings, Clock().now())
    except demo_mode.Fenced as fenced:
        stop(str(fenced))


def _on_database(demo: bool, work: Callable[[Database], tuple[str, dict[str, Any]]]) -> None:
    """Say the sentence that some work on the database comes to; what stops it is said, and ends with 1."""
    from bot.catalogue_commands import Stopped
    from models.database import open_database
    from models.db import DatabaseDown

    database = open_database(_database(_settings(), demo=demo)[0])
    try:
        name, context = work(database)
    except Stopped as stopped:
        name, context = stopped.sentence
        stop(name, **context)
    except DatabaseDown:
        stop("no_database")
    finally:
        database.close()
    say(name, **context)


if __name__ == "__main__":
    sys.exit(cli())
