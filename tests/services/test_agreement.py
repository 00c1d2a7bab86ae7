import numpy as np
import pytest
from sqlalchemy import func, select, true, update

from annotator.db import Annotation, Document, Project, Round, Target, Unit
from annotator.db.base import now
from annotator.errors import NotFoundError
from annotator.services import agreement, codebooks
from annotator.services.agreement import Agreement, gold_rows, label_rows, pair_rows, question_row
from annotator.services.agreement_disputes import disputes
from annotator.services.agreement_page import Choice, read_page
from annotator.services.agreement_parts import Parts
from annotator.services.agreement_records import TABLE, as_record, as_table
from annotator.services.agreement_remarks import as_decimal
from annotator.services.figures import MANY_PAIRS, NO_PAIRS, ONE_DOCUMENT, SAME_LABEL
from studies import CODEBOOK, SECOND_CODEBOOK, Study, make_study


@pytest.fixture
def study(database) -> Study:
    return make_study(database, documents=3)


def give(study: Study, who: str, *answers, kind="main", first=0, **act) -> None:
    """Let somebody answer about one unit after the other; None leaves one out."""
    seat = study.seat(who, kind=kind)
    for unit, answer in zip(study.units[first:], answers, strict=False):
        if answer is not None:
            study.record(seat, unit=unit, answers=answer, **act)


def topics(study: Study, who: str, *labels, **options) -> None:
    give(study, who, *(label and {"topic": label} for label in labels), **options)


def read(session, study: Study) -> Agreement:
    return agreement.agreement_of(session, session.get_one(Project, study.project_id))


def question(study: Study, name: str):
    with study.database.reading() as session:
        found = read(session, study)
        return question_row(found, found.find(name))


def test_a_choice_counts_what_two_have_labelled(study):
    topics(study, "A", "war", "war", "trade", "other")
    topics(study, "B", "war", "trade", "trade", None, "war")
    row = question(study, "topic")
    assert (row.basis.units, row.basis.annotators, row.basis.values) == (3, 2, 6)
    # Coincidences: war 2, trade 2, one pair apart; by hand.
    assert row.figures["alpha"].value == pytest.approx(1 - 5 * 2 / (36 - 9 - 9))
    assert row.figures["percent"].value == pytest.approx(2 / 3)


def test_only_the_act_that_counts_is_read(study):
    topics(study, "A", "war", "war")
    topics(study, "B", "trade", "war")
    topics(study, "B", "war")
    assert question(study, "topic").figures["percent"].value == 1


def test_a_target_that_was_offered_and_got_no_stance_is_not_at_issue(study):
    russia, ukraine = study.targets
    favor = {"target": russia, "holder": {"kind": "author"}, "label": "favor"}
    both = {"targets_offered": [russia, ukraine]}
    give(study, "A", {"stance": [favor], **both}, {"stance": [favor], **both})
    give(study, "B", {"stance": [favor], **both}, {"stance": [], **both})
    row = question(study, "stance")
    assert row.basis.values == 8
    assert {target.name: target.figures["percent"].value for target in row.targets} == {"Russia": 0.5, "Ukraine": 1}
    with study.database.reading() as session:
        found = read(session, study)
        names = {label.name: label.share for label in label_rows(found.ratings(found.find("stance")))}
    assert names == {"favor": 3 / 8, "not at issue": 5 / 8}


def test_a_target_nobody_offered_is_missing(study):
    russia, ukraine = study.targets
    stance = {"target": russia, "holder": {"kind": "author"}, "label": "favor"}
    give(study, "A", {"stance": [stance], "targets_offered": [russia]})
    give(study, "B", {"stance": [], "targets_offered": [ukraine]})
    assert question(study, "stance").figures["alpha"].reason == NO_PAIRS


def test_stances_of_several_holders_are_one_value(study):
    russia = study.targets[0]
    author = {"target": russia, "holder": {"kind": "author"}, "label": "neither"}
    other = {"target": russia, "holder": {"kind": "reported", "name": "Ulgen"}, "label": "against"}
    give(study, "A", {"stance": [author, other], "targets_offered": [russia]})
    give(study, "B", {"stance": [other, author], "targets_offered": [russia]})
    with study.database.reading() as session:
        found = read(session, study)
        ratings = found.ratings(found.find("stance"))
    assert question(study, "stance").figures["percent"].value == 1
    assert ratings.names[ratings.values[0, 0]] == "against + neither"


def test_merged_targets_are_one(study):
    russia, ukraine = study.targets
    favor = {"holder": {"kind": "author"}, "label": "favor"}
    give(study, "A", {"stance": [{"target": russia, **favor}], "targets_offered": [russia]})
    give(study, "B", {"stance": [{"target": ukraine, **favor}], "targets_offered": [ukraine]})
    with study.database.transaction() as session:
        one, other = session.scalars(select(Target).order_by(Target.id)).all()
        other.merged_into_id = one.id
    assert question(study, "stance").figures["percent"].value == 1


def test_sets_have_both_distances_and_each_label_its_own_figures(study):
    give(study, "A", {"frames": ["economic", "moral"]}, {"frames": ["economic"]}, {"frames": []}, {"frames": ["moral"]})
    give(study, "B", {"frames": ["economic"]}, {"frames": ["economic"]}, {"frames": []}, {"frames": ["economic"]})
    row = question(study, "frames")
    assert row.alpha == "MASI"
    assert row.figures["alpha"].value < row.figures["alpha_jaccard"].value
    assert row.figures["percent"].value == 0.5
    with study.database.reading() as session:
        found = read(session, study)
        labels = {one.name: one for one in label_rows(found.ratings(found.find("frames")))}
    assert labels["economic"].figures["percent"].value == 0.75
    assert labels["moral"].share == 2 / 8


def test_scales_are_ordinal(study):
    give(study, "A", *({"strength": label} for label in ("weak", "middling", "strong", "weak")))
    give(study, "B", *({"strength": label} for label in ("middling", "middling", "strong", "weak")))
    row = question(study, "strength")
    assert row.alpha == "ordinal"
    assert row.figures["alpha"].value > row.figures["fleiss_kappa"].value


def test_marked_words_are_compared_by_character(study):
    give(study, "A", {"loaded": [{"start": 0, "end": 6}]}, {"loaded": []})
    give(study, "B", {"loaded": [{"start": 0, "end": 4}]}, {"loaded": []})
    row = question(study, "loaded")
    with study.database.reading() as session:
        lengths = session.scalars(select(Unit.end - Unit.start).where(Unit.external_id.in_(study.units[:2]))).all()
    assert row.alpha == "by character"
    assert row.basis.values == 2 * sum(lengths)
    assert row.figures["percent"].value == pytest.approx(1 - 2 / sum(lengths))


def test_what_is_undefined_says_why(study):
    assert question(study, "topic").figures["alpha"].reason == NO_PAIRS
    topics(study, "A", "war", "war")
    topics(study, "B", "war", "war")
    figures = question(study, "topic").figures
    assert figures["alpha"].reason == figures["cohen_kappa"].reason == SAME_LABEL
    assert (figures["ac1"].value, figures["percent"].value) == (1, 1)
    assert figures["percent"].reason == ONE_DOCUMENT


def test_the_mean_of_very_many_pairs_says_why_it_has_no_interval(study):
    for number in range(13):
        topics(study, f"N{number:02}", "war", "trade", "war", *["trade"] * 9)
    topics(study, "N00", "trade")
    figures = question(study, "topic").figures
    assert figures["cohen_kappa"].value is not None
    assert (figures["cohen_kappa"].low, figures["cohen_kappa"].jackknife) == (None, None)
    assert figures["cohen_kappa"].reason == MANY_PAIRS
    assert figures["alpha"].reason is None


def test_every_coefficient_has_both_intervals_where_there_are_documents_enough(study):
    topics(study, "A", "war", "war", "trade", "other", "war", "trade", "trade", "war", "other")
    topics(study, "B", "war", "trade", "trade", "other", "trade", "trade", "war", "war", "other")
    topics(study, "C", "war", "war", "trade", "war", "war", "trade", "trade", "war", "other")
    figures = question(study, "topic").figures
    assert figures.keys() == {"alpha", "cohen_kappa", "fleiss_kappa", "ac1", "percent"}
    for figure in figures.values():
        assert figure.low <= figure.value <= figure.high
        assert figure.jackknife[0] < figure.value < figure.jackknife[1]


def test_no_interval_reaches_beyond_what_a_coefficient_can_be(study):
    topics(study, "A", "war", "trade", "war", "trade", "war", "trade", "war", "trade")
    topics(study, "B", "war", "trade", "war", "trade", "trade", "war", "trade", "war")
    figures = question(study, "topic").figures
    assert figures["percent"].jackknife == (0, 1)
    assert figures["alpha"].jackknife == (-1, 1)


def test_every_pair_has_its_own_figures(study):
    topics(study, "A", "war", "trade", "war", "other")
    topics(study, "B", "war", "trade", "war", "other")
    topics(study, "C", "trade", "war", None, "other")
    with study.database.reading() as session:
        found = read(session, study)
        pairs = {row.annotators: row for row in pair_rows(found.shared, found.ratings(found.find("topic")))}
    assert {names: row.units for names, row in pairs.items()} == {
        ("C-A", "C-B"): 4,
        ("C-A", "C-C"): 3,
        ("C-B", "C-C"): 3,
    }
    assert pairs["C-A", "C-B"].figures["cohen_kappa"].value == 1
    assert pairs["C-A", "C-C"].figures["percent"].value == pytest.approx(1 / 3)


def test_each_annotator_is_compared_with_gold(study):
    topics(study, "A", "war", "trade", "war")
    topics(study, "B", "war", "war", "war")
    topics(study, "judge", "war", "trade", "trade", kind="adjudication")
    with study.database.reading() as session:
        found = read(session, study)
        rows = gold_rows(found, found.subject(found.find("topic")))
        shares = {row.name: row.figures["percent"].value for row in rows}
    assert shares == {"C-A": pytest.approx(2 / 3), "C-B": pytest.approx(1 / 3)}
    assert question(study, "topic").basis.annotators == 2


def test_other_kinds_of_acts_and_withdrawn_units_are_left_out(study):
    topics(study, "A", "war", "trade", "war")
    topics(study, "B", "war", "trade", "trade")
    topics(study, "C", "other", "other", kind="training")
    with study.database.transaction() as session:
        session.execute(update(Unit).where(Unit.external_id == study.units[0]).values(withdrawn_at=now()))
    row = question(study, "topic")
    assert (row.basis.units, row.basis.annotators) == (2, 2)


def test_retired_labels_keep_their_place_and_versions_are_told_apart(study):
    topics(study, "A", "war", "other")
    topics(study, "B", "trade", "other")
    with study.database.transaction() as session:
        codebooks.publish_codebook(session, session.get_one(Project, study.project_id), SECOND_CODEBOOK)
    topics(study, "A", "war", "trade", first=2, codebook=2)
    topics(study, "B", "war", "trade", first=2, codebook=2)
    with study.database.reading() as session:
        found = read(session, study)
        ratings = found.ratings(found.find("topic"))
        assert ratings.names == ("armed conflict", "trade", "other")
        parts = {part.by: part for part in Parts(found, ratings).all(("percent",))}
    assert [(row.name, row.figures["percent"].value) for row in parts["version"].rows] == [
        ("version 1", 0.5),
        ("version 2", 1),
    ]


def test_labels_that_were_merged_are_one(study):
    topics(study, "A", "war", "trade", "other")
    topics(study, "B", "trade", "trade", "other")
    assert question(study, "topic").figures["percent"].value == pytest.approx(2 / 3)
    merged = CODEBOOK.replace("{name: war}, {name: trade}", "{name: war, replaces: [trade]}")
    with study.database.transaction() as session:
        project = session.get_one(Project, study.project_id)
        codebooks.publish_codebook(session, project, merged, choices={"topic/trade": "convert"})
    assert question(study, "topic").figures["percent"].value == 1


def test_it_is_divided_by_outlet_speaker_round_and_time(study):
    for who in ("A", "B"):
        topics(study, who, *["war", "trade", "other", "war"] * 3)
    with study.database.transaction() as session:
        session.execute(update(Document).where(Document.external_id == "d0").values(outlet="NPR"))
    with study.database.reading() as session:
        found = read(session, study)
        made = Parts(found, found.ratings(found.find("topic")))
        outlets = {part.by: part for part in made.all(("percent",))}["outlet"]
        assert {row.name: row.basis.units for row in outlets.rows} == {"NPR": 4, "unknown": 8}
        assert len(made.within("outlet", "NPR").units) == 4
        assert len(made.within("outlet", "nowhere").units) == 0
        assert Parts(found, found.ratings(found.find("topic")), hidden={"outlet"}).all(("percent",)) == []


def test_disputes_come_in_the_order_in_which_settling_them_would_help(study):
    topics(study, "A", "war", "war", "war", "war", "trade", "war")
    topics(study, "B", "war", "war", "other", "war", "trade", "trade")
    topics(study, "C", "war", "war", "trade", "war", "trade", "war")
    with study.database.reading() as session:
        found = read(session, study)
        subject = found.subject(found.find("topic"))
        shown = disputes(found, subject, subject.ratings)
    assert shown.total == 2
    # Where all three differ, more is gained.
    assert [one.unit for one in shown.shown] == [study.units[2], study.units[5]]
    assert [(one.annotator, one.said) for one in shown.shown[1].opinions] == [
        ("C-A", "war"), ("C-B", "trade"), ("C-C", "war"),
    ]  # fmt: skip
    assert shown.shown[0].text


def test_disputes_of_one_label_and_of_marked_words(study):
    give(study, "A", {"frames": ["economic"]}, {"frames": ["moral"]}, {"loaded": [{"start": 0, "end": 6}]})
    give(study, "B", {"frames": ["economic", "moral"]}, {"frames": ["moral"]}, {"loaded": []})
    with study.database.reading() as session:
        found = read(session, study)
        frames, loaded = (found.subject(found.find(name)) for name in ("frames", "loaded"))
        assert disputes(found, frames, frames.ratings, label=0).total == 0
        assert disputes(found, frames, frames.ratings, label=1).total == 1
        (marked,) = disputes(found, loaded, loaded.ratings).shown
    first, second = marked.opinions
    assert first.said.startswith("“")
    assert second.said == "not marked"


def test_a_rare_label_gets_a_warning(database):
    study = make_study(database, documents=12)
    topics(study, "A", *["war"] * 47, "trade")
    topics(study, "B", *["war"] * 46, "trade", "war")
    row = question(study, "topic")
    assert "look at AC1" in row.remark
    with study.database.reading() as session:
        found = read(session, study)
        remarks = {one.name: one.remark for one in label_rows(found.ratings(found.find("topic")))}
    assert "“trade” was given in 2 % of the answers" in remarks["trade"]
    assert "(2)" in remarks["trade"]


def test_someone_who_labels_otherwise_than_all_others_is_named(database):
    study = make_study(database, documents=10)
    labels = ["war", "trade", "other", "trade"] * 10
    for who in ("A", "B"):
        topics(study, who, *labels)
    topics(study, "C", *("war" if n % 2 else label for n, label in enumerate(labels)))
    with study.database.reading() as session:
        found = read(session, study)
        page = read_page(session, found, Choice(question="topic"), user_id=0)
    assert page.detail.pair_remark == "C-C stands apart: gives “war” 3.0 × as often as the others."


def test_the_report_as_values_names_everything(study):
    topics(study, "A", "war", "trade", "war", "other", "war", "war")
    topics(study, "B", "war", "trade", "war", "other", "trade", "war")
    with study.database.reading() as session:
        record = as_record(read(session, study), question="topic")
        with pytest.raises(NotFoundError, match="no question “colour”"):
            as_record(read(session, study), question="colour")
    (row,) = record["questions"]
    assert (row["name"], row["level"], row["units"], row["annotators"]) == ("topic", "nominal", 6, 2)
    assert row["alpha"]["low"] <= row["alpha"]["value"] <= row["alpha"]["high"]
    assert {"ac1", "fleiss_kappa", "percent", "cohen_kappa"} <= row.keys()
    assert [label["name"] for label in row["labels"]] == ["war", "trade", "other"]
    assert row["pairs"][0]["annotators"] == ["C-A", "C-B"]
    table = as_table(record)
    assert {line["part"] for line in table} == {"question", "label", "pair"}
    assert all(set(line) == set(TABLE) for line in table)


def test_the_page_says_what_is_missing(study):
    with study.database.reading() as session:
        page = read_page(session, read(session, study), Choice(), user_id=0)
        assert (page.scope, page.lack.annotators) == (None, 0)
    topics(study, "A", "war")
    with study.database.reading() as session:
        page = read_page(session, read(session, study), Choice(), user_id=0)
    assert (page.lack.annotators, page.lack.units, page.lack.is_blind) == (1, 1, False)


def test_whoever_labels_blind_sees_no_agreement(study):
    topics(study, "A", "war", "trade")
    topics(study, "B", "war", "war")
    with study.database.transaction() as session:
        session.execute(update(Round).values(phase="blind"))
        person = _person_of(session, study, "C-A")
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        page = read_page(session, agreement.agreement_seen_by(session, project, person), Choice(), user_id=person)
        assert page.scope is None
        assert page.lack.is_blind
        assert page.lack.annotators == 1
        outsider = agreement.agreement_seen_by(session, project, person + 1)
        assert read_page(session, outsider, Choice(), user_id=person + 1).scope.units == 2


def test_confusion_is_that_of_the_chosen_pair(study):
    topics(study, "A", "war", "trade", "war")
    topics(study, "B", "war", "war", "trade")
    with study.database.reading() as session:
        found = read(session, study)
        choice = Choice(question="topic", pair=("C-A", "C-B"), cell=(0, 1))
        page = read_page(session, found, choice, user_id=0)
    assert page.detail.confusion.counts == ((1, 1), (1, 0))
    assert [one.unit for one in page.detail.disputes.shown] == [study.units[2]]


def _person_of(session, study, code):
    from annotator.db import Annotator, User

    user = User(name=f"person {code}")
    session.add(user)
    session.flush()
    session.execute(update(Annotator).where(Annotator.code == code).values(user_id=user.id))
    return user.id


def test_reading_takes_a_few_queries_however_much_there_is(study):
    from sqlalchemy import event

    topics(study, "A", *["war", "trade"] * 6)
    topics(study, "B", *["war", "other"] * 6)
    seen = []
    with study.database.reading() as session:
        engine = session.get_bind().engine
        event.listen(engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
        found = Agreement(session, session.get_one(Project, study.project_id), true())
        assert session.scalar(select(func.count()).select_from(Annotation)) == 24
    assert len(np.unique([act.unit for act in found.shared.acts])) == 12
    assert len(seen) < 12


@pytest.mark.parametrize(("value", "written"), [(-0.004, ".00"), (-0.5, "-.50"), (0.996, "1.00"), (0.0, ".00")])
def test_a_coefficient_is_written_without_a_zero_and_nothing_is_negative_that_is_none(value, written):
    assert as_decimal(value) == written
