"""Records: tables as classes, without rules."""

from annotator.db.annotations import (
    Annotation,
    Answer,
    Assignment,
    ChainHead,
    CurrentAnnotation,
    Round,
    RoundMember,
    Tally,
)
from annotator.db.background import BackgroundAnswer, BackgroundQuestion
from annotator.db.base import Base
from annotator.db.classifiers import Classifier, Doubt
from annotator.db.codebooks import CodebookDraft, CodebookVersion, Label, Publication, Question
from annotator.db.corpus import (
    Document,
    DocumentSpeaker,
    DuplicateBand,
    ImportBatch,
    Original,
    Project,
    Speaker,
    Target,
    Turn,
    Unit,
)
from annotator.db.jobs import Job
from annotator.db.people import (
    Annotator,
    Event,
    Invitation,
    Membership,
    SignInLimit,
    SignInLink,
    User,
    UserSession,
)

__all__ = [
    "Annotation",
    "Annotator",
    "Answer",
    "Assignment",
    "BackgroundAnswer",
    "BackgroundQuestion",
    "Base",
    "ChainHead",
    "Classifier",
    "CodebookDraft",
    "CodebookVersion",
    "CurrentAnnotation",
    "Document",
    "DocumentSpeaker",
    "Doubt",
    "DuplicateBand",
    "Event",
    "ImportBatch",
    "Invitation",
    "Job",
    "Label",
    "Membership",
    "Original",
    "Project",
    "Publication",
    "Question",
    "Round",
    "RoundMember",
    "SignInLimit",
    "SignInLink",
    "Speaker",
    "Tally",
    "Target",
    "Turn",
    "Unit",
    "User",
    "UserSession",
]
