"""Do suggestions sway those who label? Answers where they were shown beside answers where chance withheld them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from annotator.db import Project
from annotator.services import visibility
from annotator.services.agreement import Agreement
from annotator.services.asked import Asked
from annotator.services.collecting import without_collecting
from annotator.services.figures import Basis, Figure, basis_of, figures_of
from annotator.services.influence_acts import NO_LABEL, Compared, Reader, Suggested
from annotator.services.ratings import NONE, NOT_AT_ISSUE
from annotator.statistics.arms import FEWEST_CLUSTERS, Difference, difference

ANNOTATORS, DOCUMENTS = "annotators", "documents"
COEFFICIENT = "alpha"


@dataclass(frozen=True, slots=True)
class Effect:
    """How often something was chosen where suggestions were shown and where not; ``key`` is a label's id, or a word."""

    key: str
    name: str
    of: Difference


@dataclass(frozen=True, slots=True)
class ArmAgreement:
    """How far annotators agree on what they labelled in one arm."""

    basis: Basis
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionInfluence:
    """One question: how often the suggestion was chosen, by label and by whether it was right, and what was given."""

    key: str
    name: str
    suggestion: Effect
    labels: tuple[Effect, ...]
    right: Effect
    wrong: Effect
    given: tuple[Effect, ...]
    agreement: Mapping[str, ArmAgreement]

    @property
    def has_gold(self) -> bool:
        """Whether of any suggestion it is known if it was right."""
        return any(sum(effect.of.counts) for effect in (self.right, self.wrong))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """The answers of one arm and the median of the seconds they took, None where none was measured."""

    answers: int
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconsidered:
    """What became of first answers in whose face suggestions were shown; counts acts."""

    answers: int
    contradicted: int
    toward: int
    away: int
    otherwise: int

    @property
    def kept(self) -> int:
        """How many answers stayed although a suggestion contradicted them."""
        return self.contradicted - self.toward - self.away - self.otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """The report for one timing; without ``questions`` there is nothing to compare, and the counts say why.

    ``clusters`` says what was left out one by one for the intervals: annotators, or documents where they are too few.
    """

    setting: str
    control_share: float
    timings: tuple[tuple[str, int], ...]
    timing: str | None
    total: int
    annotators: int
    documents: int
    clusters: str
    arms: Mapping[str, Arm]
    questions: tuple[QuestionInfluence, ...]
    reconsidered: Reconsidered | None

    @property
    def compared(self) -> int:
        """How many answers are compared."""
        return sum(arm.answers for arm in self.arms.values())


@without_collecting()
def influence_seen_by(
    session: Session, project: Project, user_id: int, *, timing: str | None = None
) -> Influence | None:
    """Return the report as far as this person may see it, None to somebody who labels blind.

    A timing ("before" or "after") for which there is no answer counts as not asked for: then it is the commonest.
    """
    if visibility.labels_blind(session, project, user_id):
        return None
    agreement = Agreement(session, project, visibility.reviewable_annotations(session, project, user_id))
    reader = Reader(session, project, agreement.may_see, agreement.shared.target_of)
    everything = reader.compared()
    timings = Counter(act.timing for act in everything).most_common()
    if timing not in dict(timings):
        timing = timings[0][0] if timings else None
    acts = [act for act in everything if act.timing == timing]
    cluster, clusters = _clusters(acts)
    return Influence(
        setting=project.suggestion_timing, control_share=project.control_share, timings=tuple(timings), timing=timing,
        total=reader.answers(), annotators=len({act.annotator for act in acts}),
        documents=len({act.document for act in acts}), clusters=clusters,
        arms={name: _arm(acts, is_shown=name == "shown") for name in ("shown", "control")},
        questions=tuple(_questions(agreement, acts, cluster)),
        reconsidered=reconsidered(acts) if timing == "after" else None,
    )  # fmt: skip


def _clusters(acts: Sequence[Compared]) -> tuple[Callable[[Compared], int], str]:
    """Return whose likeness widens the intervals: of an annotator's answers, or of a document's where few label."""
    if len({act.annotator for act in acts}) >= FEWEST_CLUSTERS:
        return lambda act: act.annotator, ANNOTATORS
    return lambda act: act.document, DOCUMENTS


def _arm(acts: Iterable[Compared], *, is_shown: bool) -> Arm:
    mine = [act for act in acts if act.is_shown == is_shown]
    seconds = [act.seconds for act in mine if act.seconds is not None]
    return Arm(answers=len(mine), seconds=float(np.median(seconds)) if seconds else None)


def _questions(
    agreement: Agreement, acts: Sequence[Compared], cluster: Callable[[Compared], int]
) -> Iterator[QuestionInfluence]:
    suggested = {one.question for act in acts for one in act.suggested}
    for asked in agreement.shared.questions:
        if asked.number in suggested:
            yield question_influence(asked, acts, cluster, agreement=_agreement(agreement, asked, acts))


def question_influence(
    asked: Asked,
    acts: Sequence[Compared],
    cluster: Callable[[Compared], int],
    *,
    agreement: Mapping[str, ArmAgreement] | None = None,
) -> QuestionInfluence:
    """Return what suggestions did to the answers to one question; ``cluster`` says which answers are alike."""
    trials = [(act, one) for act in acts for one in act.suggested if one.question == asked.number]

    def effect(key: str, name: str, wanted: Callable[[Compared, Suggested], bool]) -> Effect:
        mine = [(act, one) for act, one in trials if wanted(act, one)]
        return Effect(key, name, _difference([(act, act.said.holds(one)) for act, one in mine], cluster))

    return QuestionInfluence(
        key=asked.question.id, name=asked.question.name,
        suggestion=effect("suggestion", asked.question.name, lambda _act, _one: True),
        labels=tuple(
            effect(key, name, lambda _act, one, number=number: one.label == number)  # type: ignore[misc]
            for number, key, name in _labels(asked)
            if any(one.label == number for _, one in trials)
        ),
        right=effect("right", "", lambda act, one: _is_right(act, one) is True),
        wrong=effect("wrong", "", lambda act, one: _is_right(act, one) is False),
        given=tuple(_given(asked, acts, cluster)),
        agreement=agreement or {},
    )  # fmt: skip


def _difference(trials: Sequence[tuple[Compared, bool]], cluster: Callable[[Compared], int]) -> Difference:
    acts = [act for act, _ in trials]
    return difference([taken for _, taken in trials], [act.is_shown for act in acts], [cluster(act) for act in acts])


def _is_right(act: Compared, one: Suggested) -> bool | None:
    """Tell whether a suggestion is what was adjudicated; None where that was not."""
    return act.gold.holds(one) if act.gold is not None and act.gold.judges(one) else None


def _labels(asked: Asked) -> Iterator[tuple[int, str, str]]:
    """Yield number, id and name of each label, and of what stands for none of them."""
    labels = zip(asked.label_numbers, asked.question.labels, strict=True)
    yield from ((number, label.id, label.name) for number, label in labels)
    yield NO_LABEL, "-none", NOT_AT_ISSUE if asked.question.type == "stance" else NONE


def _given(asked: Asked, acts: Sequence[Compared], cluster: Callable[[Compared], int]) -> Iterator[Effect]:
    """Yield how often each label was given, of all answers to the question (toward a target) in either arm."""
    is_stance = asked.question.type == "stance"
    answered = [
        (act, Suggested(*about, NO_LABEL))
        for act in acts
        for about in sorted(act.said.answered)
        if about[0] == asked.number and bool(about[1]) == is_stance
    ]
    for number, key, name in _labels(asked):
        given = [(act, act.said.holds(one._replace(label=number))) for act, one in answered]
        if any(is_given for _, is_given in given):
            yield Effect(key, name, _difference(given, cluster))


def _agreement(agreement: Agreement, asked: Asked, acts: Sequence[Compared]) -> dict[str, ArmAgreement]:
    """Return how far those agree who labelled in the same arm."""
    found, ratings = {}, agreement.ratings(asked)
    for name in ("shown", "control"):
        mine = {act.act for act in acts if act.is_shown == (name == "shown")}
        here = ratings.of_acts(np.array([act.id in mine for act in agreement.shared.acts], dtype=bool))
        figures = figures_of(here, [COEFFICIENT], beside=("percent",))
        found[name] = ArmAgreement(basis_of(here), figures)
    return found


def reconsidered(acts: Iterable[Compared]) -> Reconsidered:
    """Return what became of first answers, where suggestions came after them."""
    counts: Counter[str] = Counter()
    for act in acts:
        if not act.is_shown:
            continue
        counts["answers"] += 1
        if act.first is not None and act.then is not None:
            moved = {(act.then.holds(one), act.first.holds(one)) for one in act.suggested}
            is_changed = act.then.labels != act.first.labels or act.then.answered != act.first.answered
            counts["contradicted"] += 1
            if (True, False) in moved:
                counts["toward"] += 1
            elif (False, True) in moved:
                counts["away"] += 1
            elif is_changed:
                counts["otherwise"] += 1
    names = ("answers", "contradicted", "toward", "away", "otherwise")
    return Reconsidered(**{name: counts[name] for name in names})
