"""The errors of the application; each text is a finished sentence for the person at the screen."""

from collections.abc import Sequence


class AnnotatorError(Exception):
    """Something the person can understand and act on.

    ``problems`` holds one sentence each; ``str()`` joins them.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems: Sequence[str] = problems


class InvalidInputError(AnnotatorError):
    """A file, a form or a setting that cannot be used as it is; each problem names file and line, or the setting."""


class NotFoundError(AnnotatorError):
    """What was asked for does not exist, or not for this person."""


class NotAllowedError(AnnotatorError):
    """The person is known but may not do this."""


class ConflictError(AnnotatorError):
    """It was right when the page was opened and is not any more."""


class TooManyAttemptsError(AnnotatorError):
    """Somebody tried too often in too short a time; it may be tried again after ``wait_seconds``."""

    def __init__(self, *problems: str, wait_seconds: int) -> None:
        super().__init__(*problems)
        self.wait_seconds = wait_seconds


class StorageFullError(AnnotatorError):
    """The disk refused a write; nothing was stored."""
