"""Write a codebook as YAML: always the same bytes for the same codebook, every id and key written out."""

from collections.abc import Mapping

import yaml

from annotator.codebook.keys import assign_keys
from annotator.codebook.values import Codebook, Label, Question, TargetEntry

LINE_WIDTH = 110


def write_codebook(codebook: Codebook) -> str:
    """Return the canonical YAML of a codebook; ``read_codebook`` gives the same codebook back.

    Empty values are left out. Labels without a key get one, as they do when a file is read.
    """
    content = _filled(
        name=codebook.name,
        description=codebook.description,
        source=codebook.source,
        guidelines=codebook.guidelines,
        targets=[_target(target) for target in codebook.targets],
        questions=[_question(question) for question in assign_keys(codebook.questions)],
    )
    text: str = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=LINE_WIDTH)
    return text


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key and never writes anchors."""

    def ignore_aliases(self, data: object) -> bool:
        """Write equal values out each time."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists like everything else."""
        super().increase_indent(flow, False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Write a text of several lines as a block, so that a change of one line is a change of one line."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


def _filled(**values: object) -> Mapping[str, object]:
    """Return the values that say something; empty texts and lists, None and False are what is read without them."""
    return {key: value for key, value in values.items() if value}


def _target(target: TargetEntry) -> Mapping[str, object]:
    return _filled(name=target.name, aliases=list(target.aliases))


def _question(question: Question) -> Mapping[str, object]:
    return _filled(
        id=question.id,
        name=question.name,
        was=question.was,
        type=question.type,
        unit=question.unit,
        level=question.level,
        text=question.text,
        required=question.required,
        labels=[_label(label) for label in question.labels],
    )


def _label(label: Label) -> Mapping[str, object]:
    return _filled(
        id=label.id,
        name=label.name,
        was=label.was,
        replaces=list(label.replaces),
        key=label.key,
        colour=label.colour,
        definition=label.definition,
        examples=list(label.examples),
        counter_examples=list(label.counter_examples),
        frame=label.frame,
        exclusive=label.exclusive,
    )
