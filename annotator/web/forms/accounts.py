"""The forms of getting in: name and password, a new password, a new person."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, Length, Regexp, ValidationError

from annotator.errors import InvalidInputError
from annotator.services.accounts import MAX_NAME, checked_name
from annotator.services.passwords import LONGEST
from annotator.web.language import gettext, translated

#: Browsers fill these in from the list of passwords they keep.
AS_NAME = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
AS_PRESENT = {"autocomplete": "current-password"}
AS_NEW = {"autocomplete": "new-password"}


class SignInForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """Name and password; ``invitation`` is the secret of the one to go back to."""

    name = StringField(
        _("Name"), validators=[DataRequired(_("Give your name.")), Length(max=MAX_NAME)], render_kw=AS_NAME
    )
    password = PasswordField(
        _("Password"),
        validators=[DataRequired(_("Give your password.")), Length(max=LONGEST)],
        render_kw=AS_PRESENT,
    )
    invitation = HiddenField(validators=[Regexp(r"[\w-]*\Z")])


class PasswordForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """A new password, and the present one where there is one."""

    present = PasswordField(_("Present password"), validators=[Length(max=LONGEST)], render_kw=AS_PRESENT)
    new = PasswordField(
        _("New password"),
        validators=[DataRequired(_("Give a new password.")), Length(max=LONGEST)],
        render_kw=AS_NEW,
    )
    again = PasswordField(_("New password, once more"), validators=[Length(max=LONGEST)], render_kw=AS_NEW)

    def __init__(self, *, has_password: bool) -> None:
        super().__init__()
        if not has_password:
            del self.present

    def validate_again(self, field: PasswordField) -> None:
        """Refuse what was typed in two ways."""
        _check_same(field, self.new)


class NewPersonForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """The name of somebody who joins, and a password if they want one."""

    name = StringField(
        _("Name"), validators=[DataRequired(_("Choose a name.")), Length(max=MAX_NAME)], render_kw=AS_NAME
    )
    password = PasswordField(_("Password (optional)"), validators=[Length(max=LONGEST)], render_kw=AS_NEW)
    again = PasswordField(_("Password, once more"), validators=[Length(max=LONGEST)], render_kw=AS_NEW)

    def validate_name(self, field: StringField) -> None:
        """Refuse what is no name, here and not beside the password."""
        try:
            checked_name(field.data or "")
        except InvalidInputError as error:
            raise ValidationError(translated(error.problems[0])) from error

    def validate_again(self, field: PasswordField) -> None:
        """Refuse what was typed in two ways."""
        _check_same(field, self.password)


def _check_same(field: PasswordField, other: PasswordField) -> None:
    if (field.data or "") != (other.data or ""):
        raise ValidationError(gettext("The two do not match."))
