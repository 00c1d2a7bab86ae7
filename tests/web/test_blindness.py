"""Non-interference: whatever B says in a blind round, A is told the same to the byte."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select, true

from annotator.config import Settings
from annotator.db import Annotation, Round
from annotator.services import counting, documents, given, managing_rounds, matching, reviewing, training
from two_worlds import PROJECT, ROUND, WITHOUT_LABELS, World, addresses, crawl, make_base, make_world, steps_of

PAIRS = int(os.environ.get("ANNOTATOR_R13", "20"))
#: Few pairs are looked at on every page; of many that are made quickly, each is looked at on other ones.
SHARE = 1.0 if "ANNOTATOR_R13" in os.environ else 0.12
ROLES = ("annotator", "owner", "annotator", "adjudicator")


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Settings]:
    """Make the world before the round once for each role that A has."""
    return {role: make_base(tmp_path_factory.mktemp(role), role) for role in dict.fromkeys(ROLES)}


@contextmanager
def pair(base: Settings, folder: Path, seed: int, *, may_skip: bool = True) -> Iterator[tuple[World, World]]:
    """Make two worlds that differ in what B says."""
    steps = steps_of(Random(seed))
    worlds = [make_world(base, folder / f"{seed}-{says}", steps, says=says, may_skip=may_skip) for says in (1, 2)]
    try:
        yield worlds[0], worlds[1]
    finally:
        for world in worlds:
            world.database.dispose()


def differences(worlds: tuple[World, World], *, share: float = 1.0, seed: int = 0) -> list[str]:
    """Return where A is told something else in the second world than in the first."""
    told = [list(crawl(world, share=share, seed=seed)) for world in worlds]
    assert [name for name, _ in told[0]] == [name for name, _ in told[1]]
    return [name for (name, one), (_, other) in zip(*told, strict=True) if one != other]


@pytest.mark.parametrize("seed", range(PAIRS))
def test_nothing_that_b_says_in_a_blind_round_reaches_a(bases, tmp_path, seed: int):
    with pair(bases[ROLES[seed % len(ROLES)]], tmp_path, seed) as worlds:
        assert differences(worlds, share=SHARE, seed=seed) == []


@pytest.mark.parametrize("role", dict.fromkeys(ROLES))
def test_nor_does_it_on_any_page(bases, tmp_path, role: str):
    with pair(bases[role], tmp_path, 1000) as worlds:
        assert differences(worlds) == []


def test_the_crawl_opens_every_page_that_could_tell(bases, tmp_path):
    with pair(bases["owner"], tmp_path, 1) as (world, _):
        opened = {**addresses(world)}
        endpoints = {rule.endpoint for rule in world.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
        assert endpoints - opened.keys() - WITHOUT_LABELS == set()
        unopened = {
            "classifiers.show_card",
            "classifiers.show_label",
            "classifiers.compare",
            "classifiers.list_changes",
            "exports.fetch_export",
            "monitoring.fetch_table",
            "agreement.fetch_figures",
            "agreement.fetch_table",
        }
        for endpoint in opened.keys() - unopened:
            assert world.client.get(opened[endpoint][0]).status_code in (200, 302), endpoint


def test_a_classifier_learns_and_suggests_the_same(tmp_path):
    base = make_base(tmp_path / "base", "owner", documents=8, gold=16)
    told = []
    with pair(base, tmp_path, 3) as worlds:
        for world in worlds:
            training.train_project(world.database, 1, question="topic")
            found = addresses(world)
            pages = [*found["classifiers.list_classifiers"], *found["classifiers.show_card"][:1]]
            pages += [found[f"classifiers.{name}"][0] for name in ("show_label", "compare", "list_changes")]
            pages += [*found["labelling.show_suggestions"], f"{PROJECT}/search?unsure=topic", f"{PROJECT}/label/status"]
            told.append([(page, world.ask(page)) for page in pages])
    assert any(b'"probability"' in words for _, words in told[0]), "something is suggested"
    assert told[0] == told[1]


def test_a_classifier_that_learned_from_everybody_is_silent_in_a_blind_round(tmp_path):
    base = make_base(tmp_path / "base", "owner", documents=8, gold=16)
    with pair(base, tmp_path, 3) as (world, _):
        _close_and_open(world, is_closed=True)
        training.train_project(world.database, 1, question="topic")
        pages = addresses(world)["labelling.show_suggestions"]
        assert any(b'"probability"' in world.ask(page) for page in pages)
        _close_and_open(world, is_closed=False)
        assert not any(b'"probability"' in world.ask(page) for page in pages)


def _close_and_open(world: World, *, is_closed: bool) -> None:
    with world.database.transaction() as session:
        round_ = session.scalars(select(Round).where(Round.name == ROUND)).one()
        change = managing_rounds.close_round if is_closed else managing_rounds.open_round
        change(session, round_)


def _show_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (documents, given, matching, reviewing):
        monkeypatch.setattr(module, "visible_annotations", lambda seat, *, phase: true())


def _count_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = counting._all
    monkeypatch.setattr(counting, "labelled_units", everything)


def _order_by_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = documents.list_documents

    def by_comments(session, project, **given):
        found = listed(session, project, **given)
        size = session.scalar(select(func.sum(func.length(Annotation.comment)))) or 0
        return replace(found, rows=found.rows[size % 3 :] + found.rows[: size % 3])

    monkeypatch.setattr(documents, "list_documents", by_comments)


@pytest.mark.parametrize("leak", [_show_everything, _count_everything, _order_by_comments])
def test_it_would_be_seen_if_anything_did(bases, tmp_path, monkeypatch, leak):
    leak(monkeypatch)
    for seed in range(5):
        with pair(bases["annotator"], tmp_path, seed) as worlds:
            if differences(worlds):
                return
    pytest.fail("five pairs of worlds were told apart by nothing")


def test_who_labels_blind_cannot_take_the_data_set_out(bases, tmp_path):
    with pair(bases["owner"], tmp_path, 2) as (world, _):
        assert b"a data set holds what the others said" in world.ask(f"{PROJECT}/exports")
        assert world.send(f"{PROJECT}/exports", data={"format": "csv", "seed": "0"}).startswith(b"403")
        assert world.ask(f"{PROJECT}/exports/study.csv").startswith(b"403")
        _close_and_open(world, is_closed=True)
        assert b"Make the data set" in world.ask(f"{PROJECT}/exports")
        assert world.ask(f"{PROJECT}/exports/study.csv").startswith(b"404")
