"""Questions and labels beside the place in the file they were read from, for messages that name it."""

from dataclasses import dataclass

from annotator.codebook.sections import Section
from annotator.codebook.values import Label, Question


@dataclass(frozen=True, slots=True)
class LabelDraft:
    """A label as written; its id may be empty."""

    section: Section
    label: Label


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question as written; its labels are kept beside it, its id may be empty."""

    section: Section
    question: Question
    labels: list[LabelDraft]
