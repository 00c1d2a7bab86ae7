"""What can be looked for, as a plain form whose address can be passed on."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, SelectField, StringField
from wtforms.fields.choices import Choice, SelectChoice

from annotator.services.answers import is_storable
from annotator.services.criteria import JUDGED, NAMED, Criteria
from annotator.services.search_options import Options
from annotator.web.language import translated

MAX_TEXT = 200


def _clean(text: str | None) -> str:
    """Return a text without what no text in the database can hold."""
    return "".join(char for char in " ".join((text or "").split())[:MAX_TEXT] if is_storable(char))


class SearchForm(Form):  # type: ignore[misc]  # WTForms has no types
    """All criteria; what is left empty does not matter."""

    words = StringField(_("Words"), filters=[_clean])
    target = SelectField(_("Target"), default="")
    target_as = SelectField(
        _("The target is"),
        choices=[
            SelectChoice(NAMED, _("named in the sentence")),
            SelectChoice(JUDGED, _("given a stance")),
        ],
        default=NAMED,
    )
    speaker = StringField(_("Speaker"), filters=[_clean])
    label = SelectField(lazy_pgettext("an answer", "Label"), default="")
    labelled = SelectField(
        _("Labelled"),
        choices=[
            SelectChoice("", _("does not matter")),
            SelectChoice("yes", _("labelled")),
            SelectChoice("no", _("not labelled")),
            SelectChoice("by-me", _("labelled by me")),
            SelectChoice("not-by-me", _("not labelled by me")),
        ],
        default="",
    )
    flagged = BooleanField(_("flagged"))
    commented = BooleanField(_("commented"))
    skipped = BooleanField(_("skipped"))
    unsure = SelectField(_("The classifier is unsure about"), default="")

    def __init__(self, given: MultiDict[str, str], options: Options) -> None:
        super().__init__(given)
        self.target.choices = [SelectChoice("", _("any")), *_choices(options.targets)]
        self.label.choices = [SelectChoice("", _("any")), *label_choices(options)]
        self.unsure.choices = [SelectChoice("", _("does not matter")), *_choices(options.questions)]
        for field in (self.target, self.label, self.unsure, self.target_as, self.labelled):
            # A form that is opened without a query has nothing wrong with it.
            field.data = field.data or field.default

    def criteria(self) -> Criteria:
        """Return what is asked."""
        return Criteria(**{name: self[name].data or field_default(name) for name in self._fields})


def field_default(name: str) -> Any:
    """Return what a field holds where nothing is asked."""
    return getattr(Criteria(), name)


def label_choices(options: Options) -> list[Choice]:
    """Return the labels under their questions."""
    return [
        SelectChoice(value, translated(name), optgroup=question)
        for question, names in options.labels
        for value, name in names
    ]


def _choices(pairs: tuple[tuple[str, str], ...]) -> list[Choice]:
    return [SelectChoice(value, name) for value, name in pairs]
