"""Who is reported in a sentence: the subjects of verbs of saying, in English and basic German."""
# ruff: noqa: RUF001  (typographic marks are what this is about)

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from annotator.text.names import NameFinder, fold
from annotator.text.titles import is_title_word
from annotator.text.vocabulary import PARTICLES, STARTERS, frozen_words

#: Present, past and third person; nouns of the same form do no harm, since a name has to stand before them.
VERBS = frozen_words("""
    say says said tell tells told report reports reported claim claims claimed argue argues argued warn warns warned
    add adds added insist insists insisted announce announces announced note notes noted explain explains explained
    state states stated suggest suggests suggested believe believes believed think thinks thought acknowledge
    acknowledges acknowledged admit admits admitted accuse accuses accused ask asks asked assert asserts asserted
    complain complains complained concede concedes conceded conclude concludes concluded confirm confirms confirmed
    contend contends contended criticize criticizes criticized criticise criticises criticised declare declares
    declared demand demands demanded deny denies denied describe describes described emphasize emphasizes emphasized
    emphasise emphasises emphasised estimate estimates estimated maintain maintains maintained predict predicts
    predicted promise promises promised recall recalls recalled reiterate reiterates reiterated reply replies replied
    respond responds responded reveal reveals revealed stress stresses stressed testify testifies testified tweet
    tweets tweeted urge urges urged vow vows vowed write writes wrote
    sagt sagte sagten erklärt erklärte erklärten meint meinte berichtet berichtete berichteten betont betonte
    behauptet behauptete warnt warnte fordert forderte forderten kritisiert kritisierte schreibt schrieb nannte
    äußerte bekräftigte mahnte beklagte versicherte
""")
#: Before a name: whoever follows is reported.
_SOURCES = ("according to", "in the words of", "in the view of", "laut", "nach angaben von", "nach ansicht von", "so")
#: After a name, in German.
_AFTER = frozenset(["zufolge"])
_BESIDE_VERB = frozen_words("""
    also then later again still even never always often once repeatedly recently himself herself has had have would
    did does already just auch dann später noch hat hatte
""")
_OF = frozen_words("of from at with for in who whose von vom aus der des")
_NO_NAME = STARTERS | frozen_words("""
    it's there's he's she's that's i've i'm i'd we've western eastern northern southern english no neither both most
    everyone everybody nobody somebody someone anybody officials supporters opponents critics police experts analysts
    people authorities residents witnesses protesters reporters lawyers lawmakers leaders voters doctors scientists
    researchers sources diplomats prosecutors investigators others
    laut according er sie es wir ihr man der die das ein eine einer nach im am zum auch aber doch und wie wer
""")
_GERMAN_ARTICLES = frozen_words("der die das dem den ein eine einer einem einen")
_OF_OFFICES = frozen_words("state defense defence staff homeland treasury")
_PUNCTUATION = frozenset(',.;:!?…"“”„‚‘«»()–—')
_TOKEN = re.compile(
    r"[^\W\d_](?:\.[^\W\d_])+\.?|[^\W_][\w’'-]*(?:(?<=\bMr)\.|(?<=\bMrs)\.|(?<=\bMs)\.|(?<=\bDr)\.|(?<=\b[A-Z])\.)?|[^\w\s]"
)
#: Not of a plural: "the Fishers' Union" is a name.
_POSSESSIVE = re.compile(r"['’]s$|(?<!s)['’]$")
_CONTRACTION = re.compile(r"['’](?:ll|ve|d|m|re|t)$", re.IGNORECASE)
_AUXILIARIES = frozen_words(
    "is was are were has had will would can could should must may might does did ist war hat wird"
)
#: Words between a name and its verb ("…, an analyst who …, says").
_MAX_BETWEEN = 24
_MAX_NAME = 5


@dataclass(frozen=True, slots=True)
class _Name:
    """Words ``[first, end)`` of a sentence that are written as a name."""

    first: int
    end: int


def reporters(text: str) -> list[str]:
    """Return who is the subject of a verb of saying, as printed but without titles, in order of appearance.

    Found are "X said", "X, an analyst, says", "X of the Centre says", "…, says X" and "according to X". Pronouns are
    not resolved, and in scripts without capitals nobody is found. Sentences in capitals tell no names.

    Parameters
    ----------
    text
        One sentence.

    Examples
    --------
    >>> reporters("So far, says Ulgen, Turkey has been persuasive, though President Biden told NATO otherwise.")
    ['Ulgen', 'Biden']
    """
    if text.isupper():
        return []
    words = [match[0] for match in _TOKEN.finditer(text)]
    names = {name.first: name for name in _names(words)}
    found = [*_of_verbs(words, names), *_of_sources(words, names)]
    return list(dict.fromkeys(_printed(words, name) for name in sorted(found, key=lambda name: name.first)))


def full_form(name: str, known: Sequence[str] = (), finder: NameFinder | None = None) -> str:
    """Return the full name somebody is known by, or the name as it is where there is none or more than one.

    Parameters
    ----------
    name
        A name as printed, normally a surname.
    known
        Full names that come into question first.
    finder
        Looks for full names in the text around.

    Examples
    --------
    >>> full_form("Ulgen", ["Sinan Ulgen", "Peter Kenyon"]), full_form("Ann", ["Ann Lee"])
    ('Sinan Ulgen', 'Ann')
    """
    words = name.split()
    fitting = [full for full in known if _ends_with(full.split(), words)]
    if not fitting and finder is not None and len(words) == 1:
        fitting = finder.full_names(words, 1 << 62)
    return fitting[0] if len(set(fitting)) == 1 else name


def named(text: str, known: Sequence[str]) -> list[str]:
    """Return the known people whose surname stands in a sentence with a capital, in their own order."""
    words = {fold(_POSSESSIVE.sub("", word)) for word in re.findall(r"[\w’'-]+", text) if not word[0].islower()}
    surnames = {name: fold(name.split()[-1]) for name in known if name.split()}
    return [name for name, surname in surnames.items() if surname in words and (len(surname) > 1 or not name.isascii())]


def _ends_with(full: list[str], words: list[str]) -> bool:
    return bool(words) and [fold(word) for word in full[-len(words) :]] == [fold(word) for word in words]


def _names(words: Sequence[str]) -> Iterator[_Name]:
    """Yield runs of words with capitals, particles among them; a possessive ends a name without being one."""
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and end - at < _MAX_NAME and _may_be_in_name(words, end, at):
            end += 1
        # "Apparently Mr. Trump": the name begins after the title.
        titles = [place for place in range(at, end - 1) if words[place].endswith(".") and is_title_word(words[place])]
        first = titles[-1] + 1 if titles else at
        while first < end and _is_no_name(words, first):
            first += 1
        while end > first and words[end - 1] in PARTICLES:
            end -= 1
        if end > first and not _POSSESSIVE.search(words[end - 1]):
            yield _Name(first, end)
        at = max(end, at + 1)


def _may_be_in_name(words: Sequence[str], at: int, first: int) -> bool:
    word = words[at]
    if at > first and (_POSSESSIVE.search(words[at - 1]) or words[at - 1] in _PUNCTUATION):
        return False
    if word in PARTICLES:
        following = next((other for other in words[at + 1 : at + 4] if other not in PARTICLES), "")
        return at > first and following[:1].isupper()
    return word[0].isupper() and not any(character.isdigit() for character in word)


def _is_no_name(words: Sequence[str], at: int) -> bool:
    """Tell whether a word before a name is none itself: a title, or the beginning of the sentence."""
    word = words[at].casefold()
    is_office = word in _OF_OFFICES and at > 1 and words[at - 1] == "of" and is_title_word(words[at - 2])
    is_german_noun = at + 1 == len(words) or not words[at + 1][0].isupper()
    after_article = at > 0 and words[at - 1].casefold() in _GERMAN_ARTICLES and is_german_noun
    is_word = word in _NO_NAME or bool(_CONTRACTION.search(word))
    return is_office or after_article or is_word or is_title_word(word) or word in PARTICLES


def _of_verbs(words: Sequence[str], names: dict[int, _Name]) -> Iterator[_Name]:
    inside = {at for name in names.values() for at in range(name.first, name.end)}
    for at, word in enumerate(words):
        if at in inside or word.casefold() not in VERBS | _AFTER:
            continue
        subject = _before(words, names, at)
        if subject is None and word.casefold() in VERBS and _is_inverted(words, at):
            subject = _after(words, names, at + 1)
            # "…, says Obama is wrong": what follows is what is said, not who says it.
            if subject is not None and words[subject.end : subject.end + 1] and words[subject.end] in _AUXILIARIES:
                subject = None
        if subject is not None:
            yield subject


def _before(words: Sequence[str], names: dict[int, _Name], verb: int) -> _Name | None:
    """Return the subject before a verb: beside it, before an apposition, or before "of the …"."""
    at = verb
    while at > 0 and (words[at - 1] in _BESIDE_VERB or words[at - 1].endswith("ly")):
        at -= 1
    by_end = {name.end: name for name in names.values()}
    if at > 0 and words[at - 1] == ",":
        opening = next((i for i in range(at - 2, max(at - _MAX_BETWEEN, 0) - 1, -1) if words[i] == ","), None)
        return by_end.get(opening) if opening is not None else None
    clause = next((i + 1 for i in range(at - 1, max(at - _MAX_BETWEEN, 0) - 1, -1) if _is_border(words[i])), 0)
    first = next((names[i] for i in range(clause, at) if i in names), None)
    if first is not None and first.end < at and words[first.end] in _OF and first.first <= clause + 2:
        return first
    return by_end.get(at)


def _is_border(word: str) -> bool:
    return word in _PUNCTUATION or word in ("but", "that", "while", "because", "aber", "dass")


def _is_inverted(words: Sequence[str], verb: int) -> bool:
    """Tell whether the subject can follow: after a comma or a quotation, or at the beginning."""
    return verb == 0 or words[verb - 1] in _PUNCTUATION


def _after(words: Sequence[str], names: dict[int, _Name], at: int) -> _Name | None:
    """Return a name that follows, with "the", or what somebody is, before it."""
    for place in range(at, min(at + 4, len(words))):
        if place in names:
            return names[place]
        if words[place] in _PUNCTUATION or words[place] in ("that", "he", "she", "they", "it", "we", "er", "sie"):
            return None
    return None


def _of_sources(words: Sequence[str], names: dict[int, _Name]) -> Iterator[_Name]:
    folded = [word.casefold() for word in words]
    for phrase in _SOURCES:
        parts = phrase.split()
        for at in range(len(folded) - len(parts)):
            is_there = folded[at : at + len(parts)] == parts
            # "So" reports in German only: „…“, so Merkel.
            if is_there and (phrase != "so" or (at > 0 and folded[at] == words[at] and words[at - 1] in _PUNCTUATION)):
                found = _after(words, names, at + len(parts))
                if found is not None and (phrase != "so" or found.first == at + 1):
                    yield found


def _printed(words: Sequence[str], name: _Name) -> str:
    return " ".join(words[name.first : name.end])
