"""How often annotators give each label, beside all the others, and who stands apart."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import case, func, select

from annotator.db import Annotation, Answer, Target
from annotator.services.agreement_remarks import as_percent
from annotator.services.asked import Asked
from annotator.services.monitored_acts import Scope
from annotator.services.ratings import MARKED, NONE, NOT_AT_ISSUE
from annotator.services.shared_acts import COUNTED
from annotator.words import say

#: Who stands apart: so many answers on either side, so far from the others, and so many times as often or as rarely.
FEWEST, APART, TIMES = 20, 0.1, 1.5
#: Keys of what is no label of the codebook; its own never begin so.
ABSENT, PRESENT = "-absent", "-marked"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelShare:
    """How often one annotator gives a label, and how often all the others together do.

    ``answers`` counts where it could have been given; ``others`` is None where nobody else answered.
    """

    annotator: str
    key: str
    label: str
    given: int
    answers: int
    others: float | None
    others_answers: int

    @property
    def share(self) -> float:
        """The annotator's share."""
        return self.given / self.answers

    @property
    def is_apart(self) -> bool:
        """Whether it differs from the others' by the rule of :data:`FEWEST`, :data:`APART` and :data:`TIMES`."""
        if self.others is None or min(self.answers, self.others_answers) < FEWEST:
            return False
        low, high = sorted((self.share, self.others))
        # Of 40 % and 50 % the difference is .0999… to a computer.
        return high - low >= APART - 1e-9 and high >= TIMES * low - 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The labels of one question, or toward one target of it."""

    question: str
    name: str
    target: str | None
    target_name: str | None
    rows: tuple[LabelShare, ...]

    @property
    def answers(self) -> int:
        """On how many answers it rests."""
        return sum({row.annotator: row.answers for row in self.rows}.values())

    @property
    def remarks(self) -> Iterator[str]:
        """Sentences about who stands apart."""
        return (_remark(self, row) for row in self.rows if row.is_apart)


@dataclass(slots=True)
class _Counts:
    """How many acts answered, said anything at all, and gave each label, by annotator."""

    answered: Counter[int] = field(default_factory=Counter)
    said: Counter[int] = field(default_factory=Counter)
    labels: dict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))


_Subject = tuple[int, int | None]


def distributions_of(scope: Scope, questions: Sequence[Asked], target_of: Mapping[int, int]) -> list[Distribution]:
    """Return how labels are distributed, by question; for stances by target, the most frequent first."""
    counts = _count(scope, target_of)
    targets = _targets(scope)
    codes = scope.codes()
    found = []
    for asked in questions:
        subjects = [subject for subject in counts if subject[0] == asked.number]
        for subject in sorted(subjects, key=lambda one: (-counts[one].answered.total(), one[1] or 0)):
            uuid, name = targets.get(subject[1] or 0, (None, None))
            rows = tuple(_rows(asked, counts[subject], codes))
            found.append(
                Distribution(
                    question=asked.question.id, name=asked.question.name, target=uuid, target_name=name, rows=rows
                )
            )
    return found


def _count(scope: Scope, target_of: Mapping[int, int]) -> dict[_Subject, _Counts]:
    acts = func.count(Answer.annotation_id.distinct())
    saying = func.count(case((Answer.kind.in_(("label", "span")), Answer.annotation_id)).distinct())
    keys = (Annotation.annotator_id, Answer.question_id, Answer.target_id)
    found: dict[_Subject, _Counts] = defaultdict(_Counts)
    for annotator, question, target, answered, said in _grouped(scope, *keys, more=(acts, saying)):
        one = found[question, target_of.get(target, target)]
        one.answered[annotator] += answered
        one.said[annotator] += said
    for annotator, question, target, label, given in _grouped(scope, *keys, Answer.label_id, more=(acts,)):
        if label is not None:
            found[question, target_of.get(target, target)].labels[label][annotator] += given
    return found


def _grouped(scope: Scope, *keys: Any, more: tuple[Any, ...]) -> Any:
    query = scope.answers(*keys, *more, kinds=COUNTED).join(Answer, Answer.annotation_id == Annotation.id)
    return scope.session.execute(query.where(Answer.stage == "final").group_by(*keys))


def _targets(scope: Scope) -> dict[int, tuple[str, str]]:
    query = select(Target.id, Target.uuid, Target.name).where(Target.project_id == scope.project.id)
    return {number: (uuid, name) for number, uuid, name in scope.session.execute(query)}


def _rows(asked: Asked, counts: _Counts, codes: Mapping[int, str]) -> Iterator[LabelShare]:
    for key, name, given in _given(asked, counts):
        for annotator, code in codes.items():
            answers = counts.answered[annotator]
            if not answers:
                continue
            others = counts.answered.total() - answers
            yield LabelShare(
                annotator=code, key=key, label=name, given=given[annotator], answers=answers, others_answers=others,
                others=(given.total() - given[annotator]) / others if others else None,
            )  # fmt: skip


def _given(asked: Asked, counts: _Counts) -> Iterator[tuple[str, str, Counter[int]]]:
    """Return key, name and counts of each label, and of what stands for none of them."""
    question = asked.question
    if question.type == "spans":
        yield PRESENT, MARKED, counts.said
        return
    for number, label in zip(asked.label_numbers, question.labels, strict=True):
        yield label.id, label.name, counts.labels.get(number, Counter())
    silent = counts.answered - counts.said
    if silent:
        yield ABSENT, NOT_AT_ISSUE if question.type == "stance" else NONE, silent


def _remark(about: Distribution, row: LabelShare) -> str:
    others = row.others or 0.0
    where = about.name if about.target_name is None else f"{about.name}: {about.target_name}"
    shares = {"own": as_percent(row.share), "others": as_percent(others)}
    named = {"annotator": row.annotator, "label": row.label, "question": where}
    if row.share > others > 0:
        times = f"{row.share / others:.1f}"
        return say(
            "{annotator} gives “{label}” {times} × as often as the others ({question}): {own} against {others}.",
            times=times, **named, **shares,
        )  # fmt: skip
    if row.share > others:
        return say("Only {annotator} gives “{label}” ({question}): {own} of the answers.", own=shares["own"], **named)
    return say(
        "{annotator} gives “{label}” less often than the others ({question}): {own} against {others}.",
        **named, **shares,
    )  # fmt: skip
