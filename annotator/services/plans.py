"""What an owner wants of a round: which units, how many annotators for each, who, in what order."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Project, Round
from annotator.errors import ConflictError, InvalidInputError
from annotator.services import trainings
from annotator.services.seats import OWN_PREFIXES
from annotator.words import say

MAX_NAME = 60
MAX_PLACES = 20
#: A training is read sentence by sentence, with a word on each.
MAX_TRAINING = 300
#: What the classifier chooses: where it is least sure, part of that and part at random, what is most likely a label.
MARGIN, MIXED, RARE = "margin", "mixed", "rare"
BY_CLASSIFIER = (MIXED, MARGIN, RARE)
#: The share drawn at random where the classifier chooses the rest.
RANDOM_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an owner wants of a round; shares lie between 0 and 1."""

    name: str
    kind: str = "main"
    phase: str = "blind"
    selection: str = "random"
    #: How many units (or documents, with "documents"); None for all.
    size: int | None = None
    strata: str | None = None
    is_equal: bool = False
    #: What was searched for, with "search".
    criteria: dict[str, Any] | None = None
    #: Whose classifier chooses, by the question's id, and with "rare" which label is looked for.
    question: str | None = None
    label: str | None = None
    #: The number of that classifier, once the round is being made.
    classifier: int | None = None
    #: How much of a "mixed" round is drawn at random.
    random_share: float = RANDOM_SHARE
    annotators: int = 1
    #: The share of units that so many annotators label; the others have one.
    overlap: float = 1.0
    order: str = "document"
    #: Codes of those who take part; empty for everybody.
    members: tuple[str, ...] = ()
    quota: int | None = None
    after: str | None = None
    pass_mark: float | None = None
    retest_share: float = 0.0
    check_share: float = 0.0
    has_suggestions: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the plan to be kept with its round."""
        return {**asdict(self), "members": list(self.members)}

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Plan":
        """Return what ``as_dict`` gave."""
        known = {field.name: kept[field.name] for field in fields(cls) if field.name in kept}
        return cls(**{**known, "members": tuple(kept["members"])})

    @property
    def is_training(self) -> bool:
        """Whether everybody labels all of it and is told what is right."""
        return self.kind == trainings.KIND

    @property
    def is_by_classifier(self) -> bool:
        """Whether a classifier chooses any of the units."""
        return self.selection in BY_CLASSIFIER


def check_plan(session: Session, project: Project, plan: Plan) -> None:
    """Make sure that a plan has a name of its own and asks for no more people than there can be.

    Raises
    ------
    InvalidInputError
        If it does not; the sentence says why.
    ConflictError
        If there is a round of that name.
    """
    taken = next((prefix for prefix in OWN_PREFIXES if plan.name.startswith(prefix)), None)
    if not plan.name or len(plan.name) > MAX_NAME or taken is not None:
        raise InvalidInputError(
            say(
                "A round needs a name of 1 to {most} characters that does not begin with “{taken}”.",
                most=MAX_NAME,
                taken=(taken or OWN_PREFIXES[0]).strip(),
            )
        )
    if session.scalar(select(Round.id).where(Round.project_id == project.id, Round.name == plan.name)) is not None:
        raise ConflictError(say("There is a round named “{name}” already; choose another name.", name=plan.name))
    if not 1 <= plan.annotators <= MAX_PLACES:
        raise InvalidInputError(say("A sentence can have 1 to {most} annotators.", most=MAX_PLACES))
    if plan.members and len(plan.members) < plan.annotators:
        raise InvalidInputError(
            say("{wanted} annotators for a sentence are more than the {there} who take part; choose more people.",
                wanted=plan.annotators, there=len(plan.members))
        )  # fmt: skip


def training_of(session: Session, project: Project, plan: Plan) -> int | None:
    """Return the number of the training that has to be passed before, if there is to be one.

    Raises
    ------
    InvalidInputError
        If there is none of that name.
    """
    if plan.after is None:
        return None
    named = (Round.project_id == project.id, Round.name == plan.after, Round.kind == trainings.KIND)
    found = session.scalar(select(Round.id).where(*named))
    if found is None:
        raise InvalidInputError(say("There is no training named “{name}”.", name=plan.after))
    return found


def nothing_to_draw(plan: Plan) -> InvalidInputError:
    """Return what to say where a plan comes to no sentence at all."""
    if plan.is_training:
        return InvalidInputError(
            say("A training needs sentences whose answer is known: adjudicate some, or import gold labels.")
        )
    if plan.selection == "search":
        return InvalidInputError(say("Nothing was found by this search; look at its criteria."))
    if plan.is_by_classifier:
        return InvalidInputError(say("There is no sentence left that the classifier could choose."))
    return InvalidInputError(say("There is nothing to draw from; import documents first."))
