"""What may be asked of an export."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from annotator.errors import InvalidInputError
from annotator.exporting.splits import parse_shares
from annotator.services.exports import ExportOptions

FORMATS = (
    SelectChoice("csv", _("CSV, exact data")),
    SelectChoice("csv-spreadsheet", _("CSV, safe to open in a spreadsheet program")),
    SelectChoice("jsonl", _("JSON Lines with everything, to share or import again (zip)")),
)


class ExportForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A format and how the data set is to be divided."""

    format = RadioField(_("Format"), choices=FORMATS, default="csv", validators=[InputRequired(_("Choose a format."))])
    split = StringField(_("Split into train/dev/test"), validators=[Optional()])
    seed = IntegerField(_("Seed of the split"), default=0, validators=[NumberRange(min=0, max=2**31 - 1)])
    with_text = BooleanField(_("With the texts"), default=True)

    def validate_split(self, field: StringField) -> None:
        """Refuse shares that do not add up."""
        try:
            parse_shares(field.data)
        except InvalidInputError as error:
            raise ValidationError(error.problems[0]) from error

    def options(self) -> ExportOptions:
        """Return what was asked for."""
        shares = parse_shares(self.split.data) if self.split.data else None
        return ExportOptions(split=shares, seed=self.seed.data, with_text=self.with_text.data)
