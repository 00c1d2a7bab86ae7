"""Rounds: how many places they have, of which units, with which probabilities, and who labels at them."""

from collections import Counter
from math import nan
from random import Random

import pytest
from sqlalchemy import select

from annotator.db import Annotation, Assignment, Project, Round, Unit
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError
from annotator.services import drawing, managing_rounds, outlines
from annotator.services.frames import Drawn, Frame, draw_places
from annotator.services.plans import Plan
from annotator.services.suggesting import Shelf
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


#: A classifier's order in which most of the test sample would come first, and some units, of which it has no opinion,
#: not at all.
FRAME = Frame(
    {unit: unit // 7 for unit in range(40)},
    {unit: unit < 30 for unit in range(40)},
    reserved=frozenset(range(7)),
    ranked=[unit for unit in range(38, 6, -1) if unit % 5],
)
PLANS = [
    {"selection": "random", "size": 5},
    {"selection": "documents", "size": 2},
    {"selection": "stratified", "strata": "outlet", "size": 6},
    {"selection": "stratified", "strata": "outlet", "size": 6, "is_equal": True},
    {"selection": "random", "size": 6, "annotators": 2, "overlap": 0.5},
    {"selection": "mixed", "size": 12},
    {"selection": "mixed", "size": 12, "random_share": 0.5, "annotators": 2, "overlap": 0.5},
]


def far_from_what_is_stored(plan: Plan, draw=draw_places) -> dict[tuple[int, int], tuple[float, float]]:
    """Return the places (of a unit, its first or another) drawn at random more or less often than stored, or never."""
    seen: Counter[tuple[int, int]] = Counter()
    stored = {}
    for seed in range(DRAWS):
        for unit, drawn in draw(FRAME, plan, Random(seed)).items():
            for place, probability in enumerate(drawn.probabilities):
                if probability is not None:
                    seen[unit, place] += 1
                    stored[unit, place] = probability
    never = {(unit, 0): (0.0, nan) for unit in FRAME.documents if (unit, 0) not in stored}
    margins = {key: 5 * (known * (1 - known) / DRAWS) ** 0.5 for key, known in stored.items()}
    found = {key: (seen[key] / DRAWS, known) for key, known in stored.items()}
    return never | {key: both for key, both in found.items() if abs(both[0] - both[1]) > margins[key]}


@pytest.mark.parametrize("plan", PLANS)
def test_simulated_rounds_have_the_frequencies_that_are_stored(plan):
    assert far_from_what_is_stored(Plan(name="round", **plan)) == {}


def test_a_classifier_that_chooses_before_chance_does_is_caught():
    """The negative control: what it takes is then never drawn at random, and the others more often than stored."""

    def chosen_first(frame: Frame, plan: Plan, draw: Random) -> dict[int, Drawn]:
        left = [unit for unit in frame.documents if unit not in frame.ranked[:18]]
        return dict.fromkeys(draw.sample(left, 6), Drawn("random", (6 / len(frame.documents),)))

    plan = Plan(name="round", selection="mixed", size=24)
    assert far_from_what_is_stored(plan) == {}
    assert {unit for unit, _ in far_from_what_is_stored(plan, chosen_first)} == set(FRAME.documents)


@pytest.mark.parametrize("seed", range(20))
def test_a_mixed_round_is_a_quarter_chance_and_for_the_rest_what_comes_first(seed: int):
    drawn = draw_places(FRAME, Plan(name="round", selection="mixed", size=12), Random(seed))
    by_chance = {unit for unit, how in drawn.items() if how.mode == "random"}
    chosen = {unit: how.probabilities for unit, how in drawn.items() if how.mode == "margin"}
    first = [unit for unit in FRAME.ranked if unit not in by_chance][:9]
    assert (len(by_chance), chosen) == (3, dict.fromkeys(first, (None,)))
    assert not chosen.keys() & FRAME.reserved


@pytest.mark.parametrize("selection", ["margin", "rare"])
def test_what_a_classifier_chose_has_its_mode_and_no_probability(selection: str):
    plan = Plan(name="round", selection=selection, size=6, annotators=2)
    drawn = draw_places(FRAME, plan, Random(1))
    assert drawn == dict.fromkeys(FRAME.ranked[:6], Drawn(selection, (None, None)))


def test_a_search_is_stored_as_the_mode_and_has_no_probability(team: Team):
    with team.study.database.reading() as session:
        found = set(session.scalars(select(Unit.id).where(Unit.position == 3)))
    made = places(team, team.make(selection="search", criteria={"words": "prices"}))
    assert {place.unit_id for place in made} == found
    assert {(place.selection_mode, place.selection_probability) for place in made} == {("search", None)}


@pytest.mark.parametrize(
    "plan",
    [
        {"selection": "all", "annotators": 2, "overlap": 0.3},
        {"selection": "random", "size": 7, "annotators": 3},
        {"selection": "stratified", "strata": "speaker", "size": 99},
        {"selection": "documents", "size": 3},
        {"selection": "search", "criteria": {"words": "prices"}},
    ],
)
def test_a_round_comes_to_what_its_outline_says(team: Team, plan):
    shelf = Shelf(team.study.database.settings.models)
    with team.study.database.reading() as session:
        project = session.get_one(Project, team.study.project_id)
        said = outlines.outline(session, project, Plan(name="round", **plan), shelf=shelf)
    made = places(team, team.make(**plan))
    assert (said.places, said.units) == (len(made), len({place.unit_id for place in made}))


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


def test_a_place_on_what_somebody_has_not_labelled_is_not_stuck(team: Team):
    made = team.make(annotators=1, members=(code_of(team, "Ann"),))
    for unit in team.claim("Ann", count=3):
        team.answer("Ann", unit)
    with team.study.database.reading() as session:
        assert managing_rounds.out_of_reach(session, session.get_one(Round, made)) == 0
