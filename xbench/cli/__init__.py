"""The command line. Each command is a file that is imported when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from xbench.errors import XbenchError

_COMMANDS = {
    "run": "Benchmark checkpoints: plan, fit, predict, score, report.",
    "translate": "Make translated rows with a translation model.",
    "pretrain": "Pretrain an encoder on a corpus: tokenizer, weights, model card.",
    "tasks": "List the tasks that are installed.",
    "languages": "List languages and the tasks that have them.",
    "merge": "Join results folders of several machines into one.",
    "score": "Score again from the predictions on disk.",
    "report": "Write tables, plots, a comparison and one page for a browser from what is on disk.",
    "leaderboard": "Write leaderboard.csv and print ranks and averages.",
    "compare": "Compare checkpoints: who is better where, by how much, and can it be trusted?",
    "export": "Write results for other tools: LaTeX, XTREME's scorer, a model card.",
    "why": "Show the whole origin of a number.",
    "clean": "Show what takes space, and remove it.",
}


class _Lazy(click.Group):
    """Imports a command's module only when the command is called, so that --help is immediate."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"xbench.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS:
            from xbench.errors import closest

            ctx.fail(f"no command {args[0]!r}: {closest(args[0], _COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="xbench", prog_name="xbench")
def cli() -> None:
    """How well does what a multilingual encoder learns in one language carry over to the others?

    Exit codes: 0 complete, 2 bad input, 3 partial (something is unavailable).
    """


def main() -> None:
    """Entry point: bad input ends with its message and code 2, without a traceback."""
    try:
        cli(standalone_mode=True)
    except XbenchError as error:
        click.echo(f"xbench: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
