"""What somebody looks for in a project, as it travels in addresses and is kept with a queue."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from annotator.services.given import Given

#: How a target is looked for: named in the sentence, or with a stance toward it.
NAMED, JUDGED = "named", "judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """All that is asked; an empty text asks nothing. Questions, labels and targets go by their outside names."""

    words: str = ""
    target: str = ""
    target_as: str = NAMED
    speaker: str = ""
    #: ``question:label``
    label: str = ""
    labelled: str = ""
    flagged: bool = False
    commented: bool = False
    skipped: bool = False
    #: The question about which the classifier is unsure.
    unsure: str = ""

    def __bool__(self) -> bool:
        return bool(self.as_dict())

    def as_dict(self) -> dict[str, Any]:
        """Return only what is asked, to be kept and to make addresses of."""
        asked = {name: value for name, value in asdict(self).items() if value}
        if not self.target or self.target_as == NAMED:
            asked.pop("target_as", None)
        return asked

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Criteria":
        """Return what ``as_dict`` gave."""
        return cls(**{field.name: kept[field.name] for field in fields(cls) if field.name in kept})

    @property
    def names_target(self) -> bool:
        """Whether a target has to be named in the sentence."""
        return bool(self.target) and self.target_as == NAMED

    def given(self) -> list[Given]:
        """Return what must have been said: each of it by anybody, a label and its target by one."""
        label = self.label_parts()
        target = self.target if self.target and self.target_as == JUDGED else None
        said = [
            Given(label=label, target=target),
            Given(is_flagged=self.flagged),
            Given(is_commented=self.commented),
            Given(act="skip" if self.skipped else None),
        ]
        return [one for one in said if one]

    def label_parts(self) -> tuple[str, str] | None:
        """Return question and label."""
        question, _, label = self.label.partition(":")
        return (question, label) if self.label else None
