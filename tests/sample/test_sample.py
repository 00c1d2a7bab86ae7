"""The sample project: enough of it, labelled enough, and every label where it says it is."""

import re
from collections import Counter
from functools import cache

import pytest

from annotator.codebook.builtin import load_codebook
from annotator.sample import Sample, SampleDocument, SampleLabels, load_sample
from annotator.text.parsing import parse
from annotator.text.values import Parsed

SAMPLE: Sample = load_sample()
TEXTS = {document.slug: document.content.decode() for document in SAMPLE.documents}
DOCUMENTS = {document.slug: document for document in SAMPLE.documents}
TARGETS = {target.name: (target.name, *target.aliases) for target in SAMPLE.targets}
TRAINING = [labels for labels in SAMPLE.labels if not DOCUMENTS[labels.document].reserved]


@cache
def parsed(slug: str) -> Parsed:
    return parse(TEXTS[slug], kind=DOCUMENTS[slug].kind)


@cache
def sentences(slug: str) -> tuple[str, ...]:
    return tuple(TEXTS[slug][sentence.start : sentence.end] for sentence in parsed(slug).sentences)


def speaker_of(labels: SampleLabels) -> int | None:
    understood = parsed(labels.document)
    sentence = understood.sentences[sentences(labels.document).index(labels.text)]
    return understood.turns[sentence.turn].speaker


def labelled_share(document: SampleDocument) -> float:
    return sum(labels.document == document.slug for labels in SAMPLE.labels) / len(sentences(document.slug))


def is_named(target: str, text: str) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) for name in TARGETS[target])


def test_there_are_texts_of_several_outlets() -> None:
    assert len(SAMPLE.documents) >= 7
    assert len({document.outlet for document in SAMPLE.documents}) >= 4
    assert {document.kind for document in SAMPLE.documents} == {"article", "transcript"}


def test_there_are_sentences_enough_and_about_half_are_labelled() -> None:
    count = sum(len(sentences(slug)) for slug in TEXTS)
    assert count >= 170
    assert 0.4 <= len(SAMPLE.labels) / count <= 0.6


def test_whole_documents_and_half_of_another_are_left_to_label() -> None:
    shares = [labelled_share(document) for document in SAMPLE.documents]
    assert shares.count(0) >= 3
    assert any(0.4 <= share <= 0.6 for share in shares)


def test_one_document_is_reserved_and_labelled() -> None:
    (reserved,) = (document for document in SAMPLE.documents if document.reserved)
    assert labelled_share(reserved) == 1


def test_the_dates_are_in_order() -> None:
    dates = [document.date for document in SAMPLE.documents]
    assert dates == sorted(dates)


@pytest.mark.parametrize("slug", TEXTS)
def test_texts_have_no_stray_whitespace(slug: str) -> None:
    assert TEXTS[slug].endswith("\n")
    assert not re.search(r"[ \t]\n|\r|\t|  ", TEXTS[slug])


def test_every_labelled_text_is_one_sentence_found_once() -> None:
    strays = [labels.text for labels in SAMPLE.labels if labels.text not in sentences(labels.document)]
    repeated = [labels.text for labels in SAMPLE.labels if TEXTS[labels.document].count(labels.text) != 1]
    assert (strays, repeated) == ([], [])


def test_no_sentence_is_labelled_twice() -> None:
    assert len({(labels.document, labels.text) for labels in SAMPLE.labels}) == len(SAMPLE.labels)


def test_loaded_words_are_whole_words_inside_the_sentence() -> None:
    for labels in SAMPLE.labels:
        borders = {match.start() for match in re.finditer(r"\b", labels.text)}
        places = [place for span in labels.loaded for place in span]
        assert places == sorted(set(places)), labels.text
        assert set(places) <= borders, labels.text


def test_exactly_the_targets_named_or_judged_were_offered() -> None:
    for labels in SAMPLE.labels:
        named = {target for target in TARGETS if is_named(target, labels.text)}
        judged = {stance.target for stance in labels.stances}
        assert named | judged == set(labels.targets_offered), labels.text


def test_one_holder_has_one_stance_toward_a_target() -> None:
    for labels in SAMPLE.labels:
        holders = [(stance.target, stance.holder_kind, stance.holder_name) for stance in labels.stances]
        assert len(set(holders)) == len(holders), labels.text


def test_only_reported_holders_are_named() -> None:
    stances = [stance for labels in SAMPLE.labels for stance in labels.stances]
    assert all((stance.holder_kind == "reported") == bool(stance.holder_name) for stance in stances)


def test_speakers_hold_what_is_said_in_a_turn_and_authors_the_rest() -> None:
    for labels in SAMPLE.labels:
        expected = "author" if speaker_of(labels) is None else "speaker"
        assert {stance.holder_kind for stance in labels.stances} <= {expected, "reported"}, labels.text


def test_labels_are_those_of_the_codebook() -> None:
    codebook = load_codebook(SAMPLE.codebook)
    stance, frames = codebook.question("stance"), codebook.question("frames")
    assert stance is not None
    assert frames is not None
    assert codebook.question("loaded") is not None
    assert {row.label for labels in SAMPLE.labels for row in labels.stances} <= {label.id for label in stance.labels}
    used = {frame for labels in SAMPLE.labels for frame in labels.frames}
    assert used <= {label.id for label in frames.labels if not label.exclusive}


def test_three_targets_have_examples_of_both_sides_to_train_on() -> None:
    counts = Counter((stance.target, stance.label) for labels in TRAINING for stance in labels.stances)
    rich = [target for target in TARGETS if min(counts[target, "favor"], counts[target, "against"]) >= 8]
    assert len(rich) >= 3


def test_four_frames_have_examples_to_train_on() -> None:
    counts = Counter(frame for labels in TRAINING for frame in labels.frames)
    assert sum(count >= 8 for count in counts.values()) >= 4
    assert sum(not labels.frames for labels in TRAINING) >= 8


def test_plain_reporting_and_targets_not_at_issue_are_among_the_examples() -> None:
    assert sum(stance.label == "neither" for labels in TRAINING for stance in labels.stances) >= 8
    silent = [labels for labels in TRAINING if set(labels.targets_offered) - {row.target for row in labels.stances}]
    assert len(silent) >= 8


def test_two_holders_disagree_about_one_target_in_one_sentence() -> None:
    def disagreed(labels: SampleLabels) -> bool:
        sides = Counter((stance.target, stance.label) for stance in labels.stances)
        return any(sides[target, "favor"] and sides[target, "against"] for target in TARGETS)

    assert any(disagreed(labels) for labels in SAMPLE.labels)


def test_the_transcripts_have_the_mess_of_real_ones() -> None:
    transcripts = [slug for slug, document in DOCUMENTS.items() if document.kind == "transcript"]
    raw = "".join(TEXTS[slug] for slug in transcripts)
    for mess in (", BYLINE:", "(Through interpreter)", "UNIDENTIFIED WOMAN #1:", "DOMENIC P:", ". . ", " --\n\n"):
        assert mess in raw
    assert any(parsed(slug).turns[0].speaker is None for slug in transcripts)


def test_spelling_is_british() -> None:
    american = r"\b(?:harbor|labor|color|center|neighbor|favorite|defense|apologiz|organiz|realiz)\w*\b"
    assert [word for text in TEXTS.values() for word in re.findall(american, text, re.IGNORECASE)] == []
