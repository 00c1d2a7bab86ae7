"""Do two answers to a question say the same?"""

from typing import Any


def same(known: Any, given: Any) -> bool:
    """Tell whether two answers to a question say the same; the order of labels and stances does not count."""
    if isinstance(known, list) and isinstance(given, list):
        return sorted(map(repr, map(_plain, known))) == sorted(map(repr, map(_plain, given)))
    return bool(known == given)


def _plain(item: Any) -> Any:
    """Return what of an answer must agree: of a stance its target and label; whose it is, is a question of its own."""
    return (item["target"], item["label"]) if isinstance(item, dict) and "target" in item else item
