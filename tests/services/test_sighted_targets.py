"""Where sentences name targets: by one rule when it is learned from and when something is suggested."""

import pytest
from sqlalchemy import select

from annotator.db import Annotator, Project, Target
from annotator.db.engines import Database
from annotator.learning.values import Example
from annotator.services import projects
from annotator.services.named_targets import Namer
from annotator.services.sighted_targets import Naming, naming
from annotator.services.votes import Material
from studies import Study, make_study

CODEBOOK = """
name: Names
targets: [{name: Trump}, {name: Trump Tower}, {name: Merkel}]
questions: [{id: stance, name: stance, type: stance, labels: [{name: favor}, {name: against}]}]
"""


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database, codebook=CODEBOOK)


def add_own(study: Study, code: str, name: str) -> str:
    """Add a target that is one annotator's own."""
    seat = study.seat(code)
    with study.database.transaction() as session:
        annotator = session.get_one(Annotator, seat.annotator_id)
        project = session.get_one(Project, study.project_id)
        return projects.add_target(session, project, name, annotator=annotator).uuid


def naming_for(study: Study, code: str) -> Naming:
    seat = study.seat(code)
    with study.database.reading() as session:
        return naming(session, study.project_id, seat)


def learned(study: Study, text: str, *targets: str) -> list[str | None]:
    """Return what the mention of each target says, as classifiers learn it."""
    examples = tuple(Example(text, "d0", ("favor",), target) for target in targets)
    with study.database.reading() as session:
        found = Namer(session, study.project_id).material(Material(examples, "majority", "majority", 0, 0))
    return [one.mention and text[slice(*one.mention)] for one in found.examples]


def test_a_target_of_somebodys_own_takes_no_mention_away_from_one_that_all_see(study: Study):
    own = add_own(study, "A", "President Trump")
    trump, text = study.targets[0], "Yesterday President Trump lied."
    assert learned(study, text, trump, own) == ["Trump", "President Trump"]
    assert naming_for(study, "A").places(text) == {own: (10, 25), trump: (20, 25)}
    assert naming_for(study, "B").places(text) == {trump: (20, 25)}


def test_the_same_name_added_by_two_annotators_is_found_for_both(study: Study):
    first, second = add_own(study, "A", "Ms Merkel"), add_own(study, "B", "Ms Merkel")
    assert learned(study, "Ms Merkel left.", first, second, study.targets[2]) == ["Ms Merkel", "Ms Merkel", "Merkel"]


def test_a_name_of_ones_own_is_not_found_inside_a_longer_one_that_all_see(study: Study):
    own = add_own(study, "A", "Tower")
    assert learned(study, "Trump Tower stands; the Tower stays.", own) == ["Tower"]
    assert naming_for(study, "A").places("Trump Tower stands.") == {study.targets[1]: (0, 11)}


def test_of_two_mentions_the_one_inside_a_longer_name_does_not_count(study: Study):
    trump, tower, _ = study.targets
    text = "At Trump Tower nobody cheered Trump."
    assert naming_for(study, "B").places(text) == {tower: (3, 14), trump: (30, 35)}
    assert learned(study, text, trump) == ["Trump"]
    assert learned(study, "At Trump Tower nobody cheered.", trump) == [None]


def test_an_accepted_target_counts_like_any_other(study: Study):
    own = add_own(study, "A", "President Trump")
    with study.database.transaction() as session:
        project = session.get_one(Project, study.project_id)
        session.scalars(select(Target).where(Target.uuid == own)).one().accepted_at = project.created_at
    assert learned(study, "President Trump lied.", study.targets[0], own) == [None, "President Trump"]
