"""Forms of the codebook's draft: its words, a question, a label, its file, and what happens when it is published."""

from pathlib import PurePath
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from annotator.codebook.values import Codebook, Label, Question
from annotator.web.forms.projects import MAX_CODEBOOK_BYTES, decoded

MAX_NAME = 120
MAX_TEXT = 10_000
MAX_GUIDELINES = 100_000
_NAMED = (DataRequired(_("Give it a name.")), Length(max=MAX_NAME))
_TYPES = (
    SelectChoice("stance", _("stance: for or against each target")),
    SelectChoice("choice", _("choice: one label")),
    SelectChoice("choices", _("choices: any number of labels")),
    SelectChoice("scale", _("scale: labels in an order")),
    SelectChoice("spans", _("spans: words are marked")),
)
_UNITS = (SelectChoice("sentence", _("every sentence")), SelectChoice("document", _("the whole text")))
_LEVELS = (
    SelectChoice("nominal", _("nominal: labels differ")),
    SelectChoice("ordinal", _("ordinal: labels have an order")),
    SelectChoice("interval", _("interval: numbers with equal steps")),
    SelectChoice("ratio", _("ratio: numbers from a true zero")),
)


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _text(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").strip()


class DraftForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """What every change of the draft says: which revision was on the page, and what is changed."""

    revision = IntegerField(validators=[InputRequired(_("The page has no revision; reload it."))])
    question = HiddenField(default="")
    label = HiddenField(default="")

    def values(self) -> dict[str, Any]:
        """Return what was filled in, as the codebook takes it."""
        return {}


class WordsForm(DraftForm):
    """The codebook's own words."""

    name = StringField(_("Name"), validators=_NAMED, filters=[_line])
    description = TextAreaField(_("Description"), validators=[Length(max=MAX_TEXT)], filters=[_text])
    source = TextAreaField(
        _("Source"), description=_("Whose definitions these are."), validators=[Length(max=MAX_TEXT)], filters=[_text]
    )
    guidelines = TextAreaField(
        _("Guidelines"),
        description=_("How to go about it, in Markdown: paragraphs, lists, **bold**, links."),
        validators=[Length(max=MAX_GUIDELINES)],
        filters=[_text],
    )

    def values(self) -> dict[str, Any]:
        """Return what was filled in, as the codebook takes it."""
        return {name: self[name].data for name in ("name", "description", "source", "guidelines")}


class NewQuestionForm(DraftForm):
    """A question that is added; its labels follow."""

    name = StringField(_("Name"), validators=_NAMED, filters=[_line])
    type = SelectField(_("Type"), choices=_TYPES, default="choice")
    unit = SelectField(_("Asked of"), choices=_UNITS, default="sentence")

    def values(self) -> dict[str, Any]:
        """Return what was filled in, as the codebook takes it."""
        return {"name": self.name.data, "type": self.type.data, "unit": self.unit.data}


class QuestionForm(NewQuestionForm):
    """One question."""

    level = SelectField(_("Level of measurement"), choices=_LEVELS, default="nominal")
    text = TextAreaField(
        _("What is asked"), description=_("Markdown."), validators=[Length(max=MAX_TEXT)], filters=[_text]
    )
    required = BooleanField(_("Must be answered before the page goes on by itself"))

    def values(self) -> dict[str, Any]:
        """Return what was filled in, as the codebook takes it."""
        more = {name: self[name].data for name in ("level", "text", "required")}
        return {**super().values(), **more}


class NewLabelForm(DraftForm):
    """The name of a label that is added, or that takes over part of another."""

    name = StringField(lazy_pgettext("of a label", "Name"), validators=_NAMED, filters=[_line])

    def values(self) -> dict[str, Any]:
        """Return what was filled in, as the codebook takes it."""
        return {"name": self.name.data}


class LabelForm(NewLabelForm):
    """One label."""

    key = StringField(_("Key"), description=_("Empty: one is found."), filters=[_line], validators=[Length(max=20)])
    colour = StringField(
        _("Colour"),
        description=_("Such as #1f6fb2; empty: one is found."),
        filters=[_line],
        validators=[Length(max=20)],
    )
    definition = TextAreaField(
        _("Definition"), description=_("Markdown."), validators=[Length(max=MAX_TEXT)], filters=[_text]
    )
    examples = TextAreaField(_("Examples"), description=_("One a line."), validators=[Length(max=MAX_GUIDELINES)])
    counter_examples = TextAreaField(
        _("Counter-examples"), description=_("One a line."), validators=[Length(max=MAX_GUIDELINES)]
    )
    frame = StringField(
        _("Frame"), description=_("Items of one frame roll up into it."), filters=[_line], validators=[Length(max=120)]
    )
    exclusive = BooleanField(_("Given alone: excludes the other labels"))

    def values(self) -> dict[str, Any]:
        """Return what was filled in, as the codebook takes it."""
        return {
            "name": self.name.data,
            "key": self.key.data.lower() or None,
            "colour": self.colour.data.lower() or None,
            "definition": self.definition.data,
            "examples": _lines(self.examples.data),
            "counter_examples": _lines(self.counter_examples.data),
            "frame": self.frame.data or None,
            "exclusive": self.exclusive.data,
        }


class MoveForm(DraftForm):
    """A step up or down."""

    by = IntegerField(default=0, validators=[InputRequired()])


class IntoForm(DraftForm):
    """The label that takes another's place."""

    into = StringField(validators=[DataRequired(_("Choose the label that takes its place."))])


class ExampleForm(DraftForm):
    """A sentence that becomes an example."""

    text = StringField(validators=[DataRequired(), Length(max=MAX_TEXT)], filters=[_line])


class FileForm(DraftForm):
    """The draft as a file: typed in, or uploaded."""

    source = TextAreaField(_("The draft as YAML"))
    file = FileField(_("Or upload a file"))

    def text(self) -> str:
        """Return the file's text: what was uploaded, else what was typed in.

        Raises
        ------
        InvalidInputError
            If the file is too large or not UTF-8.
        """
        upload = self.file.data
        if upload and upload.filename:
            return decoded(upload.read(MAX_CODEBOOK_BYTES + 1), PurePath(upload.filename).name)
        return self.source.data or ""


class PublishForm(DraftForm):
    """What the dry run showed, and the choices made of it."""

    base = IntegerField(validators=[InputRequired(_("The page has no version; reload it."))])
    note = TextAreaField(
        _("What changed, and why"),
        description=_("For the list of versions; everybody in the project can read it."),
        filters=[_text],
    )


def words_of(codebook: Codebook) -> dict[str, Any]:
    """Return the codebook's words as its form takes them."""
    return {name: getattr(codebook, name) for name in ("name", "description", "source", "guidelines")}


def fields_of_question(question: Question) -> dict[str, Any]:
    """Return a question as its form takes it."""
    return {name: getattr(question, name) for name in ("name", "type", "unit", "level", "text", "required")}


def fields_of_label(label: Label) -> dict[str, Any]:
    """Return a label as its form takes it."""
    same = ("name", "key", "colour", "definition", "frame", "exclusive")
    examples = {
        name: "\n".join(_line(one) for one in getattr(label, name)) for name in ("examples", "counter_examples")
    }
    return {**{name: getattr(label, name) for name in same}, **examples}


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(line for line in map(_line, (text or "").splitlines()) if line)
