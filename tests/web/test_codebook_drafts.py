"""The draft of a codebook in the page: editor, file, dry run, publication, and two owners at once."""

import io
import re

import pytest
from sqlalchemy import select

from annotator.db import CodebookVersion, Membership, User
from annotator.services import codebook_drafts, codebooks, projects, seats
from annotator.services.recording import record_act
from studies import CODEBOOK, make_act, make_study, sit

DRAFT = "/projects/study/codebook/draft"


@pytest.fixture
def study(site, owner):
    """Let the project have a codebook of its own, a text, a second owner, and two labels."""
    with site.database.transaction() as session:
        project = projects.find_project(session, "study")
        reader = session.scalars(select(User).where(User.name == "outsider")).one()
        session.add(Membership(project_id=project.id, user_id=reader.id, role="owner"))
    made = make_study(site.database, codebook=CODEBOOK)
    with site.database.transaction() as session:
        seat = sit(session, made.project_id, "A")
        for unit in made.units[:2]:
            record_act(session, seat, make_act(unit=unit, codebook=2))
    site.send(owner, DRAFT)
    return made


def draft(site):
    with site.database.reading() as session:
        return codebook_drafts.read_draft(session, projects.find_project(session, "study").id)


def change(site, client, do, revision=None, **data):
    data = {"revision": draft(site).revision if revision is None else revision, "do": do, **data}
    return site.send(client, f"{DRAFT}/change", **data)


def label(site, question="topic", name="war"):
    return draft(site).codebook.question(question).label(name)


FIELDS = {"question": "topic", "label": "war", "name": "war", "key": "1"}


def test_only_owners_open_the_draft(site, study):
    for name, status in (("owner", 200), ("reader", 403), ("annotator", 403), (None, 302)):
        assert site.visitor(name).get(DRAFT).status_code == status


def test_a_draft_is_begun_by_a_button_and_never_by_a_look(site, owner):
    assert "Begin a draft" in owner.get(DRAFT).text
    assert "Begin a draft" in owner.get(DRAFT).text
    assert site.send(owner, DRAFT).headers["Location"] == DRAFT
    assert "Draft of the codebook" in owner.get(DRAFT).text
    assert "Go on with the draft" in owner.get("/projects/study/codebook").text


def test_a_label_is_changed_with_everything_it_has(site, study, owner):
    answer = change(
        site, owner, "label", **{**FIELDS, "name": "armed  conflict", "key": "K", "colour": "#ABCDEF"},
        definition="Only *fighting*.", examples="One.\n\nTwo.", counter_examples="Three.",
    )  # fmt: skip
    assert answer.headers["Location"] == f"{DRAFT}#label:topic:war"
    found = label(site)
    assert (found.name, found.key, found.colour) == ("armed conflict", "k", "#abcdef")
    assert (found.definition, found.examples, found.counter_examples) == (
        "Only *fighting*.",
        ("One.", "Two."),
        ("Three.",),
    )


def test_labels_are_added_moved_merged_split_and_retired(site, study, owner):
    change(site, owner, "add-label", question="topic", name="sport")
    change(site, owner, "move-label", question="topic", label="sport", by="-3")
    change(site, owner, "split-label", question="topic", label="trade", name="barter")
    change(site, owner, "merge-label", question="topic", label="war", into="trade")
    change(site, owner, "retire-label", question="topic", label="other")
    labels = draft(site).codebook.question("topic").labels
    assert [(one.id, one.replaces) for one in labels] == [("sport", ()), ("trade", ("war",)), ("barter", ("trade",))]


def test_questions_are_added_changed_moved_and_retired(site, study, owner):
    change(site, owner, "add-question", name="tone", type="scale", unit="document")
    change(
        site,
        owner,
        "question",
        question="tone",
        name="the tone",
        type="choice",
        unit="document",
        level="ordinal",
        required="y",
    )
    change(site, owner, "move-question", question="tone", by="-9")
    change(site, owner, "retire-question", question="loaded")
    questions = draft(site).codebook.questions
    assert [one.id for one in questions] == ["tone", "stance", "topic", "frames", "strength"]
    assert (questions[0].name, questions[0].type, questions[0].level, questions[0].required) == (
        "the tone", "choice", "nominal", True,
    )  # fmt: skip


def test_the_words_of_the_codebook_are_changed(site, study, owner):
    change(site, owner, "words", name="Study two", guidelines="# Read\r\n\r\nfirst")
    assert (draft(site).codebook.name, draft(site).codebook.guidelines) == ("Study two", "# Read\n\nfirst")


def test_what_lacks_a_name_comes_back_as_it_was_typed(site, study, owner):
    answer = change(site, owner, "label", **{**FIELDS, "name": " "}, definition="A long thought.")
    assert answer.status_code == 422
    assert "Give it a name." in answer.text
    assert "A long thought." in answer.text
    assert label(site).definition == ""


def test_a_draft_shows_what_is_wrong_with_it_and_is_not_published(site, study, owner):
    change(site, owner, "label", **{**FIELDS, "key": "2"})
    page = owner.get(DRAFT).text
    assert "One thing has to be put right" in page
    assert "already gives" in page
    assert "can be told once it is in order" in owner.get(f"{DRAFT}/changes").text
    answer = site.send(owner, f"{DRAFT}/publish", revision=draft(site).revision, base=2)
    assert answer.status_code == 422
    assert newest(site) == 2


def newest(site):
    with site.database.reading() as session:
        return codebooks.current_version(session, projects.find_project(session, "study").id).number


def test_of_two_owners_the_second_is_told_and_their_words_are_there(site, study, owner):
    second = site.visitor("outsider")
    seen = draft(site).revision
    change(site, owner, "label", seen, **FIELDS, definition="The first one’s.")
    answer = change(site, second, "label", seen, **FIELDS, definition="The second one’s.")
    assert answer.status_code == 409
    assert "Somebody else has changed the draft meanwhile" in answer.text
    assert "The second one’s." in answer.text
    assert label(site).definition == "The first one’s."
    revision = re.search(r'name="revision" value="(\d+)"', answer.text)[1]
    assert change(site, second, "label", revision, **FIELDS, definition="The second one’s.").status_code == 302
    assert label(site).definition == "The second one’s."


def test_what_is_typed_after_the_draft_was_discarded_is_not_lost(site, study, owner):
    seen = draft(site).revision
    site.send(owner, f"{DRAFT}/discard", revision=seen)
    data = {"revision": seen, "do": "label", **FIELDS, "definition": "Typed for an hour."}
    answer = site.send(site.visitor("outsider"), f"{DRAFT}/change", **data)
    assert answer.status_code == 409
    assert "Typed for an hour." in answer.text


def test_a_draft_changed_by_another_is_not_discarded(site, study, owner):
    change(site, owner, "retire-label", question="topic", label="other")
    answer = site.send(site.visitor("outsider"), f"{DRAFT}/discard", revision=1)
    assert answer.headers["Location"] == DRAFT
    assert draft(site).revision == 2


def test_the_file_is_saved_with_its_mistakes_and_names_their_lines(site, study, owner):
    text = "name: Mine\nquestions:\n  - name: topic\n    typ: choice\n"
    answer = site.send(owner, f"{DRAFT}/file", revision=draft(site).revision, source=text)
    assert answer.headers["Location"] == f"{DRAFT}/file"
    page = owner.get(f"{DRAFT}/file").text
    assert "draft, line 4" in page
    assert "typ: choice" in page
    assert "Correct the file" in owner.get(DRAFT).text


def test_a_file_is_uploaded_and_downloaded(site, study, owner):
    upload = (io.BytesIO(CODEBOOK.encode()), "mine.yaml")
    site.send(owner, f"{DRAFT}/file", revision=draft(site).revision, source="", file=upload)
    answer = owner.get(f"{DRAFT}.yaml")
    assert answer.text == CODEBOOK
    assert "study-codebook-draft.yaml" in answer.headers["Content-Disposition"]


def test_a_file_that_is_no_text_is_refused(site, study, owner):
    upload = (io.BytesIO(b"\xff\xfe"), "mine.yaml")
    answer = site.send(owner, f"{DRAFT}/file", revision=draft(site).revision, source="kept", file=upload)
    assert answer.status_code == 422
    assert "not UTF-8" in answer.text
    assert "kept" in answer.text


def test_a_stale_file_comes_back_beside_the_draft_as_it_stands(site, study, owner):
    change(site, owner, "retire-label", question="topic", label="other")
    answer = site.send(site.visitor("outsider"), f"{DRAFT}/file", revision=1, source="name: An hour of work")
    assert answer.status_code == 409
    assert "name: An hour of work" in answer.text
    assert draft(site).revision == 2


def test_the_dry_run_shows_counts_and_choices_and_publishing_follows_them(site, study, owner):
    change(site, owner, "merge-label", question="topic", label="war", into="trade")
    page = owner.get(f"{DRAFT}/changes").text
    assert "touches 2 annotations" in page
    assert "C-A 2" in page
    assert 'name="choice:label-merged:topic:war" value="convert" checked' in page
    data = {"choice:label-merged:topic:war": "keep", "note": "Too close."}
    answer = site.send(owner, f"{DRAFT}/publish", revision=draft(site).revision, base=2, **data)
    assert answer.headers["Location"] == "/projects/study/codebook"
    assert newest(site) == 3
    assert "Too close." in owner.get("/projects/study/codebook/versions").text


def test_the_dry_run_says_what_nobody_can_give_anew_and_what_goes_back_to_adjudication(site, study, owner):
    judge = study.seat("G", kind="adjudication")
    study.record(judge, unit=study.units[2], codebook=2)
    change(site, owner, "label", **FIELDS, definition="Only what soldiers do.")
    page = owner.get(f"{DRAFT}/changes").text
    assert "2 annotations cannot be given anew, since they were imported or their annotators have left" in page
    assert "With “Relabel”, one gold label goes back to adjudication." in page


def test_the_dry_run_of_a_draft_that_changed_is_shown_anew(site, study, owner):
    change(site, owner, "merge-label", question="topic", label="war", into="trade")
    answer = site.send(owner, f"{DRAFT}/publish", revision=1, base=2, note="Kept words.")
    assert answer.status_code == 409
    assert "has changed since this dry run" in answer.text
    assert "Kept words." in answer.text
    assert newest(site) == 2


def test_a_draft_that_says_the_same_tells_so(site, study, owner):
    assert "says the same as what is published" in owner.get(f"{DRAFT}/changes").text


def test_a_gold_sentence_becomes_an_example(site, study, owner):
    with site.database.transaction() as session:
        from dataclasses import replace

        seat = replace(sit(session, study.project_id, "G"), kind="adjudication")
        record_act(session, seat, make_act(unit=study.units[0], codebook=2))
    assert "Example from one gold sentence" in owner.get(DRAFT).text
    page = owner.get(f"{DRAFT}/examples?question=topic&label=war").text
    assert "Moscow said the talks would go on." in page
    change(site, owner, "add-example", question="topic", label="war", text="Moscow said the talks would go on.")
    assert label(site).examples == ("Moscow said the talks would go on.",)
    assert "is an example" in owner.get(f"{DRAFT}/examples?question=topic&label=war").text
    assert owner.get(f"{DRAFT}/examples?question=topic&label=nothing").status_code == 404


def test_what_cannot_be_done_with_a_draft_is_refused(site, study, owner):
    assert change(site, owner, "explode").status_code == 422
    answer = change(site, owner, "label", **{**FIELDS, "label": "nothing"}, definition="Typed in vain?")
    assert answer.status_code == 404
    assert "not in the draft any more" in answer.text
    assert "Typed in vain?" in answer.text


def test_names_in_a_draft_are_shown_as_text(site, study, owner):
    change(site, owner, "label", **{**FIELDS, "name": "<b onclick=x>war"}, definition="<script>alert(1)</script>")
    for path in (DRAFT, f"{DRAFT}/file", f"{DRAFT}/changes"):
        page = owner.get(path).text
        assert "<b onclick" not in page
        assert "<script>alert" not in page


def test_the_colours_of_the_draft_are_its_own(site, study, owner):
    change(site, owner, "label", **{**FIELDS, "colour": "#123456"})
    assert "#123456" in owner.get(f"{DRAFT}.css").text
    change(site, owner, "label", **{**FIELDS, "colour": "red;} body{}"})
    assert owner.get(f"{DRAFT}.css").text == ""


@pytest.mark.parametrize("page", ["changes", "file", "examples?question=topic&label=war"])
def test_who_goes_back_after_publishing_comes_to_what_is_published(site, study, owner, page):
    change(site, owner, "retire-label", question="topic", label="other")
    assert owner.get(f"{DRAFT}/{page}").status_code == 200
    site.send(owner, f"{DRAFT}/publish", revision=draft(site).revision, base=2)
    answer = owner.get(f"{DRAFT}/{page}", follow_redirects=True)
    assert answer.request.path == "/projects/study/codebook"
    assert "There is no draft by now; this is what is published." in answer.text
    assert owner.get(f"{DRAFT}.yaml").status_code == 404


def test_there_is_one_version_for_one_publication(site, study, owner):
    change(site, owner, "retire-label", question="topic", label="other")
    shown = {"revision": draft(site).revision, "base": 2}
    assert site.send(owner, f"{DRAFT}/publish", **shown).status_code == 302
    assert site.send(owner, f"{DRAFT}/publish", **shown).status_code in (404, 409)
    with site.database.reading() as session:
        assert (
            len(session.scalars(select(CodebookVersion).where(CodebookVersion.project_id == study.project_id)).all())
            == 3
        )


def test_labels_of_an_old_version_stay_readable_wherever_they_are_shown(site, study, owner):
    with site.database.transaction() as session:
        project = projects.find_project(session, "study")
        user = session.scalars(select(User).where(User.name == "owner")).one()
        seat = seats.take_seat(session, project, user)
        record_act(session, seat, make_act(unit=study.units[2], codebook=2, answers={"topic": "other"}))
    change(site, owner, "label", **{**FIELDS, "name": "armed conflict"})
    change(site, owner, "merge-label", question="topic", label="other", into="trade")
    site.send(owner, f"{DRAFT}/publish", revision=draft(site).revision, base=2)
    reader = owner.get("/projects/study/documents/read?document=d0").text
    assert re.search(r"chip soft[^>]*>war<", reader)
    assert re.search(r"chip soft[^>]*>other<", reader)
    found = owner.get("/projects/study/search?label=topic:trade").text
    assert re.search(r"chip soft[^>]*>other<", found)
    page = owner.get(f"/projects/study/label/{study.units[2]}").text
    assert re.search(r'value="trade" checked', page)
    assert 'data-codebook="3"' in page
    recent = page.partition("data-recent")[2].partition("</section>")[0]
    assert "other" in recent
