"""All that a training reads of a project, so that no transaction is open while it goes on."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook, Question
from annotator.db import CodebookVersion, Document, Project, Unit
from annotator.errors import NotFoundError
from annotator.learning.panels import Panel
from annotator.services import codebooks, counting, origins, projects, reserved_tests, rounds, stability
from annotator.services.examples import read_material, trainable
from annotator.services.named_targets import Namer
from annotator.services.votes import Material
from annotator.words import say

#: Texts without labels that help to weigh words.
MAX_POOL = 20_000


@dataclass(frozen=True, slots=True)
class Sources:
    """What is to be learned, from what, and what the cards of the classifiers will tell of it.

    ``material`` and ``tests`` are by the id of a question; ``labelled`` counts units with a label; ``sample`` is what
    classifiers of one question are compared on; ``codes`` are those of annotators by number.
    """

    project: Project
    version: CodebookVersion
    questions: Sequence[Question]
    material: dict[str, Material]
    tests: dict[str, list[Panel]]
    namer: Namer
    pool: list[str]
    sample: stability.Sample
    labelled: int
    phase: str
    codes: dict[int, str]

    def material_of(self, question: Question) -> Material:
        """Return what a question is learned from, with the places at which targets are named."""
        return self.namer.material(self.material[question.id])

    def tests_of(self, question: Question) -> list[Panel]:
        """Return what its classifier is tested on, with those places."""
        return self.namer.panels(self.tests[question.id])


def read_sources(session: Session, project_id: int, *, question: str | None) -> Sources:
    """Read what one question is learned from, by its name or id, or what all of them are.

    Raises
    ------
    NotFoundError
        If no such question can be learned.
    """
    project = session.get_one(Project, project_id)
    version = codebooks.current_version(session, project_id)
    questions = _wanted(codebooks.parse_source(version.source), question)
    return Sources(
        project,
        version,
        questions,
        material=origins.of_material(session, project_id, read_material(session, project_id, questions)),
        tests=reserved_tests.read_tests(session, project_id, questions),
        namer=Namer(session, project_id),
        pool=_pool(session, project_id),
        sample=stability.draw_sample(session, project),
        labelled=counting.labelled_units(session, project_id),
        phase=rounds.phase(session, project_id),
        codes=projects.annotator_codes(session, project_id),
    )


def _wanted(codebook: Codebook, question: str | None) -> list[Question]:
    possible = trainable(codebook)
    if question is None:
        return possible
    found = [entry for entry in possible if question in (entry.id, entry.name)]
    if not found:
        names = ", ".join(f"“{entry.name}”" for entry in possible) or say("none")
        raise NotFoundError(
            say(
                "There is no question “{question}” that can be learned; there is: {names}.",
                question=question,
                names=names,
            )
        )
    return found


def _pool(session: Session, project_id: int) -> list[str]:
    """Return texts of units, labelled or not, spread over documents; the words of the reserved sample stay unseen."""
    text = func.substr(Document.text, Unit.start + 1, Unit.end - Unit.start)
    query = (
        select(text)
        .select_from(Unit)
        .join(Document, Document.id == Unit.document_id)
        .where(
            Document.project_id == project_id,
            ~Document.is_pending,
            Document.is_reserved.is_not(True),
            Unit.kind == "sentence",
        )
        .order_by(Document.order_key, Unit.position)
        .limit(MAX_POOL)
    )
    return list(session.scalars(query))
