"""What an answer given under one version of a codebook counts as under the next: nothing is rewritten, it is read so.

An owner chooses for each change that touches answers: they are *kept* under their version and count for nothing new,
*converted* (they go on counting, a merged label as its successor), or to be given anew (*relabel*), until when they
count for nothing either.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from annotator.codebook.changes import Change, compare
from annotator.codebook.values import Codebook, Question

Choice = Literal["keep", "convert", "relabel"]
#: Where an act says which targets were offered, beside its answers by question.
OFFERED = "targets_offered"

_GOES_ON: tuple[Choice, ...] = ("convert", "relabel", "keep")
_CANNOT_GO_ON: tuple[Choice, ...] = ("keep", "relabel")
#: The choices an owner has for each kind of change that touches answers, the usual one first.
_CHOICES: Mapping[str, tuple[Choice, ...]] = {
    "question-added": _CANNOT_GO_ON,
    "question-retired": ("keep",),
    "question-text": _GOES_ON,
    "question-unit": ("keep",),
    "label-added": ("convert", "relabel"),
    "label-retired": _CANNOT_GO_ON,
    "label-renamed": _GOES_ON,
    "label-merged": _GOES_ON,
    "label-definition": _GOES_ON,
    "label-exclusive": _GOES_ON,
}
_SINGLE = ("choice", "scale")
#: Types whose answers are labels, one or several, so that one can be read as the other.
_LABELLED = ("choice", "scale", "choices")


def choices_for(change: Change, *, old: Codebook, new: Codebook) -> tuple[Choice, ...]:
    """Return what can be chosen for a change, the usual choice first; nothing where no answer is touched."""
    if change.kind == "label-split":
        # A label that stays goes on; of two new ones nobody knows which was meant.
        return _GOES_ON if change.label in change.into else ("relabel", "keep")
    if change.kind == "question-type":
        before, after = (one.question(change.question or "") for one in (old, new))
        return _GOES_ON if before and after and is_readable_as(before, after) else _CANNOT_GO_ON
    return _CHOICES.get(change.kind, ())


def is_readable_as(before: Question, after: Question) -> bool:
    """Tell whether answers to a question can be read as answers to what it has become."""
    return before.type == after.type or {before.type, after.type} <= set(_LABELLED)


@dataclass(frozen=True, slots=True)
class Step:
    """How answers to one question are carried over to the next version; ``labels`` says what each counts as."""

    after: Question
    counts: bool = True
    labels: Mapping[str, str | None] = field(default_factory=dict)

    def label(self, id_: str) -> str | None:
        """Return what a label counts as, None for nothing."""
        return self.labels.get(id_) if self.counts else None


#: From one version to the next, by question; a question that is missing is not asked any more.
Steps = Mapping[str, Step]


def steps_between(old: Codebook, new: Codebook, chosen: Mapping[str, str] | None = None) -> Steps:
    """Return how answers are carried over; ``chosen`` are the choices by change, the usual ones where it is silent."""
    changes = [change for change in compare(old, new) if change.question is not None]
    steps = {}
    for question in new.questions:
        before = old.question(question.id)
        if before is not None and before.id == question.id:
            own = [change for change in changes if change.question == question.id]
            steps[question.id] = _step(before, question, own, chosen or {}, old=old, new=new)
    return steps


def _step(
    before: Question,
    after: Question,
    changes: Iterable[Change],
    chosen: Mapping[str, str],
    *,
    old: Codebook,
    new: Codebook,
) -> Step:
    counts = before.unit == after.unit and is_readable_as(before, after)
    staying = {label.id for label in after.labels}
    labels = {label.id: label.id if label.id in staying else None for label in before.labels}
    for change in changes:
        usual = choices_for(change, old=old, new=new)
        if not usual:
            continue
        choice = chosen.get(change.key, usual[0])
        goes_on = choice in usual and choice == "convert"
        if change.label is None or change.kind == "label-added":
            counts = counts and (goes_on or change.kind == "question-added")
        elif not goes_on:
            labels[change.label] = None
        elif change.kind == "label-merged":
            labels[change.label] = change.into[0]
    return Step(after, counts, labels)


def carried(answers: Mapping[str, Any], steps: Steps) -> dict[str, Any]:
    """Return answers of one version as they count under the next.

    What counts for nothing is left out as if it had not been answered; nothing becomes an explicit *none* and no
    target *not at issue* that was not so before.
    """
    found: dict[str, Any] = {}
    dropped: set[str] = set()
    for name, given in answers.items():
        step = steps.get(name)
        if name == OFFERED or step is None or not step.counts:
            continue
        if step.after.type == "stance":
            kept = [{**one, "label": label} for one in given if (label := step.label(one["label"]))]
            gone = {one["target"] for one in given if not step.label(one["label"])}
            dropped |= gone
            if kept or not gone or set(answers.get(OFFERED, ())) - gone:
                found[name] = kept
        elif step.after.type == "spans":
            found[name] = given
        else:
            found |= _labels(step, given)
    if OFFERED in answers and any(steps[name].after.type == "stance" for name in found):
        found[OFFERED] = [target for target in answers[OFFERED] if target not in dropped]
    return found


def _labels(step: Step, given: Any) -> dict[str, Any]:
    """Return an answer of one or several labels as the question takes it now; nothing where it cannot be said."""
    before = given if isinstance(given, list) else [] if given is None else [given]
    order = {label.id: index for index, label in enumerate(step.after.labels)}
    kept = sorted({label for one in before if (label := step.label(one))}, key=lambda label: order[label])
    if before and not kept:
        return {}
    if step.after.type in _SINGLE:
        if len(kept) > 1 or (not kept and isinstance(given, list)):
            return {}
        return {step.after.id: kept[0] if kept else None}
    alone = {label.id for label in step.after.labels if label.exclusive}
    return {step.after.id: [label for label in kept if label not in alone] or kept[:1]}


def carried_all(answers: Mapping[str, Any], chain: Sequence[Steps]) -> dict[str, Any]:
    """Return answers as they count after several versions, one after the other."""
    found = dict(answers)
    for steps in chain:
        found = carried(found, steps)
    return found


def label_after(question: str, label: str, chain: Sequence[Steps]) -> str | None:
    """Return what a label counts as after several versions, None for nothing."""
    found: str | None = label
    for steps in chain:
        step = steps.get(question)
        found = step.label(found) if step is not None and found is not None else None
    return found
