"""``auralis tags``: look at tags, change them after a look at the difference, take that back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

import auralis_lab
from auralis_lab.cli.filterarguments import FilterCommand
from auralis_lab.cli.options import Chosen, Library, Limit, chosen_ids
from auralis_lab.cli.output import out, plain
from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.editing.edits import EditPreview, EditReport
    from auralis_lab.io.tagedit import FieldValue, TagChange
    from auralis_lab.lab import Lab

__all__ = ["tags_app"]

tags_app = typer.Typer(no_args_is_help=True, help="Show and change tags, and take changes back.")

Apply = Annotated[
    bool, typer.Option("--apply", help="Do it; without, only show what would change.")
]
MOST_SHOWN = 50
NUMBERS = ("track_number", "track_total", "disc_number", "disc_total")
SEVERAL = ("artists", "genres", "mb_artist_ids", "mb_album_artist_ids")
ALSO = {
    "genre": "genres",
    "year": "date",
    "track": "track_number",
    "disc": "disc_number",
    "albumartist": "album_artist",
}
"""Names that filters take as well."""


@tags_app.command(cls=FilterCommand)
def show(chosen: Chosen, library: Library = None) -> None:
    """Show the tags of files as they are now."""
    from auralis_lab.io.tags import read_tags

    with auralis_lab.open_lab(library) as lab:
        for id_ in chosen_ids(lab, chosen, first=MOST_SHOWN):
            row = lab.catalogue.tracks.get(id_)
            out.print(plain(row.path_text), style="bold", markup=False)
            for name, value in asdict(read_tags(row.path)).items():
                if value not in (None, (), False):
                    text = "; ".join(value) if isinstance(value, tuple) else str(value)
                    out.print(plain(f"  {name:<20} {text}"), markup=False)


@tags_app.command("set", cls=FilterCommand)
def set_(
    chosen: Chosen,
    values: Annotated[
        list[str],
        typer.Option(
            "--set", "-s", metavar="FIELD=VALUE", help="Several values are parted by semicolons."
        ),
    ],
    apply: Apply = False,
    library: Library = None,
) -> None:
    """Change tags; `--set comment=` removes one."""
    change = _change(values)
    with auralis_lab.open_lab(library) as lab:
        preview = lab.edits.preview(chosen_ids(lab, chosen), change)
        _show_or_apply(lab, preview, apply)


@tags_app.command()
def undo(
    edit: Annotated[int | None, typer.Argument(help="Its number; the last one if none.")] = None,
    apply: Apply = False,
    library: Library = None,
) -> None:
    """Take an edit back."""
    with auralis_lab.open_lab(library) as lab:
        if edit is None:
            done = [e for e in lab.edits.history(limit=200) if e.state == "done"]
            edit = next((e.id for e in done if e.undone_by is None and e.undoes is None), None)
            if edit is None:
                raise NotFoundError("there is no edit to take back")
        _show_or_apply(lab, lab.edits.preview_undo(edit), apply)


@tags_app.command()
def history(limit: Limit = 20, library: Library = None) -> None:
    """List the edits, the latest first."""
    with auralis_lab.open_lab(library) as lab:
        table = Table("edit", "when (UTC)", "files", "state", "what", box=None)
        for edit in lab.edits.history(limit=limit):
            state = f"undone by {edit.undone_by}" if edit.undone_by else edit.state
            when = f"{edit.started_at:%Y-%m-%d %H:%M}"
            what = plain(edit.description)
            table.add_row(str(edit.id), when, str(edit.files), state, what)
        out.print(table if table.row_count else "no edits yet")


def _show_or_apply(lab: Lab, preview: EditPreview, apply: bool) -> None:
    for line in str(preview).splitlines():
        out.print(plain(line), markup=False)
    if not preview.changing:
        raise typer.Exit(1 if preview.problems else 0)
    if not apply:
        out.print("do it with --apply")
        return
    report: EditReport = lab.edits.apply(preview)
    out.print(f"{len(report.changed)} files changed, edit {report.edit_id}")


def _change(values: list[str]) -> TagChange:
    from auralis_lab.io.tagedit import TagChange

    fields: dict[str, FieldValue] = {}
    for pair in values:
        name, sign, text = pair.partition("=")
        if not sign:
            raise ParameterError(f"{pair!r} must be FIELD=VALUE")
        name = ALSO.get(name.strip(), name.strip())
        fields[name] = _value(name, text.strip())
    return TagChange(fields)


def _value(name: str, text: str) -> FieldValue:
    if not text:
        return None
    if name in SEVERAL:
        return tuple(part.strip() for part in text.split(";") if part.strip())
    try:
        if name in NUMBERS:
            return int(text)
        if name == "bpm":
            return float(text)
    except ValueError as error:
        raise ParameterError(f"{name}={text!r} must be a number") from error
    if name == "compilation":
        if text.lower() not in ("yes", "no", "true", "false", "1", "0"):
            raise ParameterError(f"compilation={text!r} must be yes or no")
        return text.lower() in ("yes", "true", "1")
    return text
