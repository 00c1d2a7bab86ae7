"""What can be changed in a draft from its editor: for each thing the form it takes and the edit it makes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from annotator.codebook import editing
from annotator.codebook.values import Codebook
from annotator.errors import InvalidInputError
from annotator.services.codebook_drafts import Edit, ids_in_use
from annotator.web.forms.codebook import (
    DraftForm,
    ExampleForm,
    IntoForm,
    LabelForm,
    MoveForm,
    NewLabelForm,
    NewQuestionForm,
    QuestionForm,
    WordsForm,
)
from annotator.words import Sentence, say


@dataclass(frozen=True, slots=True)
class Edited:
    """One kind of change; ``apply`` gets the codebook, the filled-in form, and ids that were used before."""

    name: str
    title: Sentence
    form: type[DraftForm]
    apply: Callable[[Codebook, Any, list[str]], Codebook]

    def make(self, session: Session, project_id: int, form: DraftForm) -> Edit:
        """Return the edit that a form asks for."""
        question = form.question.data or None
        taken = ids_in_use(session, project_id, question) if self.name in _ADDING else []
        return lambda codebook: self.apply(codebook, form, taken)

    def anchor(self, form: DraftForm) -> str | None:
        """Return where on the page the change is to be seen."""
        question, label = form.question.data, form.label.data
        if not question:
            return None
        stays = label and self.name not in ("retire-label", "merge-label")
        return f"label:{question}:{label}" if stays else f"question:{question}"


def edit_of(name: str) -> Edited:
    """Return the kind of change of this name.

    Raises
    ------
    InvalidInputError
        If there is none.
    """
    found = EDITS.get(name)
    if found is None:
        raise InvalidInputError(
            say("“{name}” is nothing that can be done with a draft; reload the page.", name=name[:60])
        )
    return found


def _words(codebook: Codebook, form: DraftForm, _taken: list[str]) -> Codebook:
    return editing.change_words(codebook, **form.values())


def _add_question(codebook: Codebook, form: DraftForm, taken: list[str]) -> Codebook:
    return editing.add_question(codebook, taken=taken, **form.values())


def _question(codebook: Codebook, form: DraftForm, _taken: list[str]) -> Codebook:
    values = form.values()
    # Of each type but the scale there is one level, and a scale is at least ordered.
    level = values["level"] if values["type"] == "scale" and values["level"] != "nominal" else None
    values["level"] = level or ("ordinal" if values["type"] == "scale" else "nominal")
    return editing.change_question(codebook, form.question.data, **values)


def _move_question(codebook: Codebook, form: MoveForm, _taken: list[str]) -> Codebook:
    return editing.move_question(codebook, form.question.data, form.by.data)


def _retire_question(codebook: Codebook, form: DraftForm, _taken: list[str]) -> Codebook:
    return editing.remove_question(codebook, form.question.data)


def _add_label(codebook: Codebook, form: DraftForm, taken: list[str]) -> Codebook:
    return editing.add_label(codebook, form.question.data, taken=taken, **form.values())


def _label(codebook: Codebook, form: DraftForm, _taken: list[str]) -> Codebook:
    return editing.change_label(codebook, form.question.data, form.label.data, **form.values())


def _move_label(codebook: Codebook, form: MoveForm, _taken: list[str]) -> Codebook:
    return editing.move_label(codebook, form.question.data, form.label.data, form.by.data)


def _retire_label(codebook: Codebook, form: DraftForm, _taken: list[str]) -> Codebook:
    return editing.retire_label(codebook, form.question.data, form.label.data)


def _merge_label(codebook: Codebook, form: IntoForm, _taken: list[str]) -> Codebook:
    return editing.merge_label(codebook, form.question.data, form.label.data, into=form.into.data)


def _split_label(codebook: Codebook, form: DraftForm, taken: list[str]) -> Codebook:
    return editing.split_label(codebook, form.question.data, form.label.data, taken=taken, **form.values())


def _add_example(codebook: Codebook, form: ExampleForm, _taken: list[str]) -> Codebook:
    label = editing.find_label(codebook, form.question.data, form.label.data)
    examples = tuple(dict.fromkeys([*label.examples, form.text.data]))
    return editing.change_label(codebook, form.question.data, form.label.data, examples=examples)


_ADDING = ("add-question", "add-label", "split-label")
EDITS = {
    one.name: one
    for one in (
        Edited("words", say("The codebook itself"), WordsForm, _words),
        Edited("add-question", say("Add a question"), NewQuestionForm, _add_question),
        Edited("question", say("A question"), QuestionForm, _question),
        Edited("move-question", say("Move a question"), MoveForm, _move_question),
        Edited("retire-question", say("Retire a question"), DraftForm, _retire_question),
        Edited("add-label", say("Add a label"), NewLabelForm, _add_label),
        Edited("label", say("A label"), LabelForm, _label),
        Edited("move-label", say("Move a label"), MoveForm, _move_label),
        Edited("retire-label", say("Retire a label"), DraftForm, _retire_label),
        Edited("merge-label", say("Merge a label into another"), IntoForm, _merge_label),
        Edited("split-label", say("Split a label"), NewLabelForm, _split_label),
        Edited("add-example", say("Add an example"), ExampleForm, _add_example),
    )
}
