"""Answers beside what the classifiers suggested for them, shown or not: what tells the influence of suggestions.

An act keeps what was suggested when its unit was first answered (``suggestions_shown["suggested"]``); the answer that
is compared is the one that counts, which may be a later revision of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from annotator.db import Annotation, Answer, Project, Round, Unit
from annotator.services.examples import NOT_AT_ISSUE
from annotator.services.gold import GOLD, is_in_force
from annotator.services.monitored_acts import Scope
from annotator.services.succession import succession

#: Stands for the label *not at issue*, which is no row of the codebook.
NO_LABEL = 0
ARMS = ("shown", "control")
TIMINGS = ("before", "after")


class Suggested(NamedTuple):
    """What a classifier suggested, by numbers; ``target`` is 0 where the question is about none."""

    question: int
    target: int
    label: int


@dataclass(slots=True)
class Said:
    """What one act said: its labels, and what it answered, a question with a target (0 where it is about none)."""

    labels: set[Suggested] = field(default_factory=set)
    answered: set[tuple[int, int]] = field(default_factory=set)

    def holds(self, one: Suggested) -> bool:
        """Tell whether a suggestion is among it; no stance toward a target is *not at issue*."""
        if one.label != NO_LABEL:
            return one in self.labels
        return one[:2] in self.answered and not any(given[:2] == one[:2] for given in self.labels)

    def judges(self, one: Suggested) -> bool:
        """Tell whether it answers what the suggestion is about."""
        return one[:2] in self.answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An answer that counts, the arm it was given in, and what was suggested; ``gold`` is what was adjudicated.

    ``first`` is the answer before a suggestion was shown after it, ``then`` the one after; ``seconds`` it took.
    """

    act: int
    annotator: int
    unit: int
    document: int
    is_shown: bool
    timing: str
    seconds: float | None
    suggested: tuple[Suggested, ...]
    said: Said
    gold: Said | None
    first: Said | None
    then: Said | None


class Reader:
    """Reads the answers of a project that somebody may see; ``target_of`` says what merged targets have become."""

    def __init__(
        self, session: Session, project: Project, may_see: ColumnElement[bool], target_of: Mapping[int, int]
    ) -> None:
        self.session, self.project, self.target_of = session, project, target_of
        self.scope = Scope(session, project, may_see)
        self.versions = succession(session, project.id)
        self._numbers = {edition.version_id: edition.number for edition in self.versions.editions}

    def compared(self) -> list[Compared]:
        """Return the answers for which it is known what was suggested, of rounds in which chance drew the arm."""
        kept = self._kept()
        now = self._said(self._counting("main"), ("final",))
        gold = {unit: said for (_, unit, _), said in self._said(self._counting(GOLD), ("final",)).items()}
        then = self._said(self._keeping(_LINE).join(Answer, Answer.annotation_id == Annotation.id), ("first", "final"))
        acts = self.scope.answers(Annotation.id, Annotation.unit_id, Annotation.annotator_id, kinds=("main",))
        return [
            self._compare(act.id, kept[act.unit_id, act.annotator_id], now, gold.get(act.unit_id), then)
            for act in self.session.execute(acts.order_by(Annotation.sequence))
            if (act.unit_id, act.annotator_id) in kept
        ]

    def answers(self) -> int:
        """Count the answers that count and are no imports: what could have been compared."""
        return self.session.scalar(self.scope.answers(func.count(), kinds=("main",))) or 0

    def _kept(self) -> dict[tuple[int, int], Any]:
        """Return the newest act that keeps what was suggested, by unit and annotator."""
        rounds = self.session.execute(select(Round.id, Round.plan).where(Round.project_id == self.project.id))
        # Where the plan is to show nothing all places are called control, and chance had no say.
        drawn = {number for number, plan in rounds if (plan or {}).get("has_suggestions", True)}
        return {
            (act.unit_id, act.annotator_id): act
            for act in self.session.execute(self._keeping(_ACT).order_by(Annotation.sequence))
            if act.round_id in drawn and act.suggestion_arm in ARMS and _can_be_read(act.suggestions_shown)
        }

    def _keeping(self, columns: Iterable[Any]) -> Select[Any]:
        """Select from the acts that keep anything of suggestions, whether they count by now or not."""
        return (
            select(*columns)
            .select_from(Annotation)
            .join(Unit, Unit.id == Annotation.unit_id)
            .where(
                Annotation.project_id == self.project.id,
                Annotation.kind == "main",
                Annotation.act == "answer",
                Annotation.suggestions_shown.is_not(None),
                self.scope.may_see,
            )
        )

    def _counting(self, kind: str) -> Select[Any]:
        """Select the lines of the acts that count, on units for which something is kept of suggestions."""
        units = select(Annotation.unit_id).where(
            Annotation.project_id == self.project.id, Annotation.suggestions_shown.is_not(None)
        )
        query = self.scope.answers(*_LINE, kinds=(kind,), condition=is_in_force())
        return query.join(Answer, Answer.annotation_id == Annotation.id).where(Annotation.unit_id.in_(units))

    def _said(self, lines: Select[Any], stages: Sequence[str]) -> Mapping[tuple[int, int, str], Said]:
        """Return what acts said, by act, unit and stage."""
        found: dict[tuple[int, int, str], Said] = defaultdict(Said)
        for line in self.session.execute(lines.where(Answer.stage.in_(stages))):
            said = found[line.id, line.unit_id, line.stage]
            target = self.target_of.get(line.target_id, line.target_id or 0)
            said.answered.add((line.question_id, target))
            if line.kind == "label":
                known = self.versions.known
                names = known.question_names[line.question_id], known.label_names[line.label_id]
                label = self._label(*names, line.codebook_version_id)
                said.labels.add(Suggested(line.question_id, target, label or line.label_id))
        return found

    def _compare(
        self, act: int, kept: Any, now: Mapping[Any, Said], gold: Said | None, then: Mapping[Any, Said]
    ) -> Compared:
        return Compared(
            act=act, annotator=kept.annotator_id, unit=kept.unit_id, document=kept.document_id,
            is_shown=kept.suggestion_arm == "shown", timing=kept.suggestions_shown["timing"],
            seconds=kept.active_seconds, suggested=tuple(self._suggested(kept)),
            said=now.get((act, kept.unit_id, "final"), _NOTHING), gold=gold,
            first=then.get((kept.id, kept.unit_id, "first")), then=then.get((kept.id, kept.unit_id, "final")),
        )  # fmt: skip

    def _suggested(self, kept: Any) -> Iterator[Suggested]:
        known = self.versions.known
        for one in kept.suggestions_shown["suggested"]:
            asked, target = one.get("question", ""), known.targets.get(one.get("target", ""), 0)
            question = known.questions.get(asked)
            label = self._label(asked, one.get("label", ""), kept.codebook_version_id)
            if question is not None and label is not None:
                yield Suggested(question, self.target_of.get(target, target), label)

    def _label(self, question: str, label: str, version: int) -> int | None:
        """Return the number of what a label counts as now; what counts for nothing any more stays what it was."""
        if label == NOT_AT_ISSUE:
            return NO_LABEL
        now = self.versions.label(question, label, self._numbers[version]) or label
        return self.versions.known.labels.get((question, now))


def _can_be_read(kept: Mapping[str, Any]) -> bool:
    """Tell whether what was suggested is kept, in the form that the page gives it: a data set may bring anything."""
    suggested = kept.get("suggested")
    if kept.get("timing") not in TIMINGS or not isinstance(suggested, list):
        return False
    return all(
        isinstance(one, dict) and all(isinstance(one.get(name, ""), str) for name in ("question", "label", "target"))
        for one in suggested
    )


_NOTHING = Said()
_LINE = (
    Annotation.id,
    Annotation.unit_id,
    Annotation.codebook_version_id,
    Answer.stage,
    Answer.kind,
    Answer.question_id,
    Answer.target_id,
    Answer.label_id,
)
_ACT = (
    Annotation.id,
    Annotation.unit_id,
    Annotation.annotator_id,
    Annotation.codebook_version_id,
    Annotation.round_id,
    Annotation.suggestion_arm,
    Annotation.suggestions_shown,
    Annotation.active_seconds,
    Unit.document_id,
)
