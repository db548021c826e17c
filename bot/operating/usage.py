"""How the operators' commands explain themselves: their help, and what is said of a command that cannot be understood."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from bot.render import Words

PROGRAM = "python3 run.py"
F = TypeVar("F", bound=Callable[..., Any])


class Command(TyperCommand):
    """A command whose help is in the templates' words."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(_said("help", ctx))


class Group(TyperGroup):
    """A group of commands, likewise; the outermost says what is wrong with a command, and ends with its exit code."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(_said("help", ctx))

    def main(self, *args: Any, **settings: Any) -> Any:
        try:
            code = super().main(*args, **{**settings, "prog_name": PROGRAM, "standalone_mode": False})
        except typer.TyperException as error:
            typer.echo(_wrong(error), err=True)
            code = error.exit_code
        except typer.Abort:
            code = 1
        sys.exit(code if isinstance(code, int) else 0)


class Commands(typer.Typer):
    """The operators' commands, or some of them below a name."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            cls=Group, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, **settings
        )

    def command(self, name: str | None = None, **settings: Any) -> Callable[[F], F]:
        """Register a command; what its help says stands in templates/commands/usage.j2."""
        return super().command(name, cls=Command, **settings)


def _wrong(error: typer.TyperException) -> str:
    """What is said of a command that cannot be understood, by the kind of the error."""
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        return error.format_message()
    about = {name: getattr(error, name, None) for name in ("option_name", "possibilities", "param")}
    return _said("usage_error", getattr(error, "ctx", None), kind=kind, **about)


def _said(name: str, context: Any, **about: Any) -> str:
    command = context.command if context is not None else None
    params = command.get_params(context) if command is not None else []
    path = context.command_path.removeprefix(PROGRAM).strip() if context is not None else ""
    offered = list(command.commands) if isinstance(command, TyperGroup) else []
    return Words().text("commands", name, program=PROGRAM, command=path, params=params, offered=offered, **about)
