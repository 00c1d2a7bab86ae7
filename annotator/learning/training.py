"""From examples to a classifier: features once, the strength, one pass of cross-validation, the final fit."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from annotator.errors import InvalidInputError
from annotator.learning import cards, fitting, weighing
from annotator.learning.checking import Checked, check, early_labels, folds_for, resampled
from annotator.learning.classifier import Classifier
from annotator.learning.doubts import doubts_of
from annotator.learning.embedding import Embedding
from annotator.learning.features import Features, fold
from annotator.learning.folds import group_sample
from annotator.learning.jobs import Job, make_jobs
from annotator.learning.joining import joined
from annotator.learning.leakage import Twins
from annotator.learning.marks import Marked, has_enough
from annotator.learning.measures import Tally
from annotator.learning.mentioned import Mentioned
from annotator.learning.pools import Pool
from annotator.learning.scoring import Numbers, Task
from annotator.learning.strangers import learn_from_others
from annotator.learning.style import Style
from annotator.learning.table import Table
from annotator.learning.values import Example, Progress, QuestionType
from annotator.words import say

STRENGTHS = (0.1, 0.2, 0.3)  # the usual one first: it wins ties; .05 has a lower log loss at times, and a lower F1
#: Below this many examples the choice among strengths would be noise.
CHOOSE_FROM = 100
CHOOSE_MOST = 3000
CHOOSE_COLUMNS = 4
#: Questions of one label ask for a manner (biased, emotional, for or against) as often as for a topic, so that style
#: helps; frames and stance toward a target are about what is said.
STYLED = ("choice", "scale")


class Shares(NamedTuple):
    """Which share of a training is done after each of its steps, as measured on 150 to 3,000 sentences."""

    others: float
    read: float
    chosen: float
    fitted: float


SHARES = Shares(others=0.0, read=0.2, chosen=0.5, fitted=0.8)
STANCE_SHARES = Shares(others=0.6, read=0.7, chosen=0.75, fitted=0.85)


def train_classifier(
    question_type: QuestionType, examples: Sequence[Example], *, pool: Sequence[str], labels: Sequence[str],
    seed: int, at_least_one: bool, progress: Progress, embedding: Embedding | None = None,
) -> Classifier:  # fmt: skip
    """Do what `annotator.learning.classifier.train` promises."""
    from threadpoolctl import threadpool_limits

    started = time.process_time()
    texts = list(dict.fromkeys(example.text for example in examples))
    twins = Twins.among(texts)
    given, examples = examples, joined(examples, twins)
    is_stance = question_type == "stance"
    shares = STANCE_SHARES if is_stance else SHARES
    with threadpool_limits(1):  # threads that wait for each other double the time these small problems take
        others, mentioned = _others(examples, given, labels, seed=seed, progress=progress) if is_stance else ({}, None)
        jobs = _jobs(question_type, examples, texts, labels, at_least_one, needed=mentioned is None)
        style = Style.english(examples=len(examples)) if question_type in STYLED else None
        features = Pool.of(pool, seed=seed).features(texts, style=style)
        plain = _table(features, texts, examples, seed=seed)
        progress(shares.read, say("Read {count:,} labelled sentences.", count=len(texts)))
        losses = partial(strength_losses, jobs=jobs, seed=seed)
        weighed = weighing.weigh(plain, embedding, texts, jobs, losses, seed=seed)
        features.meaning, table, strength = weighed.meaning, weighed.chosen.table, weighed.chosen.strength
        progress(shares.chosen, say("Chose how closely to follow the examples."))
        checked, numbers = _fit_all(table, jobs, strength=strength, seed=seed, progress=progress, shares=shares)
        counts = [resampled(job, result, seed=seed) for job, result in zip(jobs, checked, strict=True)]
        tasks = _tasks(jobs, checked, counts)
        card = cards.classifier_card(question_type, given, labels=labels, pool=len(pool))
        card |= {"seed": seed, "recipe": cards.recipe(strength, features)} | ({"mentioned": others} if others else {})
        words = cards.common_words(table, features.words)
        is_random = [cards.drawn_at_random(job, examples) for job in jobs]
        scored = [
            cards.task_card(job, result, task, numbers, drawn, words=words, is_random=chance, seed=seed)
            for job, result, task, drawn, chance in zip(jobs, checked, tasks, counts, is_random, strict=True)
        ]
        told = cards.evidence_card(table, jobs, checked, examples, twins.within(texts), strength=strength, seed=seed)
        card["tasks"] = [
            part | more | {"documents": cards.count_documents(job, given)}
            for job, part, more in zip(jobs, scored, told, strict=True)
        ]
        card["embedding"] = weighing.embedding_card(weighed, jobs, is_random)
    card["cpu_seconds"] = round(time.process_time() - started, 3)
    progress(1.0, say("The classifier is trained."))
    doubts = [doubt for job, result in zip(jobs, checked, strict=True) for doubt in doubts_of(job, result)]
    return Classifier(card, features, tasks, numbers, doubts=doubts, mentioned=mentioned)


def _others(
    examples: Sequence[Example], given: Sequence[Example], labels: Sequence[str], *, seed: int, progress: Progress
) -> tuple[dict[str, Any], Mentioned | None]:
    learned = learn_from_others(examples, labels=labels, seed=seed, documents=[one.group for one in given])
    progress(STANCE_SHARES.others, say("Looked at all targets together."))
    return learned


def _jobs(
    question_type: QuestionType, examples: Sequence[Example], texts: Sequence[str], labels: Sequence[str],
    at_least_one: bool, *, needed: bool,
) -> list[Job]:  # fmt: skip
    """Return what is to be learned; none, if none is needed, where no target has labels enough of its own."""
    try:
        return make_jobs(question_type, examples, texts=texts, labels=labels, at_least_one=at_least_one)
    except InvalidInputError:
        if needed:
            raise
        return []


def _table(features: Features, texts: Sequence[str], examples: Sequence[Example], *, seed: int) -> Table:
    """Features of the training texts; with marks enough, also how often their words are marked elsewhere."""
    group = {example.text: example.group for example in examples}
    spans = {example.text: example.highlights for example in examples if example.highlights is not None}
    groups, given = [group[text] for text in texts], [spans.get(text) for text in texts]
    marked = Marked([fold(text) for text in texts], given, groups, seed=seed) if has_enough(given, groups) else None
    table = Table(features.matrix(texts).astype(np.float64), marked)
    if marked is not None:
        features.marks = marked.fitted()
    return table


def strength_losses(table: Table, jobs: Sequence[Job], *, seed: int) -> dict[float, float]:
    """Give the held-out log loss of the commonest labels for each C, on a sample with three folds."""
    columns = sorted(
        ((place, i) for place, job in enumerate(jobs) for i in range(1 if job.mirrored else len(job.labels))),
        key=lambda column: -_rarer(jobs[column[0]], column[1]),
    )
    usable = [(place, i) for place, i in columns[:CHOOSE_COLUMNS] if len(jobs[place].rows) >= CHOOSE_FROM]
    loss = dict.fromkeys(STRENGTHS, 0.0)
    for place in dict.fromkeys(place for place, _ in usable):
        own = [i for at, i in usable if at == place]
        for strength, part in _sampled_losses(table, jobs[place], own, seed=seed).items():
            loss[strength] += part
    return loss


def _rarer(job: Job, column: int) -> int:
    positive = int(job.truth[:, column].sum())
    return min(positive, len(job.rows) - positive)


def _sampled_losses(table: Table, job: Job, columns: Sequence[int], *, seed: int) -> dict[float, float]:
    drawn = group_sample(job.groups, most=CHOOSE_MOST, seed=seed)
    fold, _ = folds_for(tuple(job.groups[i] for i in drawn), folds=3, seed=seed)
    parts, truth, weights = table.parts(job.rows[drawn], fold), job.truth[drawn], job.weights[drawn]

    def loss(strength: float, i: int) -> float:
        scores = fitting.held_out_scores(parts, truth[:, i], weights, strength=strength, seed=seed)
        return fitting.log_loss(scores, truth[:, i], weights)

    return {strength: sum(loss(strength, i) for i in columns) for strength in STRENGTHS}


def _fit_all(
    table: Table, jobs: Sequence[Job], *, strength: float, seed: int, progress: Progress, shares: Shares
) -> tuple[list[Checked], Numbers]:
    checked, lines = [], []
    for done, job in enumerate(jobs, start=1):
        checked.append(check(table, job, strength=strength, seed=seed))
        lines += fitting.fit_lines(table, job, strength=strength, seed=seed)
        share = shares.chosen + (shares.fitted - shares.chosen) * done / len(jobs)
        progress(share, _trained(job, done, len(jobs)))
    if not lines:
        return [], Numbers(np.zeros((table.width, 0), dtype=np.float32), *(np.zeros(0) for _ in range(4)))
    return checked, Numbers(
        np.stack([line.coefficients for line in lines], axis=1).astype(np.float32),
        np.array([line.intercept for line in lines]),
        *(
            np.concatenate([getattr(result, name) for result in checked])
            for name in ("slopes", "offsets", "thresholds")
        ),
    )


def _trained(job: Job, done: int, of: int) -> str:
    if job.target is None:
        return say("Trained and cross-validated.")
    return say("Trained and cross-validated for {done} of {targets} targets.", done=done, targets=of)


def _tasks(jobs: Sequence[Job], checked: Sequence[Checked], counts: Sequence[Sequence[Tally]]) -> list[Task]:
    tasks, first = [], 0
    for job, result, drawn in zip(jobs, checked, counts, strict=True):
        early = early_labels(job, result, drawn)
        tasks.append(Task(job.target, job.labels, first, job.one, job.at_least_one, result.calibrated, early))
        first += len(job.labels)
    return tasks
