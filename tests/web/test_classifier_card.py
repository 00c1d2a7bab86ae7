"""The card of a classifier, as people read it."""

import pytest
from sqlalchemy import select

from annotator.db import Classifier, CodebookVersion, Document, Question, Target
from annotator.db.base import now
from annotator.web.language import capitalised
from studies import make_study

TASK = {
    "target": None, "units": 12, "groups": 1, "labels": ["war", "trade"], "early": [True, True], "scores": {},
    "folds": {"number": 5, "by": "unit", "note": "All units come from one document."},
}  # fmt: skip
CARD = {
    "question": "topic", "seed": 1, "tasks": [TASK], "libraries": {}, "data": {"examples": 12, "groups": 1},
    "recipe": {"features": "words 1–2", "width": 9, "estimator": "lines", "strength": 0.1},
}  # fmt: skip

FACTS = {
    "words": {"beginning": 5, "characters": [2, 5], "texts": 2}, "style": True, "marks": None, "width": 9,
    "estimator": "linear-svc", "strength": 0.1,
}  # fmt: skip
SENTENCES = {
    **FACTS,
    "features": "tf-idf, sublinear; words 1–2, first 5 letters of words, and characters 2–5 inside words; "
    "in at least 2 texts",
    "style": "hedges, boosters and other words of manner; loaded words; how good or bad words are (VADER); English",
    "estimator": "linear support vector classifier, balanced, one label against the rest; Platt's sigmoid",
}
del SENTENCES["words"]


def card(site, *, reserve: bool = False, **more: object) -> str:
    study = make_study(site.database, documents=2)
    with site.database.transaction() as session:
        question = session.scalars(select(Question).where(Question.stable_id == "topic")).one()
        version = session.scalars(select(CodebookVersion).where(CodebookVersion.project_id == study.project_id)).all()[
            -1
        ]
        session.add(
            Classifier(
                project_id=study.project_id, number=1, question_id=question.id, codebook_version_id=version.id,
                sha256="0" * 64, n_labelled=12, card={**CARD, **more}, is_active=True,
            )
        )  # fmt: skip
        if reserve:
            document = session.scalars(select(Document).where(Document.project_id == study.project_id)).first()
            document.is_reserved = True
    return site.visitor("owner").get("/projects/study/classifiers/1").text


def test_a_heading_begins_with_a_capital_and_keeps_the_others(site):
    page = card(site, recipe={**CARD["recipe"], "estimator": "lines; the sigmoid of Platt"})
    assert "Lines; the sigmoid of Platt, C = 0.1" in page
    assert capitalised("US bias") == "US bias"
    assert capitalised("") == ""


@pytest.mark.parametrize("told", [FACTS, SENTENCES])
def test_how_it_was_made_is_said_in_the_language_of_the_page(site, told):
    """Whether the card holds the facts or, as it once did, English sentences."""
    card(site, recipe=told)
    page = site.visitor("owner").get("/projects/study/classifiers/1", headers={"Accept-Language": "de"}).text
    made = page.partition("TF-IDF")[2].partition("</p>")[0]
    assert made.startswith(", sublinear; Wörter 1–2, die ersten 5 Buchstaben von Wörtern und Zeichen 2–5 innerhalb")
    assert "wertende Wörter" in made
    assert "Lineare Support-Vector-Klassifikation" in made
    assert "C = 0,1." in made


@pytest.mark.parametrize(("name", "may"), [("owner", True), ("adjudicator", False), ("reader", False)])
def test_the_comparison_lets_who_can_train_make_the_other_active(site, name, may):
    card(site)
    with site.database.transaction() as session:
        first = session.scalars(select(Classifier)).one()
        columns = ("project_id", "question_id", "codebook_version_id", "sha256", "n_labelled", "card")
        second = {column: getattr(first, column) for column in columns}
        session.add(Classifier(**second, number=2, is_active=False))
    page = site.visitor(name).get("/projects/study/classifiers/compare?first=1&second=2").text
    assert page.count("lines, C&nbsp;=&nbsp;0.1") == 1, "what is the same of both is said once"
    assert ("Make classifier 2 active" in page) is may
    assert "Make classifier 1 active" not in page


def test_of_several_targets_an_earlier_classifier_has_the_least_and_the_most_score(site):
    scored = [{**TASK, "scores": {"macro_f1": score}} for score in (0.4, 0.66, 0.31)]
    card(site, tasks=[*scored, TASK])
    with site.database.transaction() as session:
        session.scalars(select(Classifier)).one().is_active = False
    page = site.visitor("owner").get("/projects/study/classifiers").text
    assert "1 earlier classifier" in page
    assert '0.31 to 0.66 <span class="muted">· 3 targets</span>' in page


def test_a_question_about_targets_says_that_there_is_none(site):
    study = make_study(
        site.database,
        codebook="name: T\nquestions: [{name: s, type: stance, labels: [{name: favor}, {name: against}]}]",
    )
    page = site.visitor("owner").get("/projects/study/classifiers").text
    assert "Stances need a target, and there is none yet." in page
    with site.database.transaction() as session:
        session.add(Target(project_id=study.project_id, name="Russia", accepted_at=now()))
    assert "Stances need a target" not in site.visitor("owner").get("/projects/study/classifiers").text


def test_a_code_keeps_its_number_beside_it(site):
    page = card(site, data={"examples": 12, "groups": 1, "per_annotator": {"C-NEQB": 1_012, "C-K3NP": 9}})
    assert '<span class="whole">C-NEQB 1\u202f012,</span> <span class="whole">C-K3NP 9.</span>' in page
    page = site.visitor("owner").get("/projects/study/classifiers/compare?first=1&second=1").text
    assert '<span class="whole">C-NEQB 1\u202f012,</span> <span class="whole">C-K3NP 9</span>' in page


def test_the_card_says_only_what_is_known_of_the_labels(site):
    page = card(site, reserve=False)
    assert "labels given with suggestions in view count too" in page
    assert "some of which" not in page


def test_a_project_that_reserved_nothing_is_told_why_there_is_no_test(site):
    assert "reservation starts at ten documents" in card(site, reserve=False)


def test_a_project_with_reserved_documents_is_told_to_label_them(site):
    page = card(site, reserve=True)
    assert "that needs labels on reserved documents" in page
    assert "starts at ten" not in page


def test_what_is_said_of_the_folds_is_one_sentence(site):
    page = card(site, reserve=False)
    assert (
        "12 units from 1 document; 5 folds of its own units, since there is no other document to test on. Acc" in page
    )


def test_the_card_says_what_several_answers_were_made_into(site):
    page = card(site, reserve=False, consensus={"asked": "dawid-skene", "rule": "majority", "several": 7, "tied": 2})
    assert "Several people judged 7 cases; it learned the answer most of them gave. 2 ties were left out." in page
    assert "but answers were too few for it to help" in page
    assert "Several people" not in site.visitor("owner").get("/projects/study/classifiers").text


def test_how_much_still_changes_is_said_where_there_is_an_earlier_classifier(site):
    words = "it suggests the same as classifier"
    assert words not in card(site, stability=None)


def test_how_much_still_changes_is_no_verdict(site):
    page = card(site, stability={"classifier": 3, "sentences": 1000, "same": 0.934})
    assert "On 93 % of 1\u202f000 sentences without a label it suggests the same as classifier 3." in page
    assert "not how good it is or whether to stop" in page


EMBEDDING = {
    "name": "potion", "dimensions": 256, "sha256": "ab" * 32, "model2vec": "0.10.0", "weight": 0.5, "tried": 0.5,
    "tasks": [{"target": None, "with": 0.7134, "without": 0.6521}],
}  # fmt: skip


def test_the_card_names_a_sentence_embedding_with_the_scores_of_both_ways(site):
    page = card(site, embedding=EMBEDDING)
    assert "as the embedding “potion” does (256 dimensions, weight 0.5 beside words and characters)" in page
    assert '<td class="count">0.71</td><td class="count">0.65</td>' in page
    assert 'model2vec 0.10.0, <span class="whole">SHA-256 <code>abababababababab…</code></span>' in page


def test_an_embedding_that_was_tried_in_vain_is_told_of_too(site):
    tasks = [{"target": None, "with": None, "without": None}]
    page = card(site, embedding=EMBEDDING | {"weight": 0.0, "tasks": tasks})
    assert "“potion” (256 dimensions) was tried and is not used" in page
    assert '<td class="count">–</td><td class="count">–</td>' in page


def test_without_an_embedding_nothing_is_said_of_one(site):
    assert "embedding" not in card(site, embedding=None)


MENTIONED = {
    "targets": 2, "units": 40, "groups": 9, "is_used": False, "why": "targets",
    "needed": {"targets": 3, "units": 50, "class": 10},
}  # fmt: skip


def test_the_card_says_why_nothing_is_suggested_toward_targets_with_few_labels(site):
    page = card(site, mentioned=MENTIONED)
    assert "not in use" in page
    assert "labelled sentences name 2 of at least 3 targets that it takes." in page


def test_a_card_without_any_target_of_its_own_has_the_scores_on_targets_left_out(site):
    scores = {
        "macro_f1": 0.61, "accuracy": 0.7, "ece": 0.03,
        "per_label": {"war": {"precision": 0.6, "recall": 0.5, "f1": 0.55, "n": 60}},
    }  # fmt: skip
    told = {
        "is_used": True, "why": None, "scored": 90, "labels": ["war"], "scores": scores,
        "majority": {"macro_f1": 0.3}, "intervals": {"macro_f1": [0.55, 0.66]},
    }  # fmt: skip
    page = card(site, tasks=[], mentioned={**MENTIONED, **told})
    assert "90 units toward 2 targets from 9 documents." in page
    assert "Macro F1 0.61 (95 % interval 0.55 to 0.66); always the commonest label: 0.30." in page
    overview = site.visitor("owner").get("/projects/study/classifiers").text
    assert "judged by how sentences speak of the others: macro F1 0.61 on targets left out" in overview
