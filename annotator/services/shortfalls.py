"""What is missing before there can be suggestions, in words; what is nearest to being enough comes first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from annotator.codebook.values import Question
from annotator.learning.values import Shortage
from annotator.services.examples import NOT_AT_ISSUE
from annotator.words import all_of, joined, say


@dataclass(frozen=True, slots=True)
class Line:
    """What one target, one label of several or a whole question lacks; ``lacking`` counts the examples."""

    about: str | None
    words: str
    lacking: int
    is_begun: bool

    def sentence(self, about: str | None = None) -> str:
        """Return the words after whom they are about: the target, else what the caller names."""
        about = self.about or about
        return joined((about, self.words), ": ") if about else self.words


def lines(shortages: Iterable[Shortage], question: Question, *, names: Mapping[str, str]) -> list[Line]:
    """Return a line for each target, for each label of `choices`, else for the question; ``names`` are the targets'."""
    together: dict[str | None, list[Shortage]] = {}
    for one in shortages:
        together.setdefault(one.label if question.type == "choices" else one.target, []).append(one)
    found = [_line(several, question, names) for several in together.values()]
    return sorted(found, key=lambda line: (not line.is_begun, line.lacking))


def label_name(question: Question, label_id: str) -> str:
    """Return a label's name; *not at issue* is none of the codebook's."""
    if label_id == NOT_AT_ISSUE:
        return say("not at issue")
    label = question.label(label_id)
    return label.name if label else label_id


def _line(several: list[Shortage], question: Question, names: Mapping[str, str]) -> Line:
    target = several[0].target
    # One label of two that has examples enough is not among what is short.
    is_half_done = question.type != "choices" and len(several) == 1
    return Line(
        about=None if target is None else names.get(target, target),
        words=_words(several, question),
        lacking=sum(one.need - one.have for one in several),
        is_begun=is_half_done or any(one.have or one.side == "without" for one in several),
    )


def _words(several: list[Shortage], question: Question) -> str:
    if len(several) > 1 and not any(one.label for one in several):
        return say("0 of {need} examples of each of two labels", need=several[0].need)
    return all_of([_phrase(one, question) for one in several])


def _phrase(one: Shortage, question: Question) -> str:
    if one.label is None:
        return say("{have} of {need} examples of another label", have=one.have, need=one.need)
    name = label_name(question, one.label)
    if one.side == "without":
        return say("{have} of {need} sentences without “{label}”", have=one.have, need=one.need, label=name)
    return say("{have} of {need} examples of “{label}”", have=one.have, need=one.need, label=name)
