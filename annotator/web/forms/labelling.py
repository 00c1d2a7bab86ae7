"""The labelling form: fields made from a codebook, filled in with what was answered before."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    FieldList,
    FloatField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import AnyOf, InputRequired, Length, Optional

from annotator.codebook.values import Codebook, Question
from annotator.errors import InvalidInputError
from annotator.web.language import form_words
from annotator.words import say

REPORTED = "reported"
MAX_ROWS = 200


class StanceRow(Form):  # type: ignore[misc]  # WTForms has no types
    """One holder's stance toward one target; without a holder it is that of the whole sentence."""

    target = HiddenField()
    label = RadioField(validate_choice=False)
    holder = StringField()
    holder_name = StringField()


class LabellingForm(Form):  # type: ignore[misc]  # WTForms has no types
    """What every act has; the questions of a codebook are added as ``q0``, ``q1`` and so on."""

    class Meta:
        """Says WTForms' own messages in the language of the page."""

        def get_translations(self, _form: Form) -> Any:
            """Return where they are looked up."""
            return form_words()

    codebook_values: Codebook
    questions: tuple[tuple[str, Question], ...] = ()

    act = HiddenField(default="answer", validators=[AnyOf(("answer", "skip", "undo"))])
    key = HiddenField(validators=[InputRequired(_("The act has no key; reload the page."))])
    supersedes = HiddenField()
    codebook = IntegerField(validators=[InputRequired(_("The number of the codebook is missing; reload the page."))])
    document = HiddenField()
    kind = HiddenField(default="sentence")
    chosen = BooleanField(false_values=(False, "", "0"))
    holder = StringField()
    holder_name = StringField()
    comment = TextAreaField(_("Comment"), validators=[Length(max=10_000)])
    flag = BooleanField(_("Flag"))
    #: The button that skips says why; with "other" the words stand beside it.
    skip = HiddenField()
    reason = StringField(_("Reason"), validators=[Length(max=200)])
    active_seconds = FloatField(validators=[Optional()])
    client_at = HiddenField()
    shown = HiddenField()
    #: What the classifiers suggested, shown or not; only the server opens it.
    sealed = HiddenField()

    @property
    def stance_names(self) -> tuple[str, ...]:
        """Return the names of the fields that ask for stances."""
        return tuple(name for name, question in self.questions if question.type == "stance")

    @property
    def needs_text(self) -> bool:
        """Tell whether words were typed that have to be found in the sentence."""
        return any(self[f"{name}_words"].data for name, question in self.questions if question.type == "spans")


@lru_cache(maxsize=64)
def labelling_form(codebook: Codebook) -> type[LabellingForm]:
    """Return the form for a codebook's questions, those about one kind of unit; made once for each version."""
    names = tuple((f"q{index}", question) for index, question in enumerate(codebook.questions))
    fields: dict[str, Any] = {"questions": names, "codebook_values": codebook, "__doc__": LabellingForm.__doc__}
    for name, question in names:
        fields |= _fields(name, question)
    return type("CodebookForm", (LabellingForm,), fields)


def _fields(name: str, question: Question) -> dict[str, Any]:
    """Return the fields of one question; ``…_none`` says that the answer is explicitly none."""
    if question.type in ("choice", "scale"):
        return {name: RadioField(question.name, validate_choice=False)}
    none = {f"{name}_none": BooleanField(_("None"))}
    if question.type == "choices":
        return {name: SelectMultipleField(question.name, validate_choice=False), **none}
    if question.type == "stance":
        return {name: FieldList(FormField(StanceRow), max_entries=MAX_ROWS), **none}
    return {name: HiddenField(question.name), f"{name}_words": StringField(question.name), **none}


def form_of_answers(
    version: Codebook, targets: Sequence[str], answers: Mapping[str, Any] | None, **common: Any
) -> LabellingForm:
    """Return the form for a sentence's targets (UUIDs), filled in with what was answered before."""
    form_class = labelling_form(version)
    answers = answers or {}
    holder = _usual_holder(form_class, answers)
    data = dict(common)
    if holder is not None:
        data["holder"] = holder
    for name, question in form_class.questions:
        data |= _filled(name, question, answers.get(question.id), targets=targets, holder=data.get("holder"))
    return form_class(data=data)


def _usual_holder(form_class: type[LabellingForm], answers: Mapping[str, Any]) -> str | None:
    stances = (question.id for _, question in form_class.questions if question.type == "stance")
    return next((holder_value(stance["holder"]) for name in stances for stance in answers.get(name) or ()), None)


def holder_value(holder: Mapping[str, Any]) -> str:
    """Return a holder as the form writes it: a kind, or ``reported:`` and a name."""
    return f"{REPORTED}:{holder['name']}" if holder.get("name") else str(holder["kind"])


def _filled(name: str, question: Question, given: Any, *, targets: Sequence[str], holder: str | None) -> dict[str, Any]:
    if question.type == "stance":
        return {name: list(_rows(given or (), targets, holder)), f"{name}_none": given == []}
    if question.type == "spans":
        return {name: json.dumps(given or []), f"{name}_none": given == []}
    if question.type == "choices":
        return {name: given or [], f"{name}_none": given == []}
    return {name: given}


def _rows(stances: Sequence[Mapping[str, Any]], targets: Sequence[str], holder: str | None) -> Iterator[dict[str, Any]]:
    for target in targets:
        own: list[Mapping[str, Any] | None] = [stance for stance in stances if stance["target"] == target]
        for stance in own or [None]:
            value = "" if stance is None else holder_value(stance["holder"])
            label = None if stance is None else stance["label"]
            yield {"target": target, "label": label, "holder": "" if value == holder else value}


def append_row(form: LabellingForm, more: str, add_target: Callable[[str], str]) -> None:
    """Add a row to a plain form: for another holder, or for a target that ``add_target`` makes for a field's name.

    Raises
    ------
    InvalidInputError
        If the form has no such question.
    """
    name, _, target = more.partition(":")
    if name not in form.stance_names:
        raise InvalidInputError(say("That question is not asked here; reload the page."))
    form[name].append_entry({"target": target or add_target(name)})
