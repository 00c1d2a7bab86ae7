"""Rounds: how many places they have, of which units, with which probabilities, and who labels at them."""

from collections import Counter
from random import Random

import pytest
from sqlalchemy import select

from annotator.db import Annotation, Assignment, Round, Unit
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError
from annotator.services import drawing, managing_rounds
from annotator.services.drawing import Frame, Plan, draw_places
from services.team import Team, code_of, make_team
from studies import make_study

DRAWS = 4_000


@pytest.fixture
def team(database: Database) -> Team:
    return make_team(make_study(database, documents=4), "Ann", "Bo", "Cy")


def places(team: Team, round_id: int) -> list[Assignment]:
    with team.study.database.reading() as session:
        wanted = (
            select(Assignment).where(Assignment.round_id == round_id).order_by(Assignment.unit_id, Assignment.place)
        )
        found = list(session.scalars(wanted))
        session.expunge_all()
        return found


def close(team: Team, round_id: int) -> None:
    with team.study.database.transaction() as session:
        managing_rounds.close_round(session, session.get_one(Round, round_id))


def test_every_unit_is_labelled_by_two_and_no_unit_by_more(team: Team):
    team.make(annotators=2)
    labelled = {name: team.label_all(name) for name in team.users}
    counts = Counter(unit for units in labelled.values() for unit in units)
    assert counts == dict.fromkeys(team.study.units, 2)
    assert all(len(units) == len(set(units)) for units in labelled.values())


def test_an_overlap_share_is_labelled_by_several(team: Team):
    made = places(team, team.make(annotators=3, overlap=0.25))
    counts = Counter(place.unit_id for place in made)
    units = len(team.study.units)
    assert Counter(counts.values()) == {1: units - round(units / 4), 3: round(units / 4)}
    assert {place.selection_probability for place in made if place.place == 1} == {1.0}
    assert {place.selection_probability for place in made if place.place > 1} == {round(units / 4) / units}


@pytest.mark.parametrize(
    "plan",
    [
        {"selection": "random", "size": 5},
        {"selection": "documents", "size": 2},
        {"selection": "stratified", "strata": "outlet", "size": 6},
        {"selection": "stratified", "strata": "outlet", "size": 6, "is_equal": True},
        {"selection": "random", "size": 6, "annotators": 2, "overlap": 0.5},
    ],
)
def test_simulated_rounds_have_the_frequencies_that_are_stored(plan):
    frame = Frame({unit: unit // 7 for unit in range(40)}, {unit: unit < 30 for unit in range(40)})
    seen: Counter[tuple[int, int]] = Counter()
    stored: dict[tuple[int, int], float] = {}
    for seed in range(DRAWS):
        for unit, probabilities in draw_places(frame, Plan(name="round", **plan), Random(seed)).items():
            for place, probability in enumerate(probabilities):
                seen[unit, place] += 1
                stored[unit, place] = probability or 0
    for key, probability in stored.items():
        margin = 5 * (probability * (1 - probability) / DRAWS) ** 0.5
        assert abs(seen[key] / DRAWS - probability) <= margin, (key, seen[key] / DRAWS, probability)


def test_a_search_is_stored_as_the_mode_and_has_no_probability(team: Team):
    with team.study.database.reading() as session:
        found = tuple(session.scalars(select(Unit.id).limit(3)))
    made = places(team, team.make(found, selection="search", criteria={"words": "war"}))
    assert {place.unit_id for place in made} == set(found)
    assert {(place.selection_mode, place.selection_probability) for place in made} == {("search", None)}


def test_the_acts_keep_how_their_unit_was_selected(team: Team):
    team.make(selection="random", size=5)
    team.label_all("Ann")
    with team.study.database.reading() as session:
        acts = session.scalars(select(Annotation)).all()
    assert {(act.selection_mode, act.selection_probability) for act in acts} == {("random", 5 / len(team.study.units))}


def test_only_members_label_in_a_round_by_invitation(team: Team):
    made = team.make(members=(code_of(team, "Ann"), code_of(team, "Bo")))
    assert {team.seat(name).round_id == made for name in ("Ann", "Bo")} == {True}
    assert team.seat("Cy").is_in_main
    assert len(team.label_all("Ann")) == len(team.study.units)


def test_a_quota_ends_what_one_annotator_is_given(team: Team):
    team.make(quota=3)
    assert len(team.claim("Ann", count=10)) == 3
    assert len(team.label_all("Ann")) == 3
    assert team.claim("Bo")


def test_a_closed_round_gives_nothing_out_and_loses_nothing(team: Team):
    made = team.make()
    unit = team.claim("Ann")[0]
    close(team, made)
    assert team.seat("Ann").is_in_main
    stored = team.answer("Ann", unit)
    assert (stored.status, stored.is_late) == ("stored", False)
    with team.study.database.reading() as session:
        assert session.scalars(select(Annotation.round_id)).one() == made


def test_reading_order_goes_document_by_document_and_random_order_does_not(team: Team):
    team.make(name="in order", quota=6)
    team.make(name="random", order="random")
    by_round = {name: places(team, number) for name, number in numbers(team).items()}
    keys = {name: {place.order_key for place in made} for name, made in by_round.items()}
    assert keys["in order"] == {place.order_key for place in by_round["main"]}
    assert not keys["random"] & keys["in order"]


def numbers(team: Team) -> dict[str, int]:
    with team.study.database.reading() as session:
        return dict(session.execute(select(Round.name, Round.id)).all())


def test_more_annotators_only_add_places(team: Team):
    made = team.make(annotators=2, overlap=0.5)
    before = {(place.id, place.unit_id, place.place) for place in places(team, made)}
    added = drawing.add_annotators(team.study.database, made, 3)
    after = {(place.id, place.unit_id, place.place) for place in places(team, made)}
    assert before < after
    assert len(after) - len(before) == added
    assert Counter(unit for _, unit, _ in after).most_common()[-1][1] == 3
    with pytest.raises(InvalidInputError, match="above 3"):
        drawing.add_annotators(team.study.database, made, 3)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"name": ""}, "needs a name"),
        ({"name": "Search: x"}, "does not begin"),
        ({"annotators": 0}, "1 to 20"),
        ({"members": ("C-XXXX",), "annotators": 2}, "choose more people"),
        ({"kind": "training"}, "answer is known"),
        ({"after": "nothing"}, "no training named"),
        ({"selection": "search"}, "Nothing was found"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_explained_and_leaves_nothing(team: Team, plan, words: str):
    with pytest.raises(InvalidInputError, match=words):
        team.make(**plan)
    assert numbers(team).keys() == {"main"}


def test_a_name_is_taken_once(team: Team):
    team.make()
    with pytest.raises(ConflictError, match="already"):
        team.make()


def test_progress_names_codes_and_what_nobody_can_fill(team: Team):
    ann, bo, cy = codes = tuple(code_of(team, name) for name in team.users)
    made = team.make(annotators=3, members=codes)
    for name in ("Ann", "Bo"):
        team.label_all(name)
    with team.study.database.reading() as session:
        round_ = session.get_one(Round, made)
        stands = managing_rounds.standing(session, round_)
        people = {one.code: one.done for one in managing_rounds.participants(session, round_)}
        units = len(team.study.units)
        assert (stands.places, stands.done, stands.open) == (3 * units, 2 * units, units)
        assert people == {ann: units, bo: units, cy: 0}
        assert managing_rounds.out_of_reach(session, round_) == 0


def test_places_that_nobody_can_fill_are_counted(team: Team):
    made = team.make(annotators=2, members=(code_of(team, "Ann"), code_of(team, "Bo")))
    drawing.add_annotators(team.study.database, made, 3)
    for name in ("Ann", "Bo"):
        team.label_all(name)
    with team.study.database.reading() as session:
        assert managing_rounds.out_of_reach(session, session.get_one(Round, made)) == len(team.study.units)
