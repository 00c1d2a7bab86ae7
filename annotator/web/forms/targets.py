"""The form of a new target."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length


class TargetForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """A name, and other names by which the target is found in texts."""

    name = StringField(_("Name"), validators=[DataRequired(_("Give the target a name.")), Length(max=200)])
    aliases = TextAreaField(_("Also called"), validators=[Length(max=4000)])

    def alias_list(self) -> tuple[str, ...]:
        """Return the aliases, one per line, without doubles and without the name itself."""
        lines = (" ".join(line.split()) for line in (self.aliases.data or "").splitlines())
        name = (self.name.data or "").strip()
        return tuple(dict.fromkeys(line for line in lines if line and line != name))
