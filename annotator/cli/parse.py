"""``annotator parse``: what an import would understand of a text, without a database."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from annotator.errors import InvalidInputError
from annotator.importing.lines import refuse_foreign
from annotator.importing.plain import read_plain
from annotator.importing.problems import Problems
from annotator.text.parsing import parse
from annotator.text.values import Parsed, Turn


@click.command("parse")
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object per document and line.")
@click.option("--kind", type=click.Choice(["transcript", "article"]), help="Do not guess which it is.")
@click.option("--language", default="en", show_default=True, help="Two-letter code, for abbreviations.")
def parse_command(files: tuple[Path, ...], *, as_json: bool, kind: str | None, language: str) -> None:
    """Show title, speakers, turns and sentences of each text FILE."""
    failed = False
    for file in files:
        try:
            text = read_text(file)
        except InvalidInputError as error:
            click.echo(str(error), err=True)
            failed = True
            continue
        parsed = parse(text, kind=kind, language=language)
        if as_json:
            _write_line(json.dumps(as_record(text, parsed), ensure_ascii=False))
        else:
            _write_line(summary(file.name, text, parsed))
    if failed:
        sys.exit(1)


def read_text(file: Path) -> str:
    """Return the text of a file as an import reads it, line breaks as they are.

    Raises
    ------
    InvalidInputError
        If the file cannot be read, is no text, or holds nothing; the sentence says what to do.
    """
    if file.is_dir():
        raise InvalidInputError(f"{file} is a folder; name the text files in it.")
    problems = Problems(str(file))
    try:
        with file.open("rb") as stream:
            refuse_foreign(stream, str(file))
            texts = [document.text for document in read_plain(stream, problems)]
    except FileNotFoundError:
        raise InvalidInputError(f"{file} does not exist; check the name and the folder.") from None
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read ({error.strerror}); check its permissions.") from None
    problems.raise_any()
    return texts[0]


def as_record(text: str, parsed: Parsed) -> dict[str, Any]:
    """Return the document as its JSON object; offsets are code points into ``text``."""
    names = [_speaker_name(parsed, turn) for turn in parsed.turns]
    return {
        "title": parsed.title,
        "outlet": parsed.outlet,
        "date": parsed.date,
        "kind": parsed.kind,
        "segmenter": parsed.segmenter,
        "speakers": [
            {"name": speaker.name, "aliases": list(speaker.aliases), "role": speaker.role, "byline": speaker.byline}
            for speaker in parsed.speakers
        ],
        "turns": [
            {"speaker": name, "note": turn.note, "start": turn.start, "end": turn.end}
            for turn, name in zip(parsed.turns, names, strict=True)
        ],
        "sentences": [
            {
                "start": sentence.start,
                "end": sentence.end,
                "text": text[sentence.start : sentence.end],
                "turn": sentence.turn,
                "speaker": names[sentence.turn],
            }
            for sentence in parsed.sentences
        ],
    }


def summary(name: str, text: str, parsed: Parsed) -> str:
    """Return what was understood in a form to read: the facts, then every turn with its sentences."""
    facts = [("title", parsed.title), ("outlet", parsed.outlet), ("author", parsed.author), ("date", parsed.date)]
    report = [f"{name}: {parsed.kind}, {_count(parsed.turns, 'turn')}, {_count(parsed.sentences, 'sentence')}"]
    report += [f"  {key}: {value}" for key, value in facts if value]
    for speaker in parsed.speakers:
        details = [speaker.role or "", "by-line" if speaker.byline else "", "printed " + ", ".join(speaker.aliases)]
        report.append(f"  speaker: {speaker.name} ({'; '.join(filter(None, details))})")
    spoken: list[list[str]] = [[] for _ in parsed.turns]
    for sentence in parsed.sentences:
        spoken[sentence.turn].append("       " + " ".join(text[sentence.start : sentence.end].split()))
    for index, turn in enumerate(parsed.turns):
        note = f" ({turn.note})" if turn.note else ""
        report.append(f"  {index + 1}. {_speaker_name(parsed, turn) or 'no speaker'}{note}")
        report += spoken[index]
    return "\n".join(report)


def _speaker_name(parsed: Parsed, turn: Turn) -> str | None:
    return None if turn.speaker is None else parsed.speakers[turn.speaker].name


def _count(things: tuple[object, ...], word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


def _write_line(line: str) -> None:
    """Write UTF-8 whatever the terminal's encoding, so that the line can be read back."""
    click.echo(line.encode("utf-8"))
