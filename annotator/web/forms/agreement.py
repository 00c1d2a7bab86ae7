"""What of the agreement is looked at, as a plain form whose address can be passed on."""

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Form, HiddenField, IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional

from annotator.services.answers import is_storable

MAX_KEY, MAX_PAGE = 200, 10_000


def _clean(text: str | None) -> str:
    return "".join(char for char in (text or "")[:MAX_KEY] if is_storable(char))


class AgreementForm(Form):  # type: ignore[misc]  # WTForms has no types
    """Coefficient, question, and which disputes; what is not understood counts as not said."""

    coefficient = SelectField(
        _("Coefficient"),
        choices=[
            SelectChoice("alpha", _("Krippendorff’s alpha")),
            SelectChoice("cohen_kappa", _("Cohen’s kappa, mean of the pairs")),
            SelectChoice("fleiss_kappa", _("Fleiss’ kappa")),
            SelectChoice("ac1", _("Gwet’s AC1")),
            SelectChoice("percent", _("percent agreement")),
        ],
        default="alpha",
    )
    question = HiddenField(filters=[_clean])
    target = HiddenField(filters=[_clean])
    first = HiddenField(filters=[_clean])
    second = HiddenField(filters=[_clean])
    by = HiddenField(filters=[_clean])
    group = HiddenField(filters=[_clean])
    label = IntegerField(validators=[Optional(), NumberRange(0, MAX_PAGE)])
    row = IntegerField(validators=[Optional(), NumberRange(0, MAX_PAGE)])
    column = IntegerField(validators=[Optional(), NumberRange(0, MAX_PAGE)])
    page = IntegerField(validators=[Optional(), NumberRange(1, MAX_PAGE)])

    def __init__(self, given: MultiDict[str, str]) -> None:
        super().__init__(given)
        self.validate()
        if self.coefficient.errors:
            self.coefficient.data = "alpha"

    def number(self, name: str) -> int | None:
        """Return a number that was given and makes sense."""
        field = self[name]
        return None if field.errors else field.data
