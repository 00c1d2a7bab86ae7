"""Do the annotators agree? The report of a project: by question, label, target, pair, and whatever else divides it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from annotator.db import Project, Target
from annotator.errors import NotFoundError
from annotator.services import visibility
from annotator.services.agreement_remarks import LabelUse, remark_on_label, remark_on_question
from annotator.services.asked import Asked
from annotator.services.figures import COEFFICIENTS, Basis, Figure, basis_of, figures_of, kind_of_alpha
from annotator.services.ratings import Ratings, ratings_of
from annotator.services.shared_acts import SharedActs, read_shared
from annotator.words import joined, say

#: Figures that stand beside every label and target.
BESIDE = ("alpha", "ac1", "percent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that agreement is told of: a question, a target, a label, an outlet … ``share`` is of a label."""

    key: str
    name: str
    basis: Basis
    figures: Mapping[str, Figure]
    share: float | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRow(Row):
    """A question, with the same by target where it is about stances; ``alpha`` says which alpha it is."""

    level: str
    type: str
    alpha: str
    targets: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """What two annotators have in common."""

    annotators: tuple[str, str]
    columns: tuple[int, int]
    units: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Subject:
    """A question, or one target of it, with its ratings: what the lower part of the page is about."""

    asked: Asked
    target: int | None
    name: str
    ratings: Ratings

    @property
    def question(self) -> str:
        """The question's id."""
        return self.asked.question.id

    @property
    def title(self) -> str:
        """The name, as a heading begins."""
        return self.name[:1].upper() + self.name[1:]


class Agreement:
    """The shared acts of a project, with the ratings of each question made when they are asked for."""

    def __init__(self, session: Session, project: Project, may_see: ColumnElement[bool]) -> None:
        self.session, self.project, self.may_see = session, project, may_see
        self.shared: SharedActs = read_shared(session, project, may_see)
        self._ratings: dict[int, Ratings] = {}
        targets = select(Target.id, Target.uuid, Target.name).where(Target.project_id == project.id)
        rows = session.execute(targets).all()
        self.target_names = {number: name for number, _, name in rows}
        self.target_keys = {number: uuid for number, uuid, _ in rows}

    @property
    def questions(self) -> list[Asked]:
        """What is asked, and what was asked before and has answers from two annotators."""
        return [asked for asked in self.shared.questions if asked.is_current or len(self.ratings(asked).units)]

    def ratings(self, asked: Asked) -> Ratings:
        """Return the answers to a question."""
        if asked.number not in self._ratings:
            self._ratings[asked.number] = ratings_of(self.shared, asked)
        return self._ratings[asked.number]

    def find(self, question: str) -> Asked:
        """Return the question of this id or name.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        for asked in self.questions:
            if question in (asked.question.id, asked.question.name):
                return asked
        raise NotFoundError(
            say(
                "There is no question “{question}”; the questions are {known}.",
                question=question,
                known=joined([asked.question.name for asked in self.questions]),
            )
        )

    def subject(self, asked: Asked, target: int | None = None) -> Subject:
        """Return a question, or what was said toward one target, as what the details are about."""
        ratings, name = self.ratings(asked), asked.question.name
        if target is not None:
            ratings = ratings.only(ratings.targets == target)
            name = joined((name, self.target_names[target]), ": ")
        return Subject(asked, target, name, ratings)

    def targets(self, asked: Asked) -> list[int]:
        """Return the targets of a question that two annotators have judged, the most frequent first."""
        numbers, often = np.unique(self.ratings(asked).targets, return_counts=True)
        ranked = sorted(zip(-often, numbers, strict=True))
        return [int(number) for _, number in ranked if number]


def agreement_seen_by(session: Session, project: Project, user_id: int) -> Agreement:
    """Return the agreement between those whose labels this person may see."""
    return Agreement(session, project, visibility.reviewable_annotations(session, project, user_id))


def agreement_of(session: Session, project: Project) -> Agreement:
    """Return the agreement between all annotators, for the command line."""
    return Agreement(session, project, true())


def question_row(
    agreement: Agreement, asked: Asked, *, coefficients: Sequence[str] = tuple(COEFFICIENTS)
) -> QuestionRow:
    """Return the figures of one question."""
    ratings = agreement.ratings(asked)
    figures = figures_of(ratings, coefficients, beside=BESIDE)
    return QuestionRow(
        key=asked.question.id, name=asked.question.name, level=asked.question.level, type=asked.question.type,
        alpha=kind_of_alpha(ratings), basis=basis_of(ratings), figures=figures,
        targets=tuple(_target_rows(agreement, asked, coefficients)),
        remark=remark_on_question(ratings, figures),
    )  # fmt: skip


def _target_rows(agreement: Agreement, asked: Asked, coefficients: Sequence[str]) -> Iterator[Row]:
    for target in agreement.targets(asked):
        ratings = agreement.subject(asked, target).ratings
        yield Row(
            key=agreement.target_keys[target], name=agreement.target_names[target], basis=basis_of(ratings),
            figures=figures_of(ratings, coefficients),
        )  # fmt: skip


def label_rows(ratings: Ratings, *, coefficients: Sequence[str] = BESIDE) -> list[Row]:
    """Return each label against all others: how often it is given, and how far that is agreed on."""
    if ratings.weights is not None or not len(ratings.units):
        return []
    return [row for code in range(len(ratings.label_names)) if (row := _label_row(ratings, code, coefficients))]


def _label_row(ratings: Ratings, code: int, coefficients: Sequence[str]) -> Row | None:
    given = ratings.values >= 0
    has = ratings.has_label(code)[ratings.values] & given
    if not has.any():
        return None
    one = ratings.of_label(code)
    figures = figures_of(one, coefficients, beside=BESIDE)
    somebody = has.any(axis=1)
    use = LabelUse(
        name=ratings.label_names[code],
        share=float(has.sum() / given.sum()),
        disputed=len(np.unique(ratings.units[somebody & (has != given).any(axis=1)])),
    )
    return Row(
        key=str(code), name=use.name, basis=basis_of(one), figures=figures, share=use.share,
        remark=remark_on_label(use, figures),
    )  # fmt: skip


def pair_rows(
    shared: SharedActs, ratings: Ratings, *, coefficients: Sequence[str] = ("alpha", "cohen_kappa", "percent")
) -> list[PairRow]:
    """Return every pair of annotators that have answered about the same units."""
    found = []
    for one, other in combinations(np.flatnonzero((ratings.values >= 0).any(axis=0)).tolist(), 2):
        both = ratings.of_annotators((one, other))
        if len(both.units):
            codes = shared.annotators[one], shared.annotators[other]
            units, figures = len(np.unique(both.units)), figures_of(both, coefficients, beside=("alpha",))
            found.append(PairRow(annotators=codes, columns=(one, other), units=units, figures=figures))
    return found


def gold_rows(agreement: Agreement, subject: Subject, *, coefficients: Sequence[str] = BESIDE) -> list[Row]:
    """Return how far each annotator agrees with the gold labels."""
    shared = agreement.shared
    if not shared.gold:
        return []
    alone = tuple(act._replace(annotator=len(shared.annotators)) for act in shared.gold)
    wider = SharedActs(
        (*shared.annotators, ""), (*shared.acts, *alone), (), shared.answers, shared.questions, shared.target_of
    )
    ratings = ratings_of(wider, subject.asked)
    if subject.target is not None:
        ratings = ratings.only(ratings.targets == subject.target)
    rows = []
    for column, code in enumerate(shared.annotators):
        both = ratings.of_annotators((column, len(shared.annotators)))
        if len(both.units):
            figures = figures_of(both, coefficients, beside=BESIDE)
            rows.append(Row(key=code, name=code, basis=basis_of(both), figures=figures))
    return rows
