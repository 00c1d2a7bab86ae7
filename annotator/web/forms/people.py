"""The forms of a project's people: an invitation, a role, a question about the annotators themselves."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from annotator.services.background import MAX_TEXT
from annotator.services.invitations import MAX_NOTE, MOST_USES

#: The commonest first.
INVITED_AS = (
    SelectChoice("annotator", _("Annotator: labels, and sees what the round lets them see")),
    SelectChoice("adjudicator", _("Adjudicator: settles disagreements, labels, takes data out")),
    SelectChoice("reader", _("Reader: reads texts and labels")),
    SelectChoice("owner", _("Owner: everything, also inviting and removing people")),
)
ROLES = (
    SelectChoice("owner", _("owner")),
    SelectChoice("adjudicator", _("adjudicator")),
    SelectChoice("annotator", _("annotator")),
    SelectChoice("reader", _("reader")),
)


class InvitationForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """In which role, for whom and for how many."""

    role = RadioField(_("Role"), choices=INVITED_AS, default="annotator", validators=[InputRequired()])
    note = StringField(_("For whom (optional)"), validators=[Length(max=MAX_NOTE)])
    uses = IntegerField(
        _("For how many people"),
        default=1,
        validators=[
            InputRequired(_("Give a whole number between 1 and 100.")),
            NumberRange(min=1, max=MOST_USES, message=_("Give a whole number between 1 and 100.")),
        ],
    )


class RoleForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """Another role for a member."""

    role = SelectField(_("Role"), choices=ROLES)


class QuestionForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """What is asked, and what can be answered."""

    text = StringField(_("Question"), validators=[InputRequired(_("Give the question.")), Length(max=MAX_TEXT)])
    options = TextAreaField(
        _("Answers to choose from"), validators=[InputRequired(_("Give at least two answers.")), Length(max=4000)]
    )
