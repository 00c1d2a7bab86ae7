"""Score sentences with the classifiers' bare scikit-learn objects and print the CPU seconds of that as JSON.

Run by the environment under measurement as ``bare.py HOME SLUG CORPUS COUNT``. What is timed is nothing but
``transform``, ``decision_function`` and the sigmoid, in the batches that ``annotator suggest`` makes.
"""

import json
import sys
import time
from itertools import islice
from pathlib import Path

from scipy.special import expit

from annotator.config import read_settings
from annotator.db.upgrading import open_database
from annotator.importing.corpus_lines import PART_ROWS
from annotator.learning.classifier import Classifier
from annotator.services import projects
from annotator.services.corpus import load_classifiers
from annotator.services.corpus_orders import Columns, read_order


def main(home: Path, slug: str, corpus: Path, count: int) -> None:
    """Print what the classifiers of a project take for the first sentences of a corpus."""
    settings = read_settings({}, home=home)
    with open_database(settings).reading() as session:
        project = projects.find_project(session, slug)
        order = read_order(session, settings.models, project, name=corpus.name, columns=Columns())
    with corpus.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in islice(lines, count)]
    seconds = sum(cpu_seconds(classifier, texts) for classifier in load_classifiers(order))
    print(json.dumps({"sentences": len(texts), "cpu_seconds": seconds}))


def cpu_seconds(classifier: Classifier, texts: list[str]) -> float:
    """Return the CPU seconds of one classifier for all texts."""
    vectoriser, lines = classifier.estimators()
    numbers = classifier.numbers
    started = time.process_time()
    for start in range(0, len(texts), PART_ROWS):
        matrix = vectoriser.transform(texts[start : start + PART_ROWS])
        for column, line in enumerate(lines.values()):
            expit(line.decision_function(matrix) * numbers.slopes[column] + numbers.offsets[column])
    return time.process_time() - started


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
