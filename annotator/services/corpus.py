"""Answer a whole corpus: a file of sentences in, the same with the classifiers' answers out, part by part."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from annotator.errors import InvalidInputError
from annotator.exporting.places import finished_file
from annotator.importing.corpus_lines import PART_ROWS, Part
from annotator.importing.problems import FoundProblemsError, Problems
from annotator.learning import store
from annotator.learning.classifier import Classifier
from annotator.services.corpus_answers import Answerer
from annotator.services.corpus_files import Source, kind_by_name, open_source, writing
from annotator.services.corpus_orders import Order
from annotator.services.corpus_parts import Answered, Form, answer_part
from annotator.words import say

MOST_STRANGERS = 1_000
#: How far it is (in bytes, of a table in rows), of how much (None if nobody knows), and how many rows that were.
Progress = Callable[[int, int | None, int], None]
#: Tells whether parts still to come need only be looked at for what is wrong with them.
OnlyCheck = Callable[[], bool]
#: Answers the parts of a corpus in their order, wherever.
Answering = Callable[[Order, Form, Iterator[Part], OnlyCheck], Iterator[Answered]]


@dataclass(slots=True)
class Done:
    """What came of a corpus: rows, those without a text, and names of targets that the project does not have.

    Of the ``strangers`` the first thousand are kept, and counted how often they came.
    """

    rows: int = 0
    empty: int = 0
    strangers: Counter[str] = field(default_factory=Counter)

    def add(self, answered: Answered) -> None:
        """Count a part."""
        self.rows += answered.rows
        self.empty += answered.empty
        for name, count in answered.strangers.items():
            if name in self.strangers or len(self.strangers) < MOST_STRANGERS:
                self.strangers[name] += count


def load_classifiers(order: Order) -> list[Classifier]:
    """Read the classifiers of an order.

    Raises
    ------
    InvalidInputError
        If the files of one are missing or not what was stored.
    """
    return [store.load(asked.folder, sha256=asked.sha256, embedding=order.embedding) for asked in order.asked]


def answer_corpus(
    order: Order,
    source: Path,
    output: Path,
    *,
    answering: Answering | None = None,
    progress: Progress | None = None,
    part_rows: int = PART_ROWS,
) -> Done:
    """Answer every sentence of a file; the output appears under its name when it is complete.

    Without ``answering`` the work is done in this process. The output depends on nothing but the corpus, the
    classifiers and ``part_rows``.

    Raises
    ------
    ConflictError
        If the output exists.
    InvalidInputError
        If the corpus cannot be used, with everything that is wrong with it by line.
    StorageFullError
        If the disk is full.
    """
    target = kind_by_name(output)
    kind_by_name(source)
    problems = Problems(order.name)
    with _unwritable_named(output), finished_file(output) as stream:
        classifiers = load_classifiers(order)
        corpus = open_source(source, order, classifiers, problems, target=target, rows=part_rows)
        answers = (answering or _here(classifiers))(order, corpus.form, corpus.parts, lambda: len(problems) > 0)
        with closing(corpus.parts), writing(corpus.form, stream) as write:
            done = _gather(answers, corpus, problems, write, progress)
            problems.raise_any()
    return done


@contextmanager
def _unwritable_named(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InvalidInputError(
            say("{file} cannot be written ({reason}).", file=output, reason=error.strerror or error)
        ) from error


def _here(classifiers: Sequence[Classifier]) -> Answering:
    def answer(order: Order, form: Form, parts: Iterator[Part], only_check: OnlyCheck) -> Iterator[Answered]:
        answerer = Answerer(order, classifiers)
        for part in parts:
            yield answer_part(answerer, form, part, only_check=only_check())

    return answer


def _gather(
    answers: Iterator[Answered], corpus: Source, problems: Problems, write: Callable[[bytes], object],
    progress: Progress | None,
) -> Done:  # fmt: skip
    done = Done()
    for answered in answers:
        if answered.problems:
            problems.take(FoundProblemsError(*answered.problems, more=answered.more))
        elif not len(problems):
            write(answered.content)
        done.add(answered)
        if progress is not None:
            progress(answered.end, corpus.total, done.rows)
    if not done.rows and not len(problems) and corpus.form.source == "lines":
        raise InvalidInputError(say("{file}: there are only blank lines.", file=problems.name))
    return done
