"""Change a codebook value by value, as its editor does; what comes out may still lack something."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from annotator.codebook.identifiers import Named, derive_ids
from annotator.codebook.keys import STANCE_KEYS
from annotator.codebook.values import Codebook, Label, Question
from annotator.errors import NotFoundError
from annotator.words import say

_Entry = TypeVar("_Entry", Question, Label)


def find_question(codebook: Codebook, question: str) -> Question:
    """Return the question with this id.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = next((one for one in codebook.questions if one.id == question), None)
    if found is None:
        raise NotFoundError(say("This question is not in the draft any more."))
    return found


def find_label(codebook: Codebook, question: str, label: str) -> Label:
    """Return the label with this id.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = next((one for one in find_question(codebook, question).labels if one.id == label), None)
    if found is None:
        raise NotFoundError(say("This label is not in the draft any more."))
    return found


def change_words(codebook: Codebook, **values: str) -> Codebook:
    """Return the codebook with other words about itself."""
    return replace(codebook, **values)  # type: ignore[arg-type]  # only texts are among them


def change_question(codebook: Codebook, question: str, **values: Any) -> Codebook:
    """Return the codebook with other values of one question."""
    changed = replace(find_question(codebook, question), **values)
    return replace(codebook, questions=_with(codebook.questions, changed))


def add_question(codebook: Codebook, name: str, *, taken: Collection[str] = (), **values: Any) -> Codebook:
    """Return the codebook with one more question; its id is none of those ``taken``, which others had before."""
    id_ = _fresh_id(name, [*(one.id for one in codebook.questions), *(one.name for one in codebook.questions)], taken)
    labels: tuple[Label, ...] = ()
    if values.get("type") == "stance":
        labels = tuple(Label(id=one, name=one, key=key) for one, key in STANCE_KEYS.items())
    if values.get("type") == "scale":
        values = {"level": "ordinal", **values}
    return replace(codebook, questions=(*codebook.questions, Question(id=id_, name=name, labels=labels, **values)))


def remove_question(codebook: Codebook, question: str) -> Codebook:
    """Return the codebook without one question."""
    find_question(codebook, question)
    return replace(codebook, questions=tuple(one for one in codebook.questions if one.id != question))


def move_question(codebook: Codebook, question: str, by: int) -> Codebook:
    """Return the codebook with a question further up (a negative number) or down."""
    return replace(codebook, questions=_moved(codebook.questions, find_question(codebook, question), by))


def change_label(codebook: Codebook, question: str, label: str, **values: Any) -> Codebook:
    """Return the codebook with other values of one label."""
    changed = replace(find_label(codebook, question, label), **values)
    return _with_labels(codebook, question, _with(find_question(codebook, question).labels, changed))


def add_label(codebook: Codebook, question: str, name: str, *, taken: Collection[str] = (), **values: Any) -> Codebook:
    """Return the codebook with one more label of a question."""
    labels = find_question(codebook, question).labels
    id_ = _fresh_id(name, [*(one.id for one in labels), *(one.name for one in labels)], taken)
    return _with_labels(codebook, question, (*labels, Label(id=id_, name=name, **values)))


def retire_label(codebook: Codebook, question: str, label: str) -> Codebook:
    """Return the codebook without one label, which nothing takes the place of."""
    find_label(codebook, question, label)
    labels = find_question(codebook, question).labels
    return _with_labels(codebook, question, tuple(one for one in labels if one.id != label))


def merge_label(codebook: Codebook, question: str, label: str, *, into: str) -> Codebook:
    """Return the codebook without one label, whose place another one takes."""
    merged = find_label(codebook, question, label)
    into_ = find_label(codebook, question, into)
    if into == label:
        return codebook
    replaces = tuple(dict.fromkeys([*into_.replaces, *merged.replaces, merged.id]))
    return retire_label(change_label(codebook, question, into, replaces=replaces), question, label)


def split_label(codebook: Codebook, question: str, label: str, name: str, *, taken: Collection[str] = ()) -> Codebook:
    """Return the codebook with a new label that takes over part of another."""
    split = find_label(codebook, question, label)
    return add_label(codebook, question, name, taken=taken, replaces=(split.id,))


def move_label(codebook: Codebook, question: str, label: str, by: int) -> Codebook:
    """Return the codebook with a label further up (a negative number) or down."""
    labels = _moved(find_question(codebook, question).labels, find_label(codebook, question, label), by)
    return _with_labels(codebook, question, labels)


def _with_labels(codebook: Codebook, question: str, labels: tuple[Label, ...]) -> Codebook:
    return change_question(codebook, question, labels=labels)


def _with(entries: Sequence[_Entry], changed: _Entry) -> tuple[_Entry, ...]:
    return tuple(changed if one.id == changed.id else one for one in entries)


def _moved(entries: Sequence[_Entry], entry: _Entry, by: int) -> tuple[_Entry, ...]:
    others = [one for one in entries if one.id != entry.id]
    at = [one.id for one in entries].index(entry.id)
    others.insert(max(0, min(at + by, len(others))), entry)
    return tuple(others)


def _fresh_id(name: str, others: Sequence[str], taken: Collection[str]) -> str:
    """Return an id that no entry of this codebook or an earlier one has, nor is called."""
    entries = [Named(name=one, id=one) for one in dict.fromkeys([*others, *taken])]
    return derive_ids([*entries, Named(name=name)])[-1]
