"""Of which timing the influence is told, as a plain form whose address can be passed on."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectField
from wtforms.fields.choices import SelectChoice

TIMINGS = {"before": _("shown before the answer"), "after": _("shown after a first answer")}


class InfluenceForm(Form):  # type: ignore[misc]  # WTForms has no types
    """The timing; what is not understood counts as not said."""

    timing = SelectField(_("Suggestions"), validate_choice=False)

    def __init__(self, given: MultiDict[str, str]) -> None:
        super().__init__(given)
        self.timing.choices = []

    def offer(self, timings: Sequence[str], chosen: str | None) -> None:
        """Fill the list."""
        self.timing.choices = [SelectChoice(timing, TIMINGS[timing]) for timing in timings if timing in TIMINGS]
        self.timing.data = chosen
