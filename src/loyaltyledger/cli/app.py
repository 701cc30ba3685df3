"""The commands, gathered."""

import click

from .. import __version__
from .accounts import show_balance, show_statement
from .archiving import bring_in, export, play_again
from .bringing_in import imports
from .copies import back_up, check, put_back
from .explaining import explain
from .failing import App
from .playing import play_demo
from .reports import reports
from .upkeep import migrate_ledger, rebuild, sweep, verify


@click.group(cls=App)
@click.version_option(__version__, prog_name="loyaltyledger")
@click.option("--debug", is_flag=True, help="Show where an error came from.")
def app(debug: bool) -> None:
    """Loyalty points you can trust.

    Ends with 0 when all is well, 1 when something was refused or is unsound, and 2
    for wrong usage or input that cannot be used.
    """


for command in (
    play_demo,
    migrate_ledger,
    imports,
    show_balance,
    show_statement,
    explain,
    reports,
    sweep,
    rebuild,
    check,
    verify,
    back_up,
    put_back,
    export,
    bring_in,
    play_again,
):
    app.add_command(command)
