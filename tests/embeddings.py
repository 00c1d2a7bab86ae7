"""Sentence embeddings of a few words, and sentences in which every document has words of its own."""

import random
from pathlib import Path

import numpy as np
from model2vec import StaticModel
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import WordLevel, WordPiece
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import BertPreTokenizer, Metaspace

from annotator.learning.values import Example

DIMENSIONS = 8
FILLER = ["the", "minister", "on", "Monday", "after", "talks", "in", "town", "about", "trade", "and", "bread"]
DOCUMENTS, PER_DOCUMENT = 40, 4


def _word(number: int) -> str:
    """Spell a number so that no part of the word tells anything."""
    rng = random.Random(number)
    return "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(4))


#: A word for each document: of praise in every second, of blame in the others.
WORDS = [_word(number) for number in range(DOCUMENTS)]


def vectors_of_words(*, shuffled: bool = False) -> dict[str, NDArray[np.float32]]:
    """Give words of praise vectors that are near to each other, and those of blame the opposite ones.

    Shuffled, the same vectors lie on other words, so that they tell nothing.
    """
    rng = np.random.default_rng(7)
    praise = rng.normal(size=DIMENSIONS)
    signs = [1 if number % 2 else -1 for number in range(DOCUMENTS)]
    if shuffled:
        rng.shuffle(signs)
    near = {word: sign * praise + rng.normal(size=DIMENSIONS) / 3 for word, sign in zip(WORDS, signs, strict=True)}
    others = {word.lower(): rng.normal(size=DIMENSIONS) / 3 for word in FILLER}
    return {word: vector.astype(np.float32) for word, vector in (near | others).items()}


def make_embedding(
    folder: Path, vectors: dict[str, NDArray[np.float32]] | None = None, *, kind: str = "float32", **options: object
) -> Path:
    """Save an embedding as ``model2vec`` does: whole words, in lower case; of whole numbers if ``kind`` says so."""
    vectors = vectors or vectors_of_words()
    names = ["[UNK]", *vectors]
    tokenizer = Tokenizer(WordLevel(dict(zip(names, range(len(names)), strict=True)), unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), BertPreTokenizer()
    table = np.stack([np.ones(len(next(iter(vectors.values()))), np.float32), *vectors.values()])
    if kind == "int8":
        table = np.round(20 * table)
    StaticModel(table.astype(kind), tokenizer, **options).save_pretrained(folder)
    return folder


def make_pieces(folder: Path, *, spaces: bool = False, **options: object) -> Path:
    """Save an embedding of pieces of words with random vectors; with ``spaces``, tokens begin with the space before."""
    letters = "abcdefghijklmnopqrstuvwxyz.,!'"
    pieces = ["[UNK]", "att", "##acked", "min", "##ister", "Berlin", *letters, *(f"##{letter}" for letter in letters)]
    if spaces:
        pieces = ["[UNK]", "\u2581", *(piece if "#" in piece else f"\u2581{piece}" for piece in pieces[1:])]
    prefix = {"continuing_subword_prefix": "##"}
    model = WordPiece(dict(zip(pieces, range(len(pieces)), strict=True)), unk_token="[UNK]", **prefix)
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = Metaspace() if spaces else BertPreTokenizer()
    table = np.random.default_rng(3).normal(size=(len(pieces), DIMENSIONS)).astype(np.float32)
    StaticModel(table, tokenizer, **options).save_pretrained(folder)
    return folder


def examples_in_own_words(*, labels: tuple[str, str] = ("against", "favor")) -> list[Example]:
    """Make sentences whose telling word comes in no other document: words and characters alone cannot know it."""
    rng = random.Random(1)
    found = []
    for number, word in enumerate(WORDS):
        for _ in range(PER_DOCUMENT):
            words = [rng.choice(FILLER) for _ in range(6)]
            words.insert(rng.randrange(7), word)
            found.append(Example(" ".join(words), f"d{number}", (labels[number % 2],)))
    return found
