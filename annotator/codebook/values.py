"""A codebook as plain values: what is asked, which labels may be given, what they mean."""

from dataclasses import dataclass
from typing import Literal

QuestionType = Literal["stance", "choice", "choices", "scale", "spans"]
UnitKind = Literal["sentence", "turn", "document"]
Level = Literal["nominal", "ordinal", "interval", "ratio"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One permitted answer to a question; ``id`` stays the same when the name changes."""

    id: str
    name: str
    key: str | None = None
    colour: str | None = None
    definition: str = ""
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()
    #: Items that roll up into one frame share its name here; the frame's value is the share of items given.
    frame: str | None = None
    #: Excludes every other label of the question ("no frame").
    exclusive: bool = False
    was: str | None = None
    #: Labels of earlier versions, by id or name, whose place this one takes: several of them are merged into it.
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One variable to code; ``id`` stays the same when the name changes."""

    id: str
    name: str
    type: QuestionType
    unit: UnitKind = "sentence"
    level: Level = "nominal"
    text: str = ""
    labels: tuple[Label, ...] = ()
    required: bool = False
    was: str | None = None

    def label(self, id_or_name: str) -> Label | None:
        """Return the label with this id or name, or None."""
        return next((label for label in self.labels if id_or_name in (label.id, label.name)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetEntry:
    """A target a codebook file brings along; in a project, targets are rows of their own."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Codebook:
    """A set of questions; a published version never changes."""

    name: str
    description: str = ""
    source: str = ""
    #: How to go about it, in Markdown; shown above the questions.
    guidelines: str = ""
    targets: tuple[TargetEntry, ...] = ()
    questions: tuple[Question, ...] = ()

    def question(self, id_or_name: str) -> Question | None:
        """Return the question with this id or name, or None."""
        return next((question for question in self.questions if id_or_name in (question.id, question.name)), None)
