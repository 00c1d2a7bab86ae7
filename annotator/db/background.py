"""What annotators choose to tell about themselves, apart from their labels and in no data set."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from annotator.db.base import Base, BigId, new_uuid, now


class BackgroundQuestion(Base):
    """A question about the annotators themselves, such as their age band; answering is voluntary."""

    __tablename__ = "background_question"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uuid: Mapped[str] = mapped_column(unique=True, default=new_uuid)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    text: Mapped[str]
    options: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default=now)


class BackgroundAnswer(Base):
    """What an annotator chose to tell; kept under their code, gone when they or the question go."""

    __tablename__ = "background_answer"

    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotator.id", ondelete="CASCADE"), primary_key=True)
    question_id: Mapped[int] = mapped_column(
        ForeignKey("background_question.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    option: Mapped[str]
    #: When the annotator agreed that it is kept.
    consented_at: Mapped[datetime] = mapped_column(default=now)
