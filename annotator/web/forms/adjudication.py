"""Forms of adjudication: the filters of the queue, and what a decision says beside the answers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, HiddenField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from annotator.codebook.values import Codebook
from annotator.services.adjudication import MAX_NOTE
from annotator.services.answers import is_storable
from annotator.services.doubts import TWIN, UNLIKELY
from annotator.services.examples import NOT_AT_ISSUE
from annotator.services.unsettled import Filters
from annotator.web.language import form_words

MAX_NAME = 200


class DecisionForm(Form):  # type: ignore[misc]  # WTForms has no types
    """What goes with a decision: which one was on the screen, and a note for the codebook."""

    class Meta:
        """Says WTForms' own messages in the language of the page."""

        def get_translations(self, _form: Form) -> object:
            """Return where they are looked up."""
            return form_words()

    seen = HiddenField(validators=[Length(max=64)])
    note = TextAreaField(_("Note for the codebook"), validators=[Length(max=MAX_NOTE)])


def read_filters(given: MultiDict[str, str]) -> Filters:
    """Return what an address asks; what no text in the database can hold is not asked."""
    texts = {name: given.get(name, "") for name in ("question", "target", "label", "annotator", "other", "document")}
    kept: dict[str, Any] = {name: text for name, text in texts.items() if len(text) <= MAX_NAME and is_storable(text)}
    order = "disputed" if given.get("order") == "disputed" else "text"
    states: dict[str, Any] = {name: name in given for name in ("flagged", "skipped", "late")}
    why = given.get("why", "")
    return replace(Filters(**kept), **states, why=why if why in (UNLIKELY, TWIN) else "", order=order)


class QueueForm(Form):  # type: ignore[misc]  # WTForms has no types
    """What the disputes in the queue must meet; the address is the form."""

    question = SelectField(_("Question"), default="")
    target = SelectField(_("Target"), default="")
    label = SelectField(lazy_pgettext("an answer", "Label"), default="")
    annotator = SelectField(_("Annotator"), default="")
    other = SelectField(_("differs from"), default="")
    document = SelectField(_("Document"), default="")
    flagged = BooleanField(_("flagged"))
    skipped = BooleanField(_("skipped"))
    late = BooleanField(_("answered late"))
    order = SelectField(
        _("Order"),
        choices=[SelectChoice("text", _("as in the text")), SelectChoice("disputed", _("most disputed first"))],
        default="text",
    )

    def __init__(
        self, asked: Filters, codebook: Codebook, *, targets: Sequence[tuple[str, str]], codes: Sequence[str]
    ) -> None:
        """Offer what there is; ``targets`` are pairs of value and name."""
        super().__init__(obj=asked)
        nothing = SelectChoice("", _("any"))
        self.question.choices = [nothing, *(SelectChoice(one.id, one.name) for one in codebook.questions)]
        self.target.choices = [nothing, *(SelectChoice(*pair) for pair in targets)]
        self.label.choices = [nothing, *_labels(codebook)]
        self.annotator.choices = [nothing, *(SelectChoice(code, code) for code in codes)]
        self.other.choices = [SelectChoice("", _("anybody")), *(SelectChoice(code, code) for code in codes)]
        # Of thousands of documents only the one is named whose address led here.
        self.document.choices = [nothing]
        for field in (self.question, self.target, self.label, self.annotator, self.other, self.document):
            # What an address asks for stays asked where there is no such thing: nothing meets that.
            if field.data not in {choice.value for choice in field.choices}:
                field.choices = [*field.choices, SelectChoice(field.data, field.data)]


def _labels(codebook: Codebook) -> list[SelectChoice]:
    return [
        SelectChoice(f"{question.id}:{value}", name, optgroup=question.name)
        for question in codebook.questions
        for value, name in [
            *((label.id, label.name) for label in question.labels),
            *([(NOT_AT_ISSUE, _("not at issue"))] if question.type == "stance" else []),
        ]
    ]
