"""The sample project: invented texts about one dispute, half of them labelled, for the first minutes with Annotator."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTarget:
    """Somebody a stance is toward, with the other names the texts use."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDocument:
    """One text as it would be uploaded, with its metadata."""

    slug: str
    filename: str
    content: bytes
    title: str
    outlet: str
    author: str | None
    date: date
    date_precision: Literal["day", "month", "year"]
    kind: Literal["article", "transcript"]
    language: str
    #: Kept for testing the classifiers and never trained on.
    reserved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleStance:
    """One holder's stance toward one target in a sentence."""

    target: str
    holder_kind: Literal["author", "speaker", "reported", "unclear"]
    holder_name: str | None
    label: Literal["favor", "against", "neither", "unclear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLabels:
    """The gold labels of one sentence; an empty tuple is an answer ("none"), not a gap."""

    document: str
    #: The sentence as it stands in the document, where it occurs exactly once.
    text: str
    stances: tuple[SampleStance, ...]
    #: Targets considered; one without a stance is not at issue in the sentence.
    targets_offered: tuple[str, ...]
    frames: tuple[str, ...]
    #: Loaded words as half-open spans in code points, counted from the sentence's start.
    loaded: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The whole sample project."""

    name: str
    #: Name of the built-in codebook that the labels answer.
    codebook: str
    targets: tuple[SampleTarget, ...]
    documents: tuple[SampleDocument, ...]
    labels: tuple[SampleLabels, ...]


@cache
def load_sample() -> Sample:
    """Read the sample project that is packed with the program."""
    folder = files(__name__)
    project = yaml.safe_load(folder.joinpath("project.yaml").read_text(encoding="utf-8"))
    lines = folder.joinpath("labels.jsonl").read_text(encoding="utf-8").splitlines()
    return Sample(
        name=project["name"],
        codebook=project["codebook"],
        targets=tuple(SampleTarget(name=row["name"], aliases=tuple(row["aliases"])) for row in project["targets"]),
        documents=tuple(_document(row, folder.joinpath("texts")) for row in project["documents"]),
        labels=tuple(_labels(json.loads(line)) for line in lines),
    )


def _document(row: Mapping[str, Any], texts: Traversable) -> SampleDocument:
    metadata = {key: value for key, value in row.items() if key != "file"}
    return SampleDocument(
        slug=row["file"].removesuffix(".txt"),
        filename=row["file"],
        content=texts.joinpath(row["file"]).read_bytes(),
        **metadata,
    )


def _labels(row: Mapping[str, Any]) -> SampleLabels:
    answers = row["answers"]
    return SampleLabels(
        document=row["document"],
        text=row["text"],
        stances=tuple(_stance(stance) for stance in answers["stance"]),
        targets_offered=tuple(answers["targets_offered"]),
        frames=tuple(answers["frames"]),
        loaded=tuple((span["start"], span["end"]) for span in answers["loaded"]),
    )


def _stance(row: Mapping[str, Any]) -> SampleStance:
    holder = row["holder"]
    return SampleStance(
        target=row["target"], holder_kind=holder["kind"], holder_name=holder.get("name"), label=row["label"]
    )
