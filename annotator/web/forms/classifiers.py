"""Which two classifiers are compared; a plain form whose address can be passed on."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from annotator.web.language import gettext


class CompareForm(Form):  # type: ignore[misc]  # WTForms has no types
    """Two numbers, and where to go on; what is not understood is no classifier of the project."""

    first = SelectField(_("First classifier"), validate_choice=False)
    second = SelectField(_("Second classifier"), validate_choice=False)
    after = StringField()

    def __init__(self, given: MultiDict[str, str]) -> None:
        super().__init__(given)
        self.first.choices = self.second.choices = []

    @property
    def numbers(self) -> tuple[int, int]:
        """Both numbers, 0 for what is none; where one is not named, a classifier is set beside itself."""
        first, second = self.first.data or self.second.data, self.second.data or self.first.data
        return _number(first), _number(second)

    @property
    def start(self) -> int:
        """Where the list goes on."""
        return _number(self.after.data)

    def offer(self, numbers: Sequence[int]) -> None:
        """Fill the lists."""
        choices = [SelectChoice(str(one), gettext("Classifier %(number)s", number=one)) for one in numbers]
        self.first.choices = self.second.choices = choices


def _number(text: str | None) -> int:
    # Larger numbers, which anyone can send, do not fit into the column.
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
