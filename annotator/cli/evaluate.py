"""``annotator evaluate``: measure the application's own recipe on labelled data, without a project."""

import ast
import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import click

from annotator.errors import AnnotatorError, InvalidInputError
from annotator.learning.values import Example, QuestionType

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold what; None where the data has no such column."""

    text: str
    labels: tuple[str, ...]
    target: str | None
    start: str | None
    end: str | None
    highlights: str | None
    group: str | None

    @property
    def named(self) -> list[str]:
        """Every column that must be there."""
        others = (self.target, self.start, self.end, self.highlights, self.group)
        return [self.text, *self.labels, *(name for name in others if name)]


@click.command()
@click.option("--train", "train_file", type=click.Path(path_type=Path), required=True, help="CSV or JSON Lines.")
@click.option("--test", "test_file", type=click.Path(path_type=Path), help="Held-out data; without it, folds.")
@click.option("--question-type", type=click.Choice(["stance", "choice", "choices", "scale"]), required=True)
@click.option("--text-column", required=True)
@click.option(
    "--label-column",
    "label_columns",
    multiple=True,
    required=True,
    help="May be repeated; labels in a cell are separated by |.",
)
@click.option("--target-column", help="Whom or what the stance is toward.")
@click.option("--start-column", help="Where the mention of the target starts in the text.")
@click.option("--end-column", help="Where it ends.")
@click.option("--highlights-column", help="Words marked as loaded: a list, or separated by |.")
@click.option("--group-column", help="Document of the unit: folds and intervals never divide one.")
@click.option("--folds", type=click.IntRange(min=2), default=5, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--embedding",
    "embedding_folder",
    type=click.Path(path_type=Path),
    help="Folder of a sentence embedding to use, too; the same is measured without it. Nothing is downloaded.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def evaluate(
    train_file: Path, test_file: Path | None, question_type: str, text_column: str, label_columns: tuple[str, ...],
    target_column: str | None, start_column: str | None, end_column: str | None, highlights_column: str | None,
    group_column: str | None, folds: int, seed: int, embedding_folder: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Train the application's classifier on one table and measure it on another, or on held-out folds of the same.

    Folds and intervals keep the units of a group together. Attitude toward someone named in the sentence
    (--question-type stance with --start-column and --end-column) is learned from the words around the mention.
    """
    columns = Columns(
        text_column, label_columns, target_column, start_column, end_column, highlights_column, group_column
    )
    kind = cast(QuestionType, question_type)
    try:
        _check_options(kind, columns, embedding_folder)
        result = _measure(
            kind, columns, train_file, test_file, folds=folds, seed=seed, embedding_folder=embedding_folder,
            quiet=as_json,
        )  # fmt: skip
    except AnnotatorError as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(result, ensure_ascii=False, indent=1) if as_json else _as_text(result))


def _measure(
    kind: QuestionType, columns: Columns, train_file: Path, test_file: Path | None, *, folds: int, seed: int,
    embedding_folder: Path | None, quiet: bool,
) -> dict[str, Any]:  # fmt: skip
    from annotator.learning.embedding import read_embedding
    from annotator.learning.evaluation import evaluate as measure

    embedding = None if embedding_folder is None else read_embedding(embedding_folder.expanduser())
    learn = read_examples(train_file, kind, columns)
    test = read_examples(test_file, kind, columns) if test_file else None
    result = measure(
        kind, learn, test, folds=folds, seed=seed, embedding=embedding,
        progress=None if quiet else lambda share, sentence: click.echo(f"{share:4.0%} {sentence}", err=True),
    )  # fmt: skip
    return result | {"peak_mb": _peak_mb()}


def _check_options(kind: QuestionType, columns: Columns, embedding_folder: Path | None) -> None:
    if kind == "stance" and not columns.target:
        raise InvalidInputError("Stance is toward a target: name its column with --target-column.")
    if (columns.start is None) != (columns.end is None):
        raise InvalidInputError("A mention needs both --start-column and --end-column.")
    if kind == "stance" and columns.start and embedding_folder:
        raise InvalidInputError("Stance with mentions is learned without an embedding: leave out --embedding.")


def read_examples(path: Path, kind: QuestionType, columns: Columns) -> list[Example]:
    """Read labelled units from CSV or JSON Lines; rows without a label are left out unless `choices` allows none."""
    rows = list(_rows(path))
    if not rows:
        raise InvalidInputError(f"{path} holds no rows.")
    missing = [name for name in columns.named if all(name not in row for _, row in rows)]
    if missing:
        raise InvalidInputError(*(f"{path} has no column {name}." for name in missing))
    examples = [_example(path, line, row, kind, columns) for line, row in rows]
    kept = [example for example in examples if example.labels or kind == "choices"]
    if not kept:
        raise InvalidInputError(f"{path} has no labels in column {', '.join(columns.labels)}.")
    return kept


def _example(path: Path, line: int, row: Row, kind: QuestionType, columns: Columns) -> Example:
    text = str(row.get(columns.text) or "")
    labels = tuple(dict.fromkeys(label for name in columns.labels for label in _labels(row.get(name))))
    if kind != "choices" and len(labels) > 1:
        raise InvalidInputError(f"{path}, line {line}: a {kind} question has one label, not {' and '.join(labels)}.")
    return Example(
        text=text,
        group=str(row.get(columns.group) or text) if columns.group else text,
        labels=labels,
        target=str(row.get(columns.target) or "") if columns.target else None,
        mention=_mention(path, line, row, columns, text),
        highlights=_highlights(row.get(columns.highlights), text) if columns.highlights else None,
    )


def _labels(cell: Any) -> list[str]:
    parts = cell if isinstance(cell, list) else str("" if cell is None else cell).split("|")
    return [label for part in parts if (label := str(part).strip())]


def _highlights(cell: Any, text: str) -> tuple[tuple[int, int], ...]:
    """Find marked words in the text, all occurrences; a list may be written as JSON or as Python writes it."""
    parts = cell
    if isinstance(cell, str):
        try:
            parts = ast.literal_eval(cell)
        except (ValueError, SyntaxError):
            parts = cell.split("|")
    words = [word for part in parts if (word := str(part).strip())] if isinstance(parts, list | tuple) else []
    return tuple(
        found.span() for word in words for found in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.I)
    )


def _mention(path: Path, line: int, row: Row, columns: Columns, text: str) -> tuple[int, int] | None:
    if columns.start is None or columns.end is None:
        return None
    try:
        start, end = int(row[columns.start]), int(row[columns.end])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInputError(f"{path}, line {line}: start and end of the mention are not whole numbers.") from error
    if not 0 <= start <= end <= len(text):
        raise InvalidInputError(f"{path}, line {line}: the mention {start}-{end} lies outside the text.")
    return start, end


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _json_lines(path, file) if path.suffix in {".jsonl", ".ndjson", ".json"} else _csv(path, file)
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{path} is not UTF-8 text.") from error
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror or error}.") from error


def _csv(path: Path, file: Any) -> Iterator[tuple[int, Row]]:
    reader = csv.reader(file, strict=True)
    try:
        header = next(reader, [])
        for cells in reader:
            if cells and len(cells) != len(header):
                raise InvalidInputError(
                    f"{path}, line {reader.line_num}: {len(cells)} cells where the header has {len(header)}."
                )
            if cells:
                yield reader.line_num, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise InvalidInputError(f"{path}, line {reader.line_num} is not CSV: {error}.") from error


def _json_lines(path: Path, file: Any) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InvalidInputError(f"{path}, line {number} is not JSON.") from error
        if not isinstance(row, dict):
            raise InvalidInputError(f"{path}, line {number} is not a JSON object.")
        yield number, row


def _peak_mb() -> float | None:
    try:
        import resource
    except ImportError:  # Windows has no such count
        return None
    import sys

    unit = 2**20 if sys.platform == "darwin" else 2**10
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, 1)


def _as_text(result: Mapping[str, Any]) -> str:
    lines = [f"Trained on {result['n_train']:,} units, tested on {result['n_test']:,}."]
    for name in ("accuracy", "macro_f1", "micro_f1", "f_avg"):
        if result[name] is not None:
            between = _interval(result["intervals"].get(name))
            lines.append(f"{name:10} {result[name]:.3f}{between}  majority guess {result['majority'][name]:.3f}")
    lines.append(f"{'ece':10} {result['ece']:.3f}")
    for label, scores in result["per_label"].items():
        lines.append(f"  {label}: F1 {scores['f1']:.3f}, n = {scores['n']:,}")
    if "embedding" in result:
        lines.append(_embedding_line(result))
    lines.append(f"{result['cpu_seconds']} CPU seconds, {result['peak_mb']} MB.")
    return "\n".join(lines)


def _embedding_line(result: Mapping[str, Any]) -> str:
    found, difference = result["embedding"], result["embedding"]["difference"]
    used = [f"{weight:g}" for weight in found["weights"] if weight]
    weights = f", weights {', '.join(sorted(set(used)))}" if used else ""
    return (
        f"Embedding {found['name']} ({found['dimensions']} dimensions, SHA-256 {found['sha256'][:16]}…), used in "
        f"{len(used)} of {len(found['weights'])} trainings{weights}: macro F1 {found['without']['macro_f1']:.3f} "
        f"without it, {difference['value']:+.3f} with it{_interval(difference['interval'])}."
    )


def _interval(bounds: Sequence[float] | None) -> str:
    return f" [{bounds[0]:.3f}, {bounds[1]:.3f}]" if bounds else ""
