"""The forms of a data set that comes back: the file, and the name of the project it becomes."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import StringField
from wtforms.validators import DataRequired, Length


class DataSetForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """A data set to import."""

    file = FileField(_("Data set"))


class NameForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """What the project is to be called."""

    name = StringField(
        _("Name of the project"), validators=[DataRequired(_("Give the project a name.")), Length(max=200)]
    )
