"""The operators' commands. Each says in one line what went wrong and what to do next, and then exits with 1."""

from __future__ import annotations

import asyncio
import sys
import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import logs
from bot.clock import Clock
from bot.operating import opening
from bot.operating.opening import say, stop
from bot.operating.usage import Commands

cli = Commands()
catalogue = Commands(no_args_is_help=True)
cli.add_typer(catalogue, name="catalogue")
campaign = Commands(no_args_is_help=True)
cli.add_typer(campaign, name="campaign")
audit = Commands(no_args_is_help=True)
cli.add_typer(audit, name="audit")
reminders = Commands(no_args_is_help=True)
cli.add_typer(reminders, name="reminders")


@cli.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Without a command: the demo."""
    logs.configure()
    if context.invoked_subcommand is None:
        demo()


@cli.command()
def demo(
    lan: Annotated[bool, typer.Option("--lan")] = False,
    port: Annotated[int, typer.Option("--port")] = -1,
    browser: Annotated[bool, typer.Option("--browser")] = False,
) -> None:
    """Start the assistant with made-up bureaus and a web chat, and print its address.

    `lan`: show it to phones in the same network. `port`: 0 takes a free one. `browser`: open the page.
    """
    from bot import serving

    settings = opening.settings()
    url, folder = opening.database(settings, demo=True)
    vault = opening.vault(settings, folder)
    host = "0.0.0.0" if lan else "127.0.0.1"
    listener = serving.listen(host, settings.port if port < 0 else port, fallback=port < 0)
    if listener is None:
        stop("port_taken", port=settings.port if port < 0 else port)
    addresses = serving.addresses(listener, lan)
    say("demo_started", addresses=addresses, folder=folder)
    if browser:
        webbrowser.open(addresses[0])
    serving.run_demo(url, folder, settings, vault, listener, lan)


@cli.command()
def serve() -> None:
    """Start the assistant for real work."""
    from bot import serving

    settings = opening.settings()
    channels = opening.channels(settings)
    url, folder = opening.database(settings)
    try:
        serving.refuse_demo(url)
    except serving.DemoDatabase:
        stop("demo_database")
    vault = opening.vault(settings, folder)
    listener = serving.listen(settings.host, settings.port, fallback=False)
    if listener is None:
        stop("port_taken", port=settings.port)
    say("serving", addresses=[f"{settings.site()}/"])
    serving.run_real(url, folder, settings, vault, listener, channels)


@cli.command()
def chat(as_: Annotated[str, typer.Option("--as")]) -> None:
    """Chat in this terminal as one of the demo's people (demo only)."""
    from bot.channels import terminal

    settings = opening.settings()
    url, folder = opening.database(settings, demo=True)
    try:
        asyncio.run(terminal.chat(url, folder, as_, opening.vault(settings, folder)))
    except terminal.NoSuchPerson as error:
        stop("no_such_person", asked=as_, names=error.names)


@cli.command()
def migrate() -> None:
    """Bring the database up to date."""
    opening.database(opening.settings())
    say("migrated")


@catalogue.command("load")
def catalogue_load(file: Path, demo: bool = False) -> None:
    """Load a catalogue of indicators as a new version; what is wrong in it is told by line."""
    from bot.operating import catalogue as catalogue_commands

    opening.on_database(demo, lambda database: catalogue_commands.load(database, file, Clock().now()))


@catalogue.command("diff")
def catalogue_diff(file: Path, demo: bool = False) -> None:
    """Show what a catalogue file changes against the version loaded last."""
    from bot.operating import catalogue as catalogue_commands

    opening.on_database(demo, lambda database: catalogue_commands.diff(database, file))


@catalogue.command("move")
def catalogue_move(bureau: str, demo: bool = False) -> None:
    """Move a bureau's self-assessment to the version loaded last, keeping what still fits."""
    from bot.operating import catalogue as catalogue_commands

    traits = catalogue_commands.OURS | ({} if demo else opening.traits(opening.settings()))
    opening.on_database(demo, lambda database: catalogue_commands.move(database, bureau, Clock().now(), traits))


@campaign.command("load")
def campaign_load(file: Path, years: Annotated[int, typer.Option("--years")] = 0, demo: bool = False) -> None:
    """Load a campaign, its dates moved by so many years, so that bureaus can begin their self-assessment."""
    from bot.operating import catalogue as catalogue_commands

    opening.on_database(demo, lambda database: catalogue_commands.load_campaign(database, file, years))


@audit.command("verify")
def audit_verify(demo: bool = False) -> None:
    """Say whether anything was changed in the audit log since it was sealed, and what."""
    from bot.operating import audit as audit_commands

    folder = opening.database(opening.settings(), demo=demo)[1]
    opening.on_database(demo, lambda database: audit_commands.verify(database, folder))


@reminders.command("preview")
def reminders_preview(
    first: Annotated[str, typer.Option("--from")] = "",
    last: Annotated[str, typer.Option("--to")] = "",
    demo: bool = False,
) -> None:
    """Show who will be reminded of what, and when, as things stand now; nothing is sent."""
    from bot.app import discover
    from bot.channels import channel
    from bot.operating import reminders as reminder_commands
    from bot.operating.catalogue import Stopped
    from models.db import DatabaseDown

    settings = opening.settings()
    url, _ = opening.database(settings, demo=demo)
    traits = {"web": channel("web").traits} if demo else opening.traits(settings)
    discover()
    try:
        name, context = reminder_commands.preview(url, traits, first, last, Clock().now())
    except Stopped as stopped:
        name, context = stopped.sentence
        stop(name, **context)
    except DatabaseDown:
        stop("no_database")
    say(name, **context)


@cli.command()
def invite(bureau: str, name: Annotated[str, typer.Argument()] = "", demo: bool = False) -> None:
    """Make codes for somebody of a bureau, or for its legal section if nobody is named, so that there is one to begin."""
    from bot.operating import joining as joining_commands

    settings = opening.settings()
    vault = opening.vault(settings, opening.database(settings, demo=demo)[1])
    site = None if demo else settings.site()
    opening.on_database(
        demo, lambda database: joining_commands.invite(database, vault, site, bureau, name, Clock().now())
    )


@cli.command("import-roster")
def import_roster(
    file: Annotated[Path | None, typer.Argument()] = None,
    template: Path | None = None,
    only: list[str] | None = None,
    dry_run: bool = False,
    skip_wrong: bool = False,
    demo: bool = False,
) -> None:
    """Bring bureaus and people in from a spreadsheet; what is wrong in it is told by sheet, row and column."""
    from bot.operating import roster as roster_commands
    from bot.operating.catalogue import Stopped

    if template is not None:
        try:
            name, context = roster_commands.write_template(template)
        except Stopped as stopped:
            name, context = stopped.sentence
            stop(name, **context)
        say(name, **context)
    elif file is None:
        stop("nothing_to_import")
    else:
        given: dict[str, Any] = {"only": only or (), "dry_run": dry_run, "skip_wrong": skip_wrong}
        opening.on_database(demo, lambda database: roster_commands.load(database, file, Clock().now(), **given))


@cli.command()
def check() -> None:
    """Say what is wrong with the settings, the database and the clock, and what to do about it."""
    from bot.operating import checking

    settings = opening.settings()
    problems = checking.problems(settings, Clock().now())
    say("checked", problems=problems)
    if problems:
        raise typer.Exit(1)


@cli.command()
def outbox(demo: bool = False) -> None:
    """Show what waits to be sent and why, what did not arrive, and deliveries that broke their turn."""
    from bot.operating import outbox as outbox_command

    opening.on_database(demo, lambda database: outbox_command.show(database, Clock().now()))


@cli.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(context: typer.Context) -> None:
    """Measure speed and memory; prints medians of interleaved runs beside a ceiling."""
    from tests.bench import main as measure

    measure(context.args)


if __name__ == "__main__":
    sys.exit(cli())
