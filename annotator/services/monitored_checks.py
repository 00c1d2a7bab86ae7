"""What hidden checks found: sentences whose answer is known, and own sentences labelled a second time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Annotation, Answer, CodebookVersion, Unit
from annotator.services import chain
from annotator.services.answers import answers_from_rows
from annotator.services.asked import Asked
from annotator.services.checks import GOLD_CHECK, RETEST
from annotator.services.codebooks import published
from annotator.services.comparing import same
from annotator.services.figures import value_of
from annotator.services.identities import identities
from annotator.services.monitored_acts import Scope
from annotator.services.ratings import ratings_of
from annotator.services.shared_acts import GOLD, Act, Line, SharedActs
from annotator.statistics.shares import wilson

#: Numbers of acts that are read at once; SQLite knows a most of parameters.
AT_ONCE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How often one annotator's answers to a question were the same as what is known, or as their own earlier ones.

    ``alpha`` is that of the two answers; None where it is undefined.
    """

    annotator: str
    kind: str
    question: str
    name: str
    compared: int
    same: int
    alpha: float | None

    @property
    def share(self) -> float:
        """The share of same answers."""
        return self.same / self.compared

    @property
    def low(self) -> float:
        """The lower bound of the share's interval."""
        return self._interval[0]

    @property
    def high(self) -> float:
        """The upper bound of the share's interval."""
        return self._interval[1]

    @property
    def _interval(self) -> tuple[float, float]:
        # Something was compared, or there would be no row.
        return wilson(self.same, self.compared) or (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class _Pair:
    """An act of a check and the act it is compared with."""

    annotator: int
    given: Any
    known: Any


def checks_of(scope: Scope, questions: Sequence[Asked], target_of: Mapping[int, int]) -> list[Checked]:
    """Return the results of hidden gold checks and of re-tests, by annotator and question."""
    given = scope.session.execute(_acts(scope, (GOLD_CHECK, RETEST)).order_by(Annotation.sequence)).all()
    pairs = {GOLD_CHECK: list(_with_gold(scope, given)), RETEST: list(_with_earlier(scope, given))}
    codes = scope.codes()
    return [
        row
        for kind, several in pairs.items()
        for annotator, code in codes.items()
        if (mine := [pair for pair in several if pair.annotator == annotator])
        for row in _results(scope, mine, code, kind, questions, target_of)
    ]


_COLUMNS = (
    Annotation.id, Annotation.unit_id, Annotation.annotator_id, Annotation.kind, Annotation.sequence,
    Annotation.recorded_at, Annotation.codebook_version_id, CodebookVersion.number.label("version"),
    (Unit.end - Unit.start).label("length"),
)  # fmt: skip


def _acts(scope: Scope, kinds: tuple[str, ...]) -> Any:
    query = scope.answers(*_COLUMNS, kinds=kinds)
    return query.join(CodebookVersion, CodebookVersion.id == Annotation.codebook_version_id)


def _with_gold(scope: Scope, given: Sequence[Any]) -> Iterator[_Pair]:
    """Pair checks with what was adjudicated; of two decisions the newer counts, in whichever round it was made."""
    everywhere = Scope(scope.session, scope.project, scope.may_see)
    query = _acts(everywhere, (GOLD,)).order_by(Annotation.sequence)
    known = {act.unit_id: act for act in scope.session.execute(query)}
    for act in given:
        if act.kind == GOLD_CHECK and act.unit_id in known:
            yield _Pair(act.annotator_id, act, known[act.unit_id])


def _with_earlier(scope: Scope, given: Sequence[Any]) -> Iterator[_Pair]:
    """Pair re-tests with what the same annotator had last said of the unit before, whether that still counts or not."""
    tested = [act for act in given if act.kind == RETEST]
    earlier = defaultdict(list)
    for start in range(0, len(tested), AT_ONCE):
        units = [act.unit_id for act in tested[start : start + AT_ONCE]]
        query = select(*_COLUMNS).join(Unit, Unit.id == Annotation.unit_id)
        query = query.join(CodebookVersion, CodebookVersion.id == Annotation.codebook_version_id)
        mine = (Annotation.kind == "main", Annotation.act == "answer", Annotation.unit_id.in_(units), scope.may_see)
        for act in scope.session.execute(query.where(*mine).order_by(Annotation.sequence)):
            earlier[act.unit_id, act.annotator_id].append(act)
    for act in tested:
        before = [one for one in earlier[act.unit_id, act.annotator_id] if one.sequence < act.sequence]
        if before:
            yield _Pair(act.annotator_id, act, before[-1])


def _results(
    scope: Scope, pairs: Sequence[_Pair], code: str, kind: str, questions: Sequence[Asked], target_of: Mapping[int, int]
) -> Iterator[Checked]:
    answers = _answers(scope.session, scope.project.id, [act for pair in pairs for act in (pair.given, pair.known)])
    shared = _as_shared(scope.session, pairs, questions, target_of)
    for asked in questions:
        name = asked.question.id
        asking = [pair for pair in pairs if _asks(scope, pair.given.version, name)]
        both = [(answers[pair.known.id], answers[pair.given.id]) for pair in asking]
        said = [same(known[name], given.get(name)) for known, given in both if name in known]
        if said:
            alpha = value_of(ratings_of(shared, asked), "alpha")
            yield Checked(
                annotator=code, kind=kind, question=name, name=asked.question.name, compared=len(said),
                same=sum(said), alpha=alpha,
            )  # fmt: skip


def _asks(scope: Scope, version: int, question: str) -> bool:
    """Tell whether a version of the codebook has a question; what was not asked any more was not answered wrongly."""
    return published(scope.session, scope.project.id, version).codebook.question(question) is not None


def _answers(session: Session, project_id: int, acts: Sequence[Any]) -> dict[int, dict[str, Any]]:
    """Return what acts said, by question."""
    known = identities(session, project_id)
    ids = [act.id for act in acts]
    rows: dict[int, dict[str, Any]] = {}
    for start in range(0, len(ids), AT_ONCE):
        rows |= chain.answers_of(session, ids[start : start + AT_ONCE])
    return {
        act.id: answers_from_rows(
            rows.get(act.id, {}).get("final", []),
            codebook=published(session, project_id, act.version).codebook,
            known=known,
        )
        for act in acts
    }


def _as_shared(
    session: Session, pairs: Sequence[_Pair], questions: Sequence[Asked], target_of: Mapping[int, int]
) -> SharedActs:
    """Return known and given answers as those of two annotators, so that a coefficient can be told of them."""
    acts = tuple(
        Act(
            act.id,
            act.unit_id,
            act.unit_id,
            act.length,
            column,
            act.kind,
            act.codebook_version_id,
            None,
            act.recorded_at,
        )
        for pair in pairs
        for column, act in enumerate((pair.known, pair.given))
    )
    names = ("question_id", "annotation_id", "kind", "label_id", "target_id", "start", "end")
    answers: dict[int, dict[int, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for start in range(0, len(acts), AT_ONCE):
        ids = [act.id for act in acts[start : start + AT_ONCE]]
        query = select(*(getattr(Answer, name) for name in names))
        for line in session.execute(query.where(Answer.annotation_id.in_(ids), Answer.stage == "final")):
            answers[line[0]][line[1]].append(tuple(line))
    return SharedActs(("known", "given"), acts, (), answers, tuple(questions), target_of)
