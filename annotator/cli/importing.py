"""``annotator import``: bring files, folders and data sets into a project."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click

from annotator.config import Settings
from annotator.db.engines import Database
from annotator.db.upgrading import open_database
from annotator.errors import AnnotatorError, InvalidInputError
from annotator.importing.reading import FORMATS, find_files
from annotator.importing.values import TableColumns
from annotator.services import documents, imports, projects
from annotator.services.batches import sweep_pending
from annotator.services.previews import PreviewDocument, PreviewSpeaker

MANIFEST = "manifest.json"
UNITS = "units.jsonl"


@dataclass(slots=True)
class Outcome:
    """What became of one file."""

    name: str
    documents: int = 0
    units: int = 0
    annotations: int = 0
    near_duplicates: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    preview: dict[str, Any] | None = None


@click.command("import")
@click.argument("paths", metavar="FILE_OR_FOLDER…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--project", "project_name", required=True, help="Name or slug of the project.")
@click.option("--format", "format_name", type=click.Choice(sorted(FORMATS)), help="Do not go by the file's suffix.")
@click.option("--dry-run", is_flag=True, help="Show what would be understood, and store nothing.")
@click.option("--text-column", metavar="C", help="The table holds ready-made units; this is their text.")
@click.option("--id-column", metavar="C", help="The unit's id; rows with the same id are the same unit.")
@click.option("--target-column", metavar="C", help="Whom or what a stance is toward.")
@click.option("--label-column", "label_columns", metavar="C", multiple=True, help="Labels; may be repeated.")
@click.option(
    "--question",
    "questions",
    metavar="Q",
    multiple=True,
    help="The question the label columns answer, or one for each of them in turn; without it, the one of that name.",
)
@click.option("--annotator-column", metavar="C", help="Who gave the labels; each is kept apart.")
@click.option("--document-column", metavar="C", help="The document a unit belongs to.")
@click.option("--split-column", metavar="C", help="train, dev or test.")
@click.option("--whole-documents", is_flag=True, help="A row is a document to be split, not a unit.")
@click.option(
    "--texts", metavar="FOLDER", type=click.Path(path_type=Path), help="Where the texts are that a data set leaves out."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.pass_obj
def import_command(
    settings: Settings, *, paths: tuple[Path, ...], project_name: str, format_name: str | None, dry_run: bool,
    text_column: str | None, id_column: str | None, target_column: str | None, label_columns: tuple[str, ...],
    questions: tuple[str, ...], annotator_column: str | None, document_column: str | None, split_column: str | None,
    whole_documents: bool, texts: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Import each FILE, or each file of a FOLDER, as a whole or not at all.

    What is wrong with a file is told line by line on standard error; the other files are imported all the same.
    """
    columns = TableColumns(
        text=text_column, id=id_column, target=target_column, labels=label_columns, annotator=annotator_column,
        document=document_column, split=split_column, ready_made=not whole_documents,
        **_questions(questions, label_columns),
    )  # fmt: skip
    files = list(_files(paths))
    if texts is not None and not all(_is_data_set(file) for file in files):
        raise InvalidInputError("--texts goes with a data set that was exported without its texts, and nothing else.")
    options = {"format": format_name, "columns": columns if columns.named() else None}
    if dry_run:
        outcomes = [_shown(file, options, as_json=as_json) for file in files]
    else:
        outcomes = _import_all(settings, project_name, files, options, texts=texts, as_json=as_json)
    _tell(outcomes, dry_run=dry_run, as_json=as_json)
    if any(outcome.problems for outcome in outcomes):
        sys.exit(1)


def _questions(questions: tuple[str, ...], label_columns: tuple[str, ...]) -> dict[str, Any]:
    """Return one question for all columns of labels, or one for each."""
    if len(questions) < 2:
        return {"question": questions[0] if questions else None}
    if len(questions) != len(label_columns):
        raise InvalidInputError(
            f"There are {len(questions)} questions for {_counted(len(label_columns), 'column')} of labels; "
            "give one --question for all, or one after the other for each --label-column."
        )
    return {"questions": questions}


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the files of folders one by one, but a native data set as the one thing it is."""
    for path in paths:
        if path.name == UNITS and (path.parent / MANIFEST).is_file():
            yield path.parent
        elif (path / MANIFEST).is_file():
            yield path
        else:
            found = find_files(path)
            if not found:
                raise InvalidInputError(f"{path}: there is no file in this folder.")
            yield from found


def _is_data_set(path: Path) -> bool:
    return path.is_dir() or path.suffix.lower() == ".zip"


def _import_all(
    settings: Settings,
    project_name: str,
    files: list[Path],
    options: dict[str, Any],
    *,
    texts: Path | None,
    as_json: bool,
) -> list[Outcome]:
    database = open_database(settings)
    try:
        sweep_pending(database)
        project_id = None
        if not all(_is_data_set(file) for file in files):
            with database.reading() as session:
                project_id = projects.find_project(session, project_name).id
        outcomes = []
        for file in files:
            with _told(file, as_json=as_json) as (outcome, progress):
                if project_id is None or _is_data_set(file):
                    _import_data_set(database, file, project_name, outcome, texts=texts, columns=options["columns"])
                else:
                    result = imports.import_file(
                        database, project_id, file, name=file.name, progress=progress, **options
                    )
                    outcome.documents, outcome.units = result.documents, result.units
                    outcome.annotations = result.annotations
                    outcome.near_duplicates = [asdict(duplicate) for duplicate in result.duplicates]
            outcomes.append(outcome)
        return outcomes
    finally:
        database.dispose()


def _import_data_set(
    database: Database,
    path: Path,
    project_name: str,
    outcome: Outcome,
    *,
    texts: Path | None,
    columns: TableColumns | None,
) -> None:
    """Bring a whole exported project back, as a new one or into one that is empty."""
    # Few imports are data sets of our own, and reading them brings a lot along.
    from annotator.services.datasets import import_data_set

    slug = import_data_set(database, path, project_name=project_name, texts=texts, columns=columns)
    with database.reading() as session:
        project = projects.find_project(session, slug)
        held = documents.summaries(session, [project.id])[project.id]
    outcome.documents, outcome.units = held.documents, held.sentences


@contextmanager
def _told(file: Path, *, as_json: bool) -> Iterator[tuple[Outcome, imports.Progress | None]]:
    """Show how far a file has come; what is wrong with it is noted and does not stop the others."""
    outcome = Outcome(file.name)
    try:
        if as_json or not sys.stderr.isatty() or not file.is_file():
            yield outcome, None
        else:
            with click.progressbar(length=file.stat().st_size, label=file.name, file=sys.stderr) as bar:
                # Characters stand for bytes: near enough for a bar.
                yield outcome, lambda _documents, characters: bar.update(characters - bar.pos)
                bar.update(max(0, (bar.length or 0) - bar.pos))
    except AnnotatorError as error:
        outcome.problems = list(error.problems) if isinstance(error, InvalidInputError) else [str(error)]


def _shown(file: Path, options: dict[str, Any], *, as_json: bool) -> Outcome:
    """Preview one file."""
    outcome = Outcome(file.name)
    if _is_data_set(file):
        outcome.problems = [f"{file.name}: a data set cannot be previewed; import it into a project of its own."]
        return outcome
    try:
        seen = imports.preview(file, name=file.name, **options)
    except InvalidInputError as error:
        outcome.problems = list(error.problems)
        return outcome
    outcome.documents, outcome.units = seen.documents, seen.sentences
    outcome.preview = asdict(seen)
    if not as_json:
        click.echo("\n\n".join(_document_lines(document) for document in seen.shown))
        if seen.documents > len(seen.shown):
            click.echo(f"\n… and {seen.documents - len(seen.shown):,} more documents")
    return outcome


def _document_lines(document: PreviewDocument) -> str:
    """Return what was understood of one document, for people to read."""
    known = (document.outlet, document.date, document.author)
    lines = [document.title or "(no title)", "  " + ", ".join((document.kind, *(value for value in known if value)))]
    lines += [f"  {_speaker_line(speaker)}" for speaker in document.speakers]
    lines.append(f"  {_counted(document.turns, 'turn')}, {_counted(document.sentences, 'sentence')}")
    lines += [f"  | {sentence}" for sentence in document.first_sentences]
    lines += [f"  “{merge.name}” looks like “{merge.into}”; are they the same person?" for merge in document.merges]
    return "\n".join(lines)


def _speaker_line(speaker: PreviewSpeaker) -> str:
    role = f" ({speaker.role})" if speaker.role else ""
    return f"{speaker.name}{role}, {_counted(speaker.turns, 'turn')}, printed as {', '.join(speaker.aliases)}"


def _tell(outcomes: list[Outcome], *, dry_run: bool, as_json: bool) -> None:
    """Say how each file fared, problems on standard error, and the sum of it."""
    if as_json:
        click.echo(json.dumps(_as_record(outcomes), ensure_ascii=False))
    for outcome in outcomes:
        for problem in outcome.problems:
            click.echo(problem, err=True)
        if not as_json:
            click.echo(_outcome_line(outcome))
    if as_json or len(outcomes) == 1:
        return
    accepted = [outcome for outcome in outcomes if not outcome.problems]
    done = "Understood" if dry_run else "Imported"
    click.echo(
        f"{done} {_counted(len(accepted), 'file')} with {_counted(sum(row.documents for row in accepted), 'document')} "
        f"and {_counted(sum(row.units for row in accepted), 'sentence')}; "
        f"refused {_counted(len(outcomes) - len(accepted), 'file')}."
    )


def _outcome_line(outcome: Outcome) -> str:
    if outcome.problems:
        return f"{outcome.name}: refused, {_counted(len(outcome.problems), 'problem')}"
    line = f"{outcome.name}: {_counted(outcome.documents, 'document')}, {_counted(outcome.units, 'sentence')}"
    if outcome.annotations:
        line += f", {_counted(outcome.annotations, 'annotation')}"
    if outcome.near_duplicates:
        line += f", {_counted(len(outcome.near_duplicates), 'near-duplicate')} of another document"
    return line


def _as_record(outcomes: list[Outcome]) -> dict[str, Any]:
    accepted = [outcome for outcome in outcomes if not outcome.problems]
    return {
        "files": [asdict(outcome) for outcome in outcomes],
        "accepted": len(accepted),
        "refused": len(outcomes) - len(accepted),
        "documents": sum(outcome.documents for outcome in accepted),
        "units": sum(outcome.units for outcome in accepted),
    }


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
