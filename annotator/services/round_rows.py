"""Rounds as they travel with a data set, and back: their plan, who takes part, how a training went."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.db import Project, Round, RoundMember
from annotator.services import chain
from annotator.services.identities import named
from annotator.words import say

FILE = "project.json"
#: Columns that stand in a row as they are; older data sets lack all but the first five.
PLAIN = (
    "kind",
    "phase",
    "selection_mode",
    "places_per_unit",
    "query",
    "plan",
    "is_by_invitation",
    "quota",
    "pass_mark",
    "retest_share",
    "check_share",
)


def round_rows(session: Session, project: Project, codes: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return a project's rounds in the order in which they were made; ``codes`` are those of annotators.

    One whose making was cut off stays behind, with its checks: nobody has labelled in it.
    """
    unfinished = select(Round.id).where(Round.project_id == project.id, Round.is_ready.is_(False)).scalar_subquery()
    wanted = select(Round).where(
        Round.project_id == project.id, Round.is_ready, func.coalesce(Round.parent_id, 0).not_in(unfinished)
    )
    rounds = list(session.scalars(wanted.order_by(Round.id)))
    names = {round_.id: round_.name for round_ in rounds}
    members = session.scalars(
        select(RoundMember)
        .where(RoundMember.round_id.in_(names))
        .order_by(RoundMember.round_id, RoundMember.annotator_id)
    ).all()
    return [
        {
            "name": round_.name,
            **{name: getattr(round_, name) for name in PLAIN},
            "closed_at": chain.timestamp(round_.closed_at),
            "after": names.get(round_.after_id or 0),
            "parent": names.get(round_.parent_id or 0),
            "members": [
                {
                    "annotator": codes[member.annotator_id],
                    "score": member.score,
                    "passed_at": chain.timestamp(member.passed_at),
                }
                for member in members
                if member.round_id == round_.id
            ],
        }
        for round_ in rounds
    ]


def restore_rounds(session: Session, project: Project, about: Mapping[str, Any], codes: Mapping[str, int]) -> None:
    """Make the rounds of a data set; the project's main round is there already.

    Raises
    ------
    InvalidInputError
        If a round names another, or an annotator, that is not in the data set.
    """
    rows = about.get("rounds", [])
    known = {entry.name: entry for entry in session.scalars(select(Round).where(Round.project_id == project.id))}
    for row in rows:
        round_ = known.setdefault(row["name"], Round(project_id=project.id, name=row["name"]))
        for name in PLAIN:
            if name in row:
                setattr(round_, name, row[name])
        round_.closed_at = chain.parse_timestamp(row.get("closed_at"))
        session.add(round_)
    session.flush()
    numbers = {name: round_.id for name, round_ in known.items()}
    for row in rows:
        round_ = known[row["name"]]
        round_.after_id, round_.parent_id = (
            named(numbers, row[to], say("round"), FILE) if row.get(to) else None for to in ("after", "parent")
        )
        for member in row.get("members", ()):
            session.add(
                RoundMember(
                    round_id=round_.id,
                    annotator_id=named(codes, member["annotator"], say("annotator"), FILE),
                    score=member["score"],
                    passed_at=chain.parse_timestamp(member["passed_at"]),
                )
            )
    session.flush()
