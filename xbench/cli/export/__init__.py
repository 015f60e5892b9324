"""`xbench export`: results for other tools. A file beside this one is a command, called after the file."""

from __future__ import annotations

import importlib
import pkgutil

import click


class _Files(click.Group):
    """Finds its commands among the modules of this package, and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.list_commands(ctx):
            from xbench.errors import closest

            ctx.fail(f"no export {args[0]!r}: {closest(args[0], self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Files)
def command() -> None:
    """Write results in the form that other tools read."""
