"""The codebooks that come with the application, and the way to any codebook by name or path."""

from importlib.resources import files
from pathlib import Path

from annotator.codebook.problems import excerpt
from annotator.codebook.reading import read_codebook
from annotator.codebook.values import Codebook
from annotator.codebook.yamltree import MAX_CHARACTERS
from annotator.errors import InvalidInputError
from annotator.words import say

DEFAULT_CODEBOOK = "stance-and-frames"
_NAMES = (DEFAULT_CODEBOOK, "policy-frames", "generic-frames", "sentence-bias")


def builtin_codebooks() -> dict[str, str]:
    """Return the YAML text of every built-in codebook by its name, the default first."""
    folder = files(__name__)
    return {name: folder.joinpath(f"{name}.yaml").read_text(encoding="utf-8") for name in _NAMES}


def load_codebook(name_or_path: str | Path) -> Codebook:
    """Return a built-in codebook by name, or the one in a file.

    Raises InvalidInputError if there is neither, or the file is not a usable codebook.
    """
    if name_or_path in _NAMES:
        return read_codebook(builtin_codebooks()[str(name_or_path)], name=str(name_or_path))
    path = Path(name_or_path)
    return read_codebook(_read_file(path), name=path.name)


def _read_file(path: Path) -> str:
    """Return the text of a codebook file."""
    shown = excerpt(str(path))
    try:
        with path.open("rb") as file:
            content = file.read(4 * MAX_CHARACTERS + 1)
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidInputError(
            say("{file}, line {line}: the file is not UTF-8; save it in that encoding.", file=path.name, line=line)
        ) from error
    except (OSError, ValueError) as error:
        reason = say("name one of {known}, or a YAML file that can be read", known=", ".join(_NAMES))
        raise InvalidInputError(
            say("The codebook {shown} cannot be opened; {reason}.", shown=shown, reason=reason)
        ) from error
