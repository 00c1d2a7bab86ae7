"""Read a codebook from a YAML file and tell everything that is wrong with it at once."""

from dataclasses import replace
from typing import get_args

from annotator.codebook.checking import check_drafts, check_targets
from annotator.codebook.drafts import LabelDraft, QuestionDraft
from annotator.codebook.identifiers import Named, derive_ids
from annotator.codebook.keys import assign_keys
from annotator.codebook.problems import Problems
from annotator.codebook.sections import GUIDELINES_LENGTH, Section
from annotator.codebook.values import Codebook, Label, Level, Question, QuestionType, TargetEntry, UnitKind
from annotator.codebook.yamltree import read_tree
from annotator.errors import InvalidInputError
from annotator.words import say

CODEBOOK_KEYS = ("name", "description", "source", "guidelines", "targets", "questions")
TARGET_KEYS = ("name", "aliases")
QUESTION_KEYS = ("id", "name", "was", "type", "unit", "level", "text", "required", "labels")
LABEL_KEYS = (
    *("id", "name", "was", "replaces", "key", "colour", "definition"),
    *("examples", "counter_examples", "frame", "exclusive"),
)
_TYPES: tuple[QuestionType, ...] = get_args(QuestionType)
_UNITS: tuple[UnitKind, ...] = get_args(UnitKind)
_LEVELS: tuple[Level, ...] = get_args(Level)


def read_codebook(text: str, *, name: str = "codebook") -> Codebook:
    """Return the codebook a YAML text describes, with every id and key filled in.

    ``name`` is the file's name, for the messages. Raises InvalidInputError with all problems, one sentence each.
    """
    problems = Problems(name)
    codebook = _read(text, problems)
    problems.raise_if_any()
    return codebook


def read_unfinished(text: str, *, name: str = "codebook") -> tuple[Codebook | None, tuple[str, ...]]:
    """Return what a text describes so far and everything that is wrong with it.

    There is no codebook where the text is not even YAML.
    """
    problems = Problems(name)
    try:
        codebook = _read(text, problems)
    except InvalidInputError as error:
        return None, tuple(error.problems)
    return codebook, tuple(problems.sentences())


def _read(text: str, problems: Problems) -> Codebook:
    root = Section(read_tree(text, problems), problems, known=CODEBOOK_KEYS)
    title = root.name(required=True)
    targets = _read_targets(root)
    drafts = [
        _read_question(section) for section in root.sections("questions", known=QUESTION_KEYS, noun=say("question"))
    ]
    if not drafts:
        root.add(say('there is no question; add at least one under "questions:".'), key="questions")
    check_drafts(drafts)
    return Codebook(
        name=title,
        description=root.text("description"),
        source=root.text("source"),
        guidelines=root.text("guidelines", limit=GUIDELINES_LENGTH),
        targets=targets,
        questions=assign_keys(_with_ids(drafts)),
    )


def _read_targets(root: Section) -> tuple[TargetEntry, ...]:
    sections = list(root.sections("targets", known=TARGET_KEYS, noun=say("target")))
    targets = [TargetEntry(name=entry.name(required=True), aliases=entry.names("aliases")) for entry in sections]
    check_targets(list(zip(sections, targets, strict=True)))
    return tuple(targets)


def _read_question(section: Section) -> QuestionDraft:
    """Return one question as it is written, without its labels' missing ids and keys."""
    if not section.has("type"):
        section.add(say('"type" is missing; use one of {types}.', types=", ".join(_TYPES)))
    type_ = section.one_of("type", _TYPES, default="choice")
    question = Question(
        id=section.name("id"),
        name=section.name(required=True),
        type=type_,
        unit=section.one_of("unit", _UNITS, default="sentence"),
        level=section.one_of("level", _LEVELS, default="ordinal" if type_ == "scale" else "nominal"),
        text=section.text("text"),
        required=section.flag("required"),
        was=section.name("was") or None,
    )
    labels = [_read_label(entry) for entry in section.sections("labels", known=LABEL_KEYS, noun=say("label"))]
    return QuestionDraft(section, question, labels)


def _read_label(section: Section) -> LabelDraft:
    """Return one label as it is written."""
    label = Label(
        id=section.name("id"),
        name=section.name(required=True),
        key=section.name("key").lower() or None,
        colour=section.name("colour").lower() or None,
        definition=section.text("definition"),
        examples=section.texts("examples"),
        counter_examples=section.texts("counter_examples"),
        frame=section.name("frame") or None,
        exclusive=section.flag("exclusive"),
        was=section.name("was") or None,
        replaces=section.names("replaces"),
    )
    return LabelDraft(section, label)


def _with_ids(drafts: list[QuestionDraft]) -> list[Question]:
    """Return the questions with their labels, all with ids."""
    ids = derive_ids([_named(draft.question) for draft in drafts])
    return [
        replace(draft.question, id=id_, labels=_labels_with_ids(draft)) for id_, draft in zip(ids, drafts, strict=True)
    ]


def _labels_with_ids(draft: QuestionDraft) -> tuple[Label, ...]:
    ids = derive_ids([_named(entry.label) for entry in draft.labels])
    return tuple(replace(entry.label, id=id_) for id_, entry in zip(ids, draft.labels, strict=True))


def _named(entry: Question | Label) -> Named:
    return Named(name=entry.name, id=entry.id, was=entry.was or "")
