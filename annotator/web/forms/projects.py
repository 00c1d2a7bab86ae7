"""Forms of a project: a new one, and its settings."""

from functools import cache
from pathlib import PurePath

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import IntegerField, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from annotator.errors import InvalidInputError
from annotator.services.configuring import LONGEST_BETWEEN, MOST_BETWEEN
from annotator.words import say

OWN_CODEBOOK = "own"
MAX_CODEBOOK_BYTES = 1024 * 1024


class NewProjectForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """Name and codebook of a new project."""

    name = StringField(_("Name"), validators=[DataRequired(_("Give the project a name.")), Length(max=200)])
    codebook = RadioField(_("Codebook"), validate_choice=True)
    file = FileField(_("Codebook file"))

    def __init__(self) -> None:
        super().__init__()
        titles = [SelectChoice(name, title) for name, title in builtin_titles().items()]
        self.codebook.choices = [*titles, SelectChoice(OWN_CODEBOOK, _("My own file"))]
        self.codebook.data = self.codebook.data or titles[0].value

    def codebook_text(self) -> str:
        """Return the text of the codebook chosen.

        Raises
        ------
        InvalidInputError
            If there is no file, or it is not a codebook; each problem with its line.
        """
        from annotator.codebook.builtin import builtin_codebooks
        from annotator.codebook.reading import read_codebook

        if self.codebook.data != OWN_CODEBOOK:
            return builtin_codebooks()[self.codebook.data]
        if not self.file.data or not self.file.data.filename:
            raise InvalidInputError(say("Choose a codebook file (.yaml), or one of the built-in codebooks."))
        name = PurePath(self.file.data.filename).name
        text = decoded(self.file.data.read(MAX_CODEBOOK_BYTES + 1), name)
        read_codebook(text, name=name)
        return text


class SettingsForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """When suggestions are shown, and how often they are not; how often classifiers are trained; what is hidden."""

    suggestion_timing = RadioField(
        _("When are suggestions shown?"),
        choices=[
            SelectChoice("after", _("After the annotator's own answer, to think again")),
            SelectChoice("before", _("Before the answer, to confirm or correct")),
            SelectChoice("never", _("Never")),
        ],
    )
    control_percent = IntegerField(
        _("Control share, in percent"),
        validators=[
            InputRequired(_("Give a whole number between 0 and 90.")),
            NumberRange(min=0, max=90, message=_("Give a whole number between 0 and 90.")),
        ],
    )
    retrain_every = IntegerField(
        _("Train anew after so many labelled sentences"),
        validators=[
            InputRequired(_("Give a whole number between 0 and 100,000.")),
            NumberRange(min=0, max=MOST_BETWEEN, message=_("Give a whole number between 0 and 100,000.")),
        ],
    )
    retrain_minutes = IntegerField(
        _("Minutes between two trainings at least"),
        validators=[
            InputRequired(_("Give a whole number between 0 and 10,080.")),
            NumberRange(min=0, max=LONGEST_BETWEEN, message=_("Give a whole number between 0 and 10,080.")),
        ],
    )
    masked = SelectMultipleField(
        _("Hidden from annotators"),
        choices=[
            SelectChoice("outlet", _("The outlet")),
            SelectChoice("author", _("The by-line")),
            SelectChoice("speaker", _("Speakers and their roles")),
            SelectChoice("names", _("The names of all three inside titles and texts")),
        ],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )


@cache
def builtin_titles() -> dict[str, str]:
    """Return the titles of the built-in codebooks by name, the default first."""
    # Reading YAML is not needed for any other page, so it is not imported at start.
    from annotator.codebook.builtin import builtin_codebooks
    from annotator.codebook.reading import read_codebook

    return {name: read_codebook(text, name=name).name for name, text in builtin_codebooks().items()}


def decoded(content: bytes, name: str) -> str:
    """Return the text of an uploaded codebook file.

    Raises
    ------
    InvalidInputError
        If it is too large or not UTF-8.
    """
    if len(content) > MAX_CODEBOOK_BYTES:
        raise InvalidInputError(say("{file} is larger than a codebook can be (1 MB).", file=name))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidInputError(
            say("{file}, line {line}: the file is not UTF-8; save it in that encoding.", file=name, line=line)
        ) from error
