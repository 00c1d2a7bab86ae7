"""Everything the agreement page shows, for one choice of coefficient, question and part."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, CodebookVersion, CurrentAnnotation, Project
from annotator.services import seats
from annotator.services.agreement import (
    Agreement,
    PairRow,
    QuestionRow,
    Row,
    Subject,
    gold_rows,
    label_rows,
    pair_rows,
    question_row,
)
from annotator.services.agreement_disputes import Disputes, disputes, of_cell
from annotator.services.agreement_parts import Part, Parts
from annotator.services.agreement_remarks import remark_on_pairs
from annotator.services.figures import Basis, Figure, basis_of, figures_of, kind_of_alpha, table_of
from annotator.services.ratings import Ratings
from annotator.services.shared_acts import COUNTED
from annotator.statistics.agreement import confusion
from annotator.statistics.bootstrap import more_needed

#: Widths of an interval for which the page says how many more units they need.
WIDTHS = (0.2, 0.1)
#: Labels, pairs: more make no table that could be read.
MOST_LABELS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was asked for; what does not exist counts as not asked for."""

    coefficient: str = "alpha"
    question: str | None = None
    target: str | None = None
    label: int | None = None
    pair: tuple[str, str] | None = None
    cell: tuple[int, int] | None = None
    by: str | None = None
    group: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often one annotator (rows) gave each label where another (columns) gave each."""

    annotators: tuple[str, str]
    labels: tuple[tuple[int, str], ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """How much all of it rests on: units, documents, annotators, and how many of these label a unit."""

    units: int
    documents: int
    annotators: int
    fewest: int
    most: int


@dataclass(frozen=True, slots=True)
class Lack:
    """Why there is nothing to show: how many annotators have labelled how many units, and whether one is blind."""

    annotators: int
    units: int
    is_blind: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What is told of one question, or of one of its targets."""

    subject: Subject
    target: str | None
    alpha: str
    basis: Basis
    figures: Mapping[str, Figure]
    needed: tuple[tuple[float, int], ...]
    codes: tuple[str, ...]
    pairs: Mapping[tuple[str, str], PairRow]
    pair_remark: str | None
    confusion: Confusion | None
    labels: tuple[Row, ...]
    gold: tuple[Row, ...]
    parts: tuple[Part, ...]
    disputes: Disputes


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementPage:
    """The page; without ``scope`` there is nothing to show, and ``lack`` says why."""

    choice: Choice
    scope: Scope | None
    lack: Lack | None = None
    questions: tuple[QuestionRow, ...] = ()
    detail: Detail | None = None
    #: The newest codebook version, whose colours labels have.
    version: int | None = None


def read_page(
    session: Session, agreement: Agreement, choice: Choice, *, user_id: int, masked: Collection[str] = ()
) -> AgreementPage:
    """Return the page for a choice."""
    scope = _scope(agreement)
    if scope is None:
        return AgreementPage(choice=choice, scope=None, lack=_lack(session, agreement, user_id))
    rows = tuple(question_row(agreement, asked, coefficients=(choice.coefficient,)) for asked in agreement.questions)
    subject = _subject(agreement, choice)
    detail = None if subject is None else _detail(agreement, subject, choice, masked)
    version = session.scalar(
        select(func.max(CodebookVersion.number)).where(CodebookVersion.project_id == agreement.project.id)
    )
    return AgreementPage(choice=choice, scope=scope, questions=rows, detail=detail, version=version)


def _scope(agreement: Agreement) -> Scope | None:
    acts = agreement.shared.acts
    units, times = np.unique([act.unit for act in acts], return_counts=True)
    shared = set(units[times > 1].tolist())
    if not shared:
        return None
    documents = {act.document for act in acts if act.unit in shared}
    annotators = {act.annotator for act in acts if act.unit in shared}
    often = times[times > 1]
    return Scope(len(shared), len(documents), len(annotators), int(often.min()), int(often.max()))


def _lack(session: Session, agreement: Agreement, user_id: int) -> Lack:
    query = (
        select(func.count(Annotation.annotator_id.distinct()), func.count(CurrentAnnotation.unit_id.distinct()))
        .select_from(CurrentAnnotation)
        .join(Annotation, Annotation.id == CurrentAnnotation.annotation_id)
        .where(
            Annotation.project_id == agreement.project.id,
            Annotation.act == "answer",
            Annotation.kind.in_(COUNTED),
            agreement.may_see,
        )
    )
    annotators, units = session.execute(query).one()
    return Lack(annotators, units, is_blind(session, agreement.project, user_id))


def is_blind(session: Session, project: Project, user_id: int) -> bool:
    """Tell whether this person labels blind, so that others' labels stay hidden from them."""
    seat = seats.find_seat(session, project, user_id)
    return seat is not None and seat.phase != "open"


def _subject(agreement: Agreement, choice: Choice) -> Subject | None:
    """Return what was chosen, else the first question that two annotators have answered."""
    filled = [asked for asked in agreement.questions if len(agreement.ratings(asked).units)]
    if not filled:
        return None
    asked = next((one for one in filled if one.question.id == choice.question), filled[0])
    targets = {agreement.target_keys[number]: number for number in agreement.targets(asked)}
    return agreement.subject(asked, targets.get(choice.target or ""))


def _detail(agreement: Agreement, subject: Subject, choice: Choice, masked: Collection[str]) -> Detail:
    ratings, shared = subject.ratings, agreement.shared
    figures = figures_of(ratings)
    pairs = {row.annotators: row for row in pair_rows(shared, ratings, coefficients=(choice.coefficient,))}
    parts = Parts(agreement, ratings, hidden=masked)
    basis = basis_of(ratings)
    return Detail(
        subject=subject,
        target=None if subject.target is None else agreement.target_keys[subject.target],
        alpha=kind_of_alpha(ratings),
        basis=basis,
        figures=figures,
        needed=_needed(figures["alpha"], basis),
        codes=tuple(sorted(set(chain.from_iterable(pairs)))),
        pairs=pairs,
        pair_remark=remark_on_pairs(shared.annotators, ratings, _values(pairs)),
        confusion=_confusion(ratings, pairs, choice),
        labels=tuple(label_rows(ratings, coefficients=(choice.coefficient,))),
        gold=tuple(gold_rows(agreement, subject, coefficients=(choice.coefficient,))),
        parts=tuple(parts.all((choice.coefficient,))),
        disputes=disputes(
            agreement, subject, _narrowed(ratings, parts, pairs, choice), label=_label(ratings, choice),
            page=choice.page, masked=masked,
        ),
    )  # fmt: skip


def _needed(figure: Figure, basis: Basis) -> tuple[tuple[float, int], ...]:
    if figure.width is None:
        return ()
    return tuple((width, more_needed(basis.units, width=figure.width, wanted=width)) for width in WIDTHS)


def _values(pairs: Mapping[tuple[str, str], PairRow]) -> dict[tuple[int, int], float]:
    return {row.columns: value for row in pairs.values() if (value := row.figures["alpha"].value) is not None}


def _confusion(ratings: Ratings, pairs: Mapping[tuple[str, str], PairRow], choice: Choice) -> Confusion | None:
    """Return the confusion of the chosen pair, else of the one that agrees least."""
    if not pairs or ratings.weights is not None:
        return None
    low = [(value, row.annotators) for row in pairs.values() if (value := row.figures["alpha"].value) is not None]
    chosen = pairs.get(choice.pair or ("", "")) or pairs[min(low)[1] if low else next(iter(pairs))]
    table = table_of(ratings.of_annotators(chosen.columns), ordered=True)
    counts = confusion(table, 0, 1)
    often = counts.sum(axis=0) + counts.sum(axis=1)
    # Of sets of labels there can be hundreds; the most frequent are told, in their order.
    shown = sorted(np.argsort(-often, kind="stable")[:MOST_LABELS].tolist())
    shown = [code for code in shown if often[code]]
    return Confusion(
        chosen.annotators,
        tuple((code, ratings.names[code]) for code in shown),
        tuple(tuple(int(counts[row, column]) for column in shown) for row in shown),
    )


def _narrowed(ratings: Ratings, parts: Parts, pairs: Mapping[tuple[str, str], PairRow], choice: Choice) -> Ratings:
    """Return the part of the ratings whose disputes are shown."""
    if choice.by is not None:
        return parts.within(choice.by, choice.group)
    row = pairs.get(choice.pair or ("", ""))
    if row is None:
        return ratings
    both = ratings.of_annotators(row.columns)
    return both if choice.cell is None else of_cell(both, (0, 1), choice.cell)


def _label(ratings: Ratings, choice: Choice) -> int | None:
    is_known = choice.label is not None and 0 <= choice.label < len(ratings.label_names)
    return choice.label if is_known and choice.by is None and choice.pair is None else None
