"""What differs between two versions of a codebook: every change by name, questions and labels followed by their ids."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from annotator.codebook.identifiers import folded
from annotator.codebook.keys import assign_keys
from annotator.codebook.values import Codebook, Label, Question, TargetEntry

ChangeKind = Literal[
    "codebook-words",
    "targets-added",
    "targets-changed",
    "targets-removed",
    "questions-reordered",
    "question-added",
    "question-retired",
    "question-renamed",
    "question-text",
    "question-type",
    "question-unit",
    "question-level",
    "question-required",
    "labels-reordered",
    "label-added",
    "label-retired",
    "label-renamed",
    "label-merged",
    "label-split",
    "label-definition",
    "label-examples",
    "label-key",
    "label-colour",
    "label-frame",
    "label-exclusive",
]
_Entry = TypeVar("_Entry", Question, Label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference; ``question`` and ``label`` are ids, ``before`` and ``after`` what to show of it."""

    kind: ChangeKind
    question: str | None = None
    label: str | None = None
    before: str = ""
    after: str = ""
    #: The ids of the labels that take the place of a merged or split one.
    into: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Name the change within its comparison."""
        return ":".join(filter(None, (self.kind, self.question, self.label)))


def adopt_ids(old: Codebook, new: Codebook) -> Codebook:
    """Return the new codebook with the ids of the old one where it speaks of the same question or label.

    A file written by hand names no ids: there an entry is the one it ``was``, or else the one of its name.
    """
    questions = []
    for question, id_ in zip(new.questions, _adopted(old.questions, new.questions), strict=True):
        earlier = old.question(id_)
        labels = question.labels
        if earlier is not None and earlier.id == id_:
            ids = _adopted(earlier.labels, labels)
            labels = tuple(replace(label, id=own) for label, own in zip(labels, ids, strict=True))
        questions.append(replace(question, id=id_, labels=labels))
    return replace(new, questions=tuple(questions))


def _adopted(old: Sequence[_Entry], new: Sequence[_Entry]) -> list[str]:
    """Return an id for each new entry: its own if it is known, else that of the old entry it was or is named like."""
    known, taken = {entry.id for entry in old}, {entry.id for entry in new}
    free = [entry for entry in old if entry.id not in taken]
    ids = []
    for entry in new:
        words = {folded(word) for word in (entry.was or entry.name,)}
        found = None if entry.id in known else next((one for one in free if _is_called(one, words)), None)
        if found is not None:
            free.remove(found)
        ids.append(found.id if found else entry.id)
    return ids


def _is_called(entry: Question | Label, words: Iterable[str]) -> bool:
    return not {folded(entry.id), folded(entry.name)}.isdisjoint(words)


def compare(old: Codebook, new: Codebook) -> list[Change]:
    """Return every change from one codebook to another, in the order in which a person would go through them.

    Ids must be the same for what is the same, as :func:`adopt_ids` sees to; keys that are given by themselves count
    as keys.

    Examples
    --------
    >>> labels = (Label(id="war", name="war"), Label(id="trade", name="trade"))
    >>> old = Codebook(name="Study", questions=(Question(id="topic", name="topic", type="choice", labels=labels),))
    >>> war = replace(labels[0], name="armed conflict")
    >>> new = replace(old, questions=(replace(old.questions[0], labels=(war, labels[1])),))
    >>> [(change.kind, change.before, change.after) for change in compare(old, new)]
    [('label-renamed', 'war', 'armed conflict')]
    """
    old, new = (replace(one, questions=assign_keys(one.questions)) for one in (old, new))
    return [*_words(old, new), *_targets(old.targets, new.targets), *_questions(old, new)]


def _words(old: Codebook, new: Codebook) -> Iterator[Change]:
    for field in ("name", "description", "source", "guidelines"):
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            yield Change(kind="codebook-words", label=field, before=before, after=after)


def _targets(old: Sequence[TargetEntry], new: Sequence[TargetEntry]) -> Iterator[Change]:
    before = {target.name: ", ".join(target.aliases) for target in old}
    after = {target.name: ", ".join(target.aliases) for target in new}
    for name in after:
        if name not in before:
            yield Change(kind="targets-added", label=name, after=after[name])
        elif before[name] != after[name]:
            yield Change(kind="targets-changed", label=name, before=before[name], after=after[name])
    for name in before:
        if name not in after:
            yield Change(kind="targets-removed", label=name, before=before[name])


def _questions(old: Codebook, new: Codebook) -> Iterator[Change]:
    before, after = _by_id(old.questions), _by_id(new.questions)
    for id_, question in before.items():
        if id_ not in after:
            yield Change(kind="question-retired", question=id_, before=question.name)
    for id_, question in after.items():
        if id_ not in before:
            yield Change(kind="question-added", question=id_, after=question.name)
        else:
            yield from _question(before[id_], question)
    if _order(before, after) != _order(after, before):
        yield Change(kind="questions-reordered", before=_names(old.questions), after=_names(new.questions))


def _question(old: Question, new: Question) -> Iterator[Change]:
    yield from _fields(old, new, _QUESTION_FIELDS, question=new.id)
    before, after = _by_id(old.labels), _by_id(new.labels)
    successors = _successors(old, new)
    for id_, label in before.items():
        into = successors.get(id_, ())
        kind = _fate(id_, into, is_there=id_ in after)
        if kind is not None:
            named = ", ".join(after[one].name for one in into)
            yield Change(kind=kind, question=new.id, label=id_, before=label.name, after=named, into=into)
    for id_, label in after.items():
        if id_ not in before:
            yield Change(kind="label-added", question=new.id, label=id_, after=label.name)
        else:
            yield from _fields(before[id_], label, _LABEL_FIELDS, question=new.id, label=id_)
    if _order(before, after) != _order(after, before):
        change = Change(kind="labels-reordered", question=new.id, before=_names(old.labels), after=_names(new.labels))
        yield change


def _successors(old: Question, new: Question) -> dict[str, tuple[str, ...]]:
    """Return the labels that take the place of each old one, itself among them where it stays."""
    found: dict[str, list[str]] = {}
    for label in new.labels:
        for word in label.replaces:
            replaced = next((one for one in old.labels if _is_called(one, {folded(word)})), None)
            if replaced is not None and replaced.id != label.id:
                found.setdefault(replaced.id, []).append(label.id)
    staying = {label.id for label in new.labels}
    return {id_: tuple(dict.fromkeys([id_, *into] if id_ in staying else into)) for id_, into in found.items()}


def _fate(id_: str, into: Sequence[str], *, is_there: bool) -> ChangeKind | None:
    if len(into) > 1:
        return "label-split"
    if is_there:
        return None
    return "label-merged" if into else "label-retired"


#: What of a question is compared, and what it is called when it differs.
_QUESTION_FIELDS: Mapping[str, ChangeKind] = {
    "name": "question-renamed",
    "text": "question-text",
    "type": "question-type",
    "unit": "question-unit",
    "level": "question-level",
    "required": "question-required",
}
_LABEL_FIELDS: Mapping[str, ChangeKind] = {
    "name": "label-renamed",
    "definition": "label-definition",
    "examples": "label-examples",
    "counter_examples": "label-examples",
    "key": "label-key",
    "colour": "label-colour",
    "frame": "label-frame",
    "exclusive": "label-exclusive",
}


def _fields(
    old: _Entry, new: _Entry, fields: Mapping[str, ChangeKind], *, question: str, label: str | None = None
) -> Iterator[Change]:
    told = set()
    for field, kind in fields.items():
        before, after = getattr(old, field), getattr(new, field)
        if before != after and kind not in told:
            told.add(kind)
            shown = _examples if kind == "label-examples" else _shown
            yield Change(
                kind=kind,
                question=question,
                label=label,
                before=shown(old if kind == "label-examples" else before),
                after=shown(new if kind == "label-examples" else after),
            )


def _shown(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value or "")


def _examples(label: object) -> str:
    """Return examples and counter-examples, one a line."""
    assert isinstance(label, Label)
    return "\n".join([*(f"+ {one}" for one in label.examples), *(f"− {one}" for one in label.counter_examples)])


def _by_id(entries: Sequence[_Entry]) -> dict[str, _Entry]:
    return {entry.id: entry for entry in entries}


def _order(entries: Mapping[str, object], others: Mapping[str, object]) -> list[str]:
    """Return the order of what both have."""
    return [id_ for id_ in entries if id_ in others]


def _names(entries: Sequence[Question | Label]) -> str:
    return ", ".join(entry.name for entry in entries)
