"""The forms of rounds: a new one, and more annotators for one that is there."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput

from annotator.services.choosing import Offer
from annotator.services.criteria import Criteria
from annotator.services.plans import BY_CLASSIFIER, MAX_NAME, MAX_PLACES, MIXED, RANDOM_SHARE, RARE, Plan
from annotator.services.trainings import KIND as TRAINING

MOST_UNITS = 1_000_000


def _number(label: Any, least: int, most: int, **more: Any) -> IntegerField:
    message = _("Give a whole number from %(least)s to %(most)s.", least=least, most=most)
    validators = [NumberRange(min=least, max=most, message=message)]
    first = InputRequired(message) if "default" in more else Optional()
    return IntegerField(label, validators=[first, *validators], **more)


class RoundForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """Which units, how many annotators for each, who, in what order."""

    name = StringField(_("Name"), validators=[DataRequired(_("Give the round a name.")), Length(max=MAX_NAME)])
    kind = RadioField(
        _("What is it for?"),
        choices=[
            SelectChoice("main", _("Coding: the labels are the study’s data")),
            SelectChoice("pilot", _("Pilot: to try the codebook; the labels stay apart from the data")),
            SelectChoice(
                TRAINING,
                _("Training: sentences whose answer is known; annotators are told at once whether they met it"),
            ),
        ],
        default="main",
    )
    phase = RadioField(
        _("What do annotators see of each other?"),
        choices=[
            SelectChoice("blind", _("Nothing, until the round is closed")),
            SelectChoice("open", _("Everything")),
        ],
        default="blind",
    )
    selection = RadioField(
        _("Which sentences?"),
        choices=[
            SelectChoice("random", _("A number of sentences at random")),
            SelectChoice("stratified", _("A number of sentences at random, in every group")),
            SelectChoice("documents", _("A number of whole documents at random")),
            SelectChoice("search", _("Those in which words are found")),
            SelectChoice(MIXED, _("A number of sentences the classifier is least sure of, and some at random")),
            SelectChoice("margin", _("A number of sentences the classifier is least sure of")),
            SelectChoice(RARE, _("A number of sentences that most probably have a label, to find a rare one")),
            SelectChoice("all", _("All")),
        ],
        default="random",
    )
    size = _number(_("How many?"), 1, MOST_UNITS)
    strata = SelectField(
        _("Groups"),
        choices=[
            SelectChoice("outlet", _("outlets")),
            SelectChoice("month", _("months")),
            SelectChoice("speaker", _("speakers")),
        ],
    )
    is_equal = BooleanField(_("As many from each group, however large it is"))
    # What is offered depends on the kind of choice; what none can choose is refused when the round is made.
    question = SelectField(_("Classifier for the question"), validate_choice=False)
    label = SelectField(_("Label looked for"), validate_choice=False)
    random_share = _number(_("Share drawn at random, in percent"), 1, 99, default=round(100 * RANDOM_SHARE))
    words = StringField(_("Words"), validators=[Length(max=200)])
    annotators = _number(_("Annotators for a sentence"), 1, MAX_PLACES, default=2)
    overlap = _number(_("Share with so many, in percent"), 1, 100, default=100)
    order = SelectField(
        _("Order"),
        choices=[
            SelectChoice("document", _("document by document, as they are read")),
            SelectChoice("random", _("sentences at random")),
        ],
    )
    members = SelectMultipleField(_("Who takes part?"), option_widget=CheckboxInput())
    quota = _number(_("Most sentences for one annotator"), 1, MOST_UNITS)
    after = SelectField(_("Only after passing this training"))
    pass_mark = _number(_("Pass mark, in percent"), 1, 100)
    retest = _number(_("Own sentences again, in percent"), 0, 50, default=0)
    check = _number(_("Sentences with a known answer in between, in percent"), 0, 50, default=0)
    has_suggestions = BooleanField(_("Show suggestions as the project does"))

    def __init__(
        self, people: Sequence[tuple[str, str]], trainings: Sequence[str], offers: Sequence[Offer] = (), **given: Any
    ) -> None:
        """Offer these people, by uuid and what they are called, these trainings, and these questions' classifiers."""
        super().__init__(**given)
        self.question.choices = [SelectChoice(one.question, one.name) for one in offers]
        self.label.choices = [
            SelectChoice(f"{one.question}:{label}", name, optgroup=one.name)
            for one in offers
            for label, name in one.labels
        ]
        if not offers:
            for name in ("question", "label", "random_share"):
                del self[name]
            kept = [choice for choice in self.selection.choices if choice.value not in BY_CLASSIFIER]
            self.selection.choices = kept
        self.members.choices = [SelectChoice(uuid, shown) for uuid, shown in people]
        self.after.choices = [SelectChoice("", _("none")), *(SelectChoice(name, name) for name in trainings)]

    @property
    def can_be_drawn(self) -> bool:
        """Whether nothing but the name is wrong, so that it can be said what the round would come to."""
        return not {*self.errors} - {"name"}

    @property
    def has_rare_problems(self) -> bool:
        """Whether something is wrong with what few change, which is folded away."""
        return any(field.errors for field in (self.order, self.quota, self.retest, self.check, self.has_suggestions))

    def plan(self) -> Plan:
        """Return what was asked for, with uuids in place of codes.

        What does not belong to the kind of round is left out, whatever was typed.
        """
        selection = self.selection.data
        is_training = self.kind.data == TRAINING
        return Plan(
            name=" ".join((self.name.data or "").split()),
            kind=self.kind.data,
            phase="blind" if is_training else self.phase.data,
            selection=selection,
            size=None if selection in ("all", "search") else self.size.data,
            strata=self.strata.data if selection == "stratified" else None,
            is_equal=selection == "stratified" and self.is_equal.data,
            question=self._question(),
            label=self.label.data.partition(":")[2] if selection == RARE else None,
            random_share=self.random_share.data / 100 if selection == MIXED else RANDOM_SHARE,
            criteria=Criteria(words=self.words.data or "").as_dict() if selection == "search" else None,
            annotators=1 if is_training else self.annotators.data,
            overlap=self.overlap.data / 100,
            order=self.order.data,
            members=tuple(self.members.data or ()),
            quota=None if is_training else self.quota.data,
            after=None if is_training else self.after.data or None,
            pass_mark=(self.pass_mark.data or 0) / 100 if is_training else None,
            retest_share=0.0 if is_training else self.retest.data / 100,
            check_share=0.0 if is_training else self.check.data / 100,
            has_suggestions=self.has_suggestions.data and not is_training,
        )

    def _question(self) -> str | None:
        """Return whose classifier chooses; a label says so by itself."""
        if self.selection.data not in BY_CLASSIFIER:
            return None
        asked: str = self.label.data.partition(":")[0] if self.selection.data == RARE else self.question.data
        return asked


class AnnotatorsForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """How many annotators a sentence has from now on."""

    annotators = _number(_("Annotators for a sentence"), 2, MAX_PLACES, default=2)
