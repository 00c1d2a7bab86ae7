"""Whether suggestions are shown is drawn in advance, for each unit and annotator, with the control share."""

from collections import Counter
from collections.abc import Iterable
from math import sqrt
from random import Random
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from annotator.db import Assignment, Document, Project, Unit
from annotator.services import arms, claiming, drawing, labelling
from annotator.services.frames import Drawn
from annotator.services.plans import Plan
from services.team import Team, code_of, make_team
from studies import make_study

SHARE = 0.2
DRAWS = 4_000


@pytest.fixture
def team(database) -> Team:
    return make_team(make_study(database, documents=40), "Ann", "Bo", "Cy")


def is_share(found: Iterable[str], share: float = SHARE) -> bool:
    """Tell whether as many are control as chance would have it, but for one time in a million."""
    counts = Counter(found)
    return abs(counts["control"] - share * counts.total()) <= 4.9 * sqrt(counts.total() * share * (1 - share))


def arms_of(team: Team, round_id: int, **where: object) -> list[str]:
    with team.study.database.reading() as session:
        query = select(Assignment.suggestion_arm).where(Assignment.round_id == round_id).filter_by(**where)
        return list(session.scalars(query.order_by(Assignment.unit_id, Assignment.place)))


def reserve(team: Team) -> None:
    with team.study.database.transaction() as session:
        session.execute(update(Document).where(Document.position == 0).values(is_reserved=True))


def drawn_by_seed(control: float = SHARE, **plan: object) -> list[list[str]]:
    """Return the arms of a unit's places, for many seeds."""
    unit = SimpleNamespace(id=1, kind="sentence", position=0, order_key=1, is_reserved=False)
    wanted = Plan(name="a", **{"annotators": 2, "has_suggestions": True, **plan})
    drawn = Drawn("all", (1.0,) * wanted.annotators)
    return [
        [place["suggestion_arm"] for place in drawing._places(unit, 1, wanted, drawn, Random(seed), control)]
        for seed in range(DRAWS)
    ]


def test_the_share_drawn_over_many_seeds_is_the_control_share():
    drawn = drawn_by_seed()
    assert is_share(arm for arms in drawn for arm in arms)


@pytest.mark.parametrize("wrong", [SHARE + 0.04, SHARE - 0.04])
def test_a_share_that_is_off_by_little_is_found(wrong):
    assert not is_share(arm for arms in drawn_by_seed(wrong) for arm in arms)


def test_the_annotators_of_a_unit_are_drawn_each_for_themselves():
    both = Counter(tuple(arms) for arms in drawn_by_seed())
    assert abs(both["control", "control"] - SHARE**2 * DRAWS) <= 4.9 * sqrt(DRAWS * SHARE**2 * (1 - SHARE**2))


def test_a_unit_that_was_chosen_is_drawn_by_unit_and_annotator():
    drawn = [[arms.is_drawn(f"d:{unit}", who, seed=7, share=SHARE) for who in "AB"] for unit in range(DRAWS)]
    for column in zip(*drawn, strict=True):
        assert is_share("control" if is_control else "shown" for is_control in column)
    assert sum(one != other for one, other in drawn) > DRAWS * SHARE


def test_a_round_with_suggestions_has_the_share_for_every_place(team: Team):
    made = team.make(annotators=3, has_suggestions=True)
    for place in (1, 2, 3):
        assert is_share(arms_of(team, made, place=place))


def test_places_added_later_are_drawn_for_themselves(team: Team):
    made = team.make(annotators=1, has_suggestions=True)
    drawing.add_annotators(team.study.database, made, 2)
    one, other = arms_of(team, made, place=1), arms_of(team, made, place=2)
    assert is_share(other)
    assert one != other


def test_a_round_without_suggestions_is_blind(team: Team):
    made = team.make(annotators=2)
    drawing.add_annotators(team.study.database, made, 3)
    assert set(arms_of(team, made)) == {"control"}


def test_the_reliability_sample_is_blind_and_stays_so(team: Team):
    made = team.make(annotators=2, overlap=0.25, has_suggestions=True)
    assert set(arms_of(team, made, place=2)) == {"control"}
    with team.study.database.reading() as session:
        shared = select(Assignment.unit_id).where(Assignment.round_id == made, Assignment.place == 2)
        units = set(session.scalars(shared))
    drawing.add_annotators(team.study.database, made, 3)
    with team.study.database.reading() as session:
        mine = (Assignment.round_id == made, Assignment.unit_id.in_(units))
        assert set(session.scalars(select(Assignment.suggestion_arm).where(*mine))) == {"control"}
    assert "shown" in arms_of(team, made, place=1)


def test_what_is_kept_for_testing_is_blind_in_every_round(team: Team):
    reserve(team)
    for number, plan in enumerate(({"has_suggestions": True}, {}, {"has_suggestions": True, "overlap": 0.5})):
        made = team.make(name=f"round {number}", annotators=2, **plan)
        drawing.add_annotators(team.study.database, made, 3)
        with team.study.database.reading() as session:
            mine = select(Unit.id).join(Document).where(Document.is_reserved)
            arms_there = select(Assignment.suggestion_arm).where(
                Assignment.round_id == made, Assignment.unit_id.in_(mine)
            )
            assert set(session.scalars(arms_there)) == {"reserved"}


def test_a_chosen_unit_without_a_free_place_shows_what_its_new_place_will(team: Team):
    reserve(team)
    with team.study.database.transaction() as session:
        session.execute(update(Assignment).values(suggestion_arm="shown"))
    with team.study.database.transaction() as session:
        for unit in team.study.units:
            claiming.claim_unit(session, team.seat_in(session, "Ann"), unit)
    found = {}
    with team.study.database.transaction() as session:
        seat = team.seat_in(session, "Bo")
        for unit in team.study.units:
            seen = labelling.view_unit(session, seat, unit).arm
            claiming.claim_unit(session, seat, unit)
            found[unit] = labelling.view_unit(session, seat, unit).arm
            assert found[unit] == seen
    assert {arm for unit, arm in found.items() if unit.startswith("d0:")} == {"reserved"}
    assert is_share(arm for unit, arm in found.items() if not unit.startswith("d0:"))


def test_no_setting_of_the_project_bends_what_was_drawn(team: Team):
    """Before, after, never: what is shown is decided when the unit is, the arm long before."""
    drawn = {}
    for timing in ("before", "after", "never"):
        with team.study.database.transaction() as session:
            session.get_one(Project, team.study.project_id).suggestion_timing = timing
        drawn[timing] = arms_of(team, team.make(name=timing, has_suggestions=True))
        assert is_share(drawn[timing])


def test_whoever_is_trained_or_checked_is_blind(team: Team):
    made = team.make(has_suggestions=True, retest_share=1.0, members=(code_of(team, "Ann"),))
    for _ in range(45):
        for unit in team.claim("Ann"):
            team.answer("Ann", unit)
    with team.study.database.reading() as session:
        checks = select(Assignment.suggestion_arm).where(Assignment.round_id != made, Assignment.is_personal)
        assert set(session.scalars(checks)) == {"control"}
