"""The filters of the reader, as a plain form whose address can be passed on."""

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, SelectField
from wtforms.fields.choices import SelectChoice

from annotator.services.answers import is_storable
from annotator.services.matching import Filters
from annotator.services.search_options import Options
from annotator.web.forms.search import label_choices

MAX_NAME = 200


class FilterForm(Form):  # type: ignore[misc]  # WTForms has no types
    """What the sentences that are lit must meet."""

    label = SelectField(lazy_pgettext("an answer", "Label"), default="")
    target = SelectField(_("Target"), default="")
    speaker = SelectField(_("Speaker"), default="")
    annotator = SelectField(_("Annotator"), default="")
    only = BooleanField(_("Only what matches"))

    def __init__(
        self, given: MultiDict[str, str], options: Options, *, speakers: list[str] | None, annotators: list[str]
    ) -> None:
        """Offer what there is in a document; ``speakers`` is None for who must not know them."""
        super().__init__(given)
        nobody = SelectChoice("", _("any"))
        self.label.choices = [nobody, *label_choices(options)]
        self.target.choices = [nobody, *(SelectChoice(value, name) for value, name in options.targets)]
        # What an address asks for stays asked in a document that lacks it: nothing matches there.
        self.speaker.choices = _names(nobody, speakers, self.speaker.data)
        self.annotator.choices = _names(nobody, annotators, self.annotator.data)
        for field in (self.label, self.target, self.speaker, self.annotator):
            if field.data not in {choice.value for choice in field.choices}:
                field.data = ""

    def filters(self) -> Filters:
        """Return what is asked."""
        return Filters(
            label=self.label.data,
            target=self.target.data,
            speaker=self.speaker.data,
            annotator=self.annotator.data,
        )


def _names(nobody: SelectChoice, names: list[str] | None, asked: str | None) -> list[SelectChoice]:
    if names is None:
        return [nobody]
    extra = [asked] if asked and asked not in names and is_storable(asked) and len(asked) <= MAX_NAME else []
    return [nobody, *(SelectChoice(name, name) for name in [*names, *extra])]
