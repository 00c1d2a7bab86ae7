"""How many of the suggestions that annotators were shown they took, by arm and by when they were shown."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func

from annotator.db import Annotation, Answer
from annotator.services.examples import NOT_AT_ISSUE
from annotator.services.identities import Identities, identities
from annotator.services.monitored_acts import Scope

#: What an act said in a stage: question, target and label of each line.
_Said = frozenset[tuple[int, int | None, int]]
_NOTHING: _Said = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What one annotator did with suggestions in one arm, shown ``timing`` "before" or "after" the first answer.

    ``answers`` counts acts, ``shown`` and ``taken`` suggestions; ``changed`` counts acts that ended otherwise than
    they began, where suggestions came after. Without suggestions ``timing`` is None.
    """

    annotator: str
    arm: str | None
    timing: str | None
    answers: int
    shown: int
    taken: int
    changed: int

    @property
    def share(self) -> float | None:
        """The share of suggestions that were taken."""
        return self.taken / self.shown if self.shown else None


def advice_of(scope: Scope) -> list[Advice]:
    """Return what became of the suggestions shown, by annotator, arm and timing; then the answers without any."""
    codes, counts = scope.codes(), _with_suggestions(scope)
    keys = (Annotation.annotator_id, Annotation.suggestion_arm)
    query = scope.answers(*keys, func.count(), kinds=("main",)).where(Annotation.suggestions_shown.is_(None))
    for annotator, arm, number in scope.session.execute(query.group_by(*keys)):
        counts[annotator, arm, None].update(answers=number)
    order = {number: position for position, number in enumerate(codes)}
    ranked = sorted(counts, key=lambda key: (order[key[0]], str(key[1] or "~"), str(key[2] or "~")))
    return [_row(codes[key[0]], key, counts[key]) for key in ranked]


def _row(code: str, key: tuple[int, str | None, str | None], counted: Counter[str]) -> Advice:
    names = ("answers", "shown", "taken", "changed")
    return Advice(annotator=code, arm=key[1], timing=key[2], **{name: counted[name] for name in names})


def _with_suggestions(scope: Scope) -> dict[tuple[int, str | None, str | None], Counter[str]]:
    columns = (Annotation.id, Annotation.annotator_id, Annotation.suggestion_arm, Annotation.suggestions_shown)
    has_any = Annotation.suggestions_shown.is_not(None)
    said = _said(scope)
    known = identities(scope.session, scope.project.id)
    found: dict[tuple[int, str | None, str | None], Counter[str]] = defaultdict(Counter)
    for act, annotator, arm, shown in scope.session.execute(scope.answers(*columns, kinds=("main",)).where(has_any)):
        final = said.get((act, "final"), _NOTHING)
        taken = [_is_taken(one, final, known) for one in shown.get("suggestions") or ()]
        if not taken:
            # What was suggested is known, and nothing of it was shown.
            found[annotator, arm, None].update(answers=1)
            continue
        first = said.get((act, "first"))
        found[annotator, arm, shown.get("timing")].update(
            answers=1, shown=len(taken), taken=sum(taken), changed=int(first is not None and first != final)
        )
    return found


def _said(scope: Scope) -> Mapping[tuple[int, str], _Said]:
    columns = (Answer.annotation_id, Answer.stage, Answer.question_id, Answer.target_id, Answer.label_id)
    query = scope.answers(*columns, kinds=("main",)).where(Annotation.suggestions_shown.is_not(None))
    lines: dict[tuple[int, str], set[tuple[int, int | None, int]]] = defaultdict(set)
    for act, stage, question, target, label in scope.session.execute(
        query.join(Answer, Answer.annotation_id == Annotation.id)
    ):
        # A stage without any label was a stage all the same.
        lines[act, stage].update(() if label is None else ((question, target, label),))
    return {key: frozenset(said) for key, said in lines.items()}


def _is_taken(suggestion: Mapping[str, Any], final: _Said, known: Identities) -> bool:
    """Tell whether the final answer says what was suggested; no stance toward a target is *not at issue*."""
    question = known.questions.get(suggestion.get("question", ""), 0)
    target = known.targets.get(suggestion.get("target") or "")
    if suggestion.get("label") == NOT_AT_ISSUE:
        return not any(line[:2] == (question, target) for line in final)
    label = known.labels.get((suggestion.get("question", ""), suggestion.get("label", "")), 0)
    return (question, target, label) in final
