"""Of which round, and of which question or target, monitoring tells; a plain form whose address can be passed on."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectField
from wtforms.fields.choices import SelectChoice

from annotator.services.answers import is_storable

MAX_KEY = 200
BETWEEN = ":"


class MonitoringForm(Form):  # type: ignore[misc]  # WTForms has no types
    """Round and subject; what is not understood counts as not said."""

    round = SelectField(_("Round"), validate_choice=False)
    about = SelectField(_("Question"), validate_choice=False)

    def __init__(self, given: MultiDict[str, str]) -> None:
        super().__init__(given)
        self.round.choices = self.about.choices = []

    @property
    def round_id(self) -> int | None:
        """The number of the round, if one is named."""
        text = self.round.data or ""
        # Larger numbers, which anyone can send, do not fit into the column.
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    @property
    def subject(self) -> tuple[str | None, str | None]:
        """The question's id and the target's, as far as they are named."""
        text = (self.about.data or "")[:MAX_KEY]
        question, _between, target = text.partition(BETWEEN) if is_storable(text) else ("", "", "")
        return question or None, target or None

    def offer(self, rounds: Sequence[tuple[str, str]], subjects: Sequence[tuple[str, str]]) -> None:
        """Fill the lists."""
        self.round.choices = [SelectChoice(value, label) for value, label in rounds]
        self.about.choices = [SelectChoice(value, label) for value, label in subjects]
