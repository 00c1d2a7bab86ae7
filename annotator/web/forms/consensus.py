"""What classifiers learn where several people labelled a sentence."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice


class LearningForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """One of the rules."""

    learns_from = RadioField(
        _("Classifiers learn"),
        choices=[
            SelectChoice("majority", _("the answer most gave; ties are left out")),
            SelectChoice("dawid-skene", _("Dawid and Skene’s estimate where it is offered, else the majority")),
            SelectChoice("soft", _("every answer, weighted by the share of those who gave it (soft labels)")),
        ],
    )
