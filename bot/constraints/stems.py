"""Words cut down to what they share: text in, stems out, the same for every form of a word.

The stems are no dictionary forms ("releasing" and "release" both become "releas"); nobody reads them.
Thesaurus and statements pass through the same cut, so it has to be consistent, not correct.
"""

import re
from functools import lru_cache
from typing import Final

_SLACK_MARKUP: Final = re.compile(r"<[@#!][^>]*>|<?https?://\S+|:[a-z0-9_+-]+:|@\S+")
# "8 pm" is a time of day, and no product manager.
_TIME_OF_DAY: Final = re.compile(r"\b(\d{1,2}) ?([ap])\.?m\b\.?")
_TOKEN: Final = re.compile(r"[^\W_]+(?:\.[0-9]+)*[+#]*(?:'[a-z]+)?")
_APOSTROPHES: Final = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "`": "'", "\u00b4": "'", "-": " "})

# Written without the apostrophe they are no other word.
_BARE_CONTRACTIONS: Final = frozenset(
    (
        "arent", "cant", "couldnt", "didnt", "doesnt", "dont", "hadnt", "hasnt", "havent", "isnt",
        "mustnt", "shouldnt", "wasnt", "werent", "wont", "wouldnt",
    )
)  # fmt: skip
_NOT: Final = {"can": ("cannot",), "wo": ("will", "not"), "sha": ("shall", "not")}
_IRREGULAR: Final = {
    "went": "go", "gone": "go", "goes": "go", "bought": "buy", "paid": "pay", "wrote": "write",
    "written": "write", "spoke": "speak", "spoken": "speak", "said": "say", "told": "tell",
    "met": "meet", "kept": "keep", "sent": "send", "built": "build", "broke": "break", "broken": "break",
    "chose": "choose", "chosen": "choose", "ran": "run", "held": "hold", "left": "leave",
    "taught": "teach", "spent": "spend", "lent": "lend", "gave": "give", "given": "give", "took": "take",
    "taken": "take", "made": "make", "came": "come", "got": "get", "gotten": "get", "has": "have",
    "had": "have", "did": "do", "done": "do", "does": "do", "knew": "know", "known": "know",
    "saw": "see", "seen": "see", "forbade": "forbid", "tried": "try", "tries": "try", "sold": "sell",
    "lost": "lose", "fell": "fall", "cannot": "cannot", "people": "people", "lives": "live",
    "data": "data", "woken": "wake", "woke": "wake",
    # Cut like other words they would become "not".
    "note": "jotting", "notes": "jotting", "noted": "jotting",
}  # fmt: skip
# The noun means something of its own, so it keeps its form: a meeting is not what "meet" is.
_WHOLE: Final = frozenset(
    (
        "access", "address", "always", "anything", "building", "bus", "business", "class", "during",
        "evening", "everything", "his", "holding", "its", "less", "lending", "meeting", "morning", "need",
        "news", "nothing", "opening", "pricing", "process", "products", "rights", "sales", "series", "something",
        "species", "staging", "states", "this",
    )
)  # fmt: skip
_SHORTEST_STEM: Final = 3
# People leave these out or contract them as they like, so no phrase hangs on them.
_DROPPED: Final = frozenset({"a", "an", "the", "is", "are", "am", "be", "was", "were"})
_VOWELS: Final = frozenset("aeiouy")


def stems(text: str) -> tuple[str, ...]:
    """Cut text into stems in order; mentions, links, emoji names vanish, "can't" becomes "cannot"."""
    plain = _SLACK_MARKUP.sub(" ", text.translate(_APOSTROPHES).lower()).replace("can not", "cannot")
    plain = _TIME_OF_DAY.sub(r"\1\2m", plain)
    words = (word for token in _TOKEN.findall(plain) for word in _spelled_out(token))
    return tuple(stem(word) for word in words if word not in _DROPPED)


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Cut one lower-case word to its stem: plural, -ed, -ing and a last -e go; irregular forms by a list."""
    if word in _IRREGULAR:
        return _IRREGULAR[word].removesuffix("e") if len(_IRREGULAR[word]) > _SHORTEST_STEM else _IRREGULAR[word]
    if word in _WHOLE or len(word) <= _SHORTEST_STEM or not word.isalpha():
        return word
    return _without_last_vowel(_without_ending(_singular(word)))


def _spelled_out(token: str) -> tuple[str, ...]:
    if token in _BARE_CONTRACTIONS:
        token = f"{token[:-1]}'t"
    if token.endswith("n't"):
        head = token[:-3]
        return _NOT.get(head if head != "ca" else "can", (head, "not"))
    return (token.partition("'")[0],)


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _without_ending(word: str) -> str:
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= _SHORTEST_STEM and _VOWELS & set(rest):
            return _undoubled(rest)
    return word


def _undoubled(word: str) -> str:
    doubled = word[-1] == word[-2] and word[-1] not in "lsz"
    return word[:-1] if doubled else word


def _without_last_vowel(word: str) -> str:
    if word.endswith("e") and len(word) > _SHORTEST_STEM:
        word = word[:-1]
    return word[:-1] + "y" if word.endswith("i") else word
