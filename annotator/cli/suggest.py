"""``annotator suggest``: the classifiers' answers for a corpus of any length."""

import json
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from annotator.config import Settings
from annotator.db.upgrading import open_database
from annotator.errors import InvalidInputError
from annotator.services import projects
from annotator.services.corpus import Answering, Done, Progress, answer_corpus
from annotator.services.corpus_orders import Columns, Order, read_order

#: Where there is no terminal, a line is printed after so many sentences.
LINE_AFTER = 100_000
STRANGERS_NAMED = 5


@click.command("suggest")
@click.option("--project", required=True, help="Name or slug of the project.")
@click.option(
    "--input", "source", required=True, type=click.Path(path_type=Path), help="The corpus, .jsonl or .parquet."
)
@click.option("--output", required=True, type=click.Path(path_type=Path), help="File to write, .jsonl or .parquet.")
@click.option("--question", help="Answer only this question.")
@click.option(
    "--classifier",
    "numbers",
    type=int,
    multiple=True,
    metavar="N",
    help="Use this classifier instead of the active one.",
)
@click.option("--text-column", default="text", show_default=True, metavar="C", help="The sentence.")
@click.option("--id-column", metavar="C", help="Keep this column and no other; default: all.")
@click.option("--target-column", metavar="C", help="Targets to answer a stance for; default: those the sentence names.")
@click.option("--cluster", metavar="ADDRESS", help="Scheduler of a Dask cluster you trust, such as tcp://host:8786.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.pass_obj
def suggest_command(
    settings: Settings, *, project: str, source: Path, output: Path, question: str | None, numbers: tuple[int, ...],
    text_column: str, id_column: str | None, target_column: str | None, cluster: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Let the active classifiers answer every sentence of a corpus.

    A row of the corpus is a sentence. It comes out in the same place with the answers in further columns.
    """
    started = time.monotonic()
    columns = Columns(text=text_column, id=id_column, target=target_column)
    order = _order(settings, project, source.name, columns, question, numbers)
    answering = None if cluster is None else _answering(cluster)
    with _told(as_json=as_json) as progress:
        done = answer_corpus(order, source, output, answering=answering, progress=progress)
    seconds = time.monotonic() - started
    click.echo(_as_json(order, done, seconds) if as_json else _as_text(order, done, seconds, output))


def _order(
    settings: Settings, name: str, file: str, columns: Columns, question: str | None, numbers: Sequence[int]
) -> Order:
    database = open_database(settings)
    try:
        with database.reading() as session:
            project = projects.find_project(session, name)
            return read_order(
                session, settings.models, project, name=file, columns=columns, question=question, numbers=numbers,
                embedding=settings.embedding,
            )  # fmt: skip
    finally:
        database.dispose()


def _answering(address: str) -> Answering:
    try:
        from annotator.services.cluster import on_cluster
    except ModuleNotFoundError as error:
        if error.name not in {"distributed", "dask"}:
            raise
        raise InvalidInputError('--cluster needs Dask; install it with: pip install "annotator[cluster]"') from error
    # What Dask logs of a lost connection is many lines long and says less than our sentence.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    return on_cluster(address)


@contextmanager
def _told(*, as_json: bool) -> Iterator[Progress | None]:
    """Show how far it is: a bar on a terminal, else a line now and then; nothing beside JSON."""
    if as_json:
        yield None
    elif not sys.stderr.isatty():
        yield _line_now_and_then()
    else:
        with click.progressbar(length=1, label="Answering", file=sys.stderr) as bar:

            def show(end: int, total: int | None, rows: int) -> None:
                bar.length = total or end
                bar.label = f"Answering, {rows:,} sentences"
                bar.update(end - bar.pos)

            yield show


def _line_now_and_then() -> Progress:
    told = 0

    def tell(end: int, total: int | None, rows: int) -> None:
        nonlocal told
        if rows - told >= LINE_AFTER:
            told = rows
            click.echo(f"{rows:,} sentences" + (f" ({end / total:.0%})" if total else ""), err=True)

    return tell


def _as_json(order: Order, done: Done, seconds: float) -> str:
    return json.dumps(
        {
            "rows": done.rows, "without_text": done.empty, "unknown_targets": dict(done.strangers.most_common()),
            "questions": order.described(), "columns": list(order.added), "version": order.version,
            "seconds": round(seconds, 2),
        },
        ensure_ascii=False,
    )  # fmt: skip


def _as_text(order: Order, done: Done, seconds: float, output: Path) -> str:
    answered = ", ".join(f"{asked.name} by classifier {asked.number}" for asked in order.asked)
    lines = [f"Wrote {output}: {done.rows:,} sentences in {seconds:,.0f} s ({answered})."]
    lines += [
        f"Some labels of {asked.name} had few examples when classifier {asked.number} learned: see its card."
        for asked in order.asked
        if asked.is_early
    ]
    if done.empty:
        lines.append(f"{done.empty:,} of them have no text and got no answer.")
    if done.strangers:
        named = ", ".join(f"“{name}” ({count:,})" for name, count in done.strangers.most_common(STRANGERS_NAMED))
        lines.append(f"Targets the project does not know, in {sum(done.strangers.values()):,} places: {named}.")
    return "\n".join(lines)
