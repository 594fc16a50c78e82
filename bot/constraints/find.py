"""Text to findings: candidates by phrase, ordered vetoes, a kind and an exact span; pure, in linear time."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
from hashlib import sha256
from types import MappingProxyType
from typing import Final, NamedTuple

from bot.constraints import lexicon, words
from bot.constraints.candidates import Candidate, chosen, judged
from bot.constraints.clauses import sentences
from bot.constraints.learned import Model, Sorts, around, words_of
from bot.constraints.lexicon import Lexicon, Rule, Veto
from bot.constraints.remembered import bare
from bot.constraints.watch import UserWatch, Watch
from bot.constraints.words import Words

LEARNED: Final = "learned"
"""The rule id of what no phrase told and the learned part heard."""

SHORT_ANSWER: Final = "short-answer"
"""The rule id of one or few words that are an answer only under their question."""

SHORTEST_SENTENCE: Final = 4
"""Words. Fewer than these are no sentence, and lean on the question."""

LONGEST_QUOTE: Final = 80
"""Characters of the reply that a reason repeats, so that Slack shows it on one line."""


class Finding(NamedTuple):
    """A limit that the writer asserts: `text[start:end]` is the clause, `why` one sentence for people."""

    kind: str
    start: int
    end: int
    rule: str
    why: str


class Suppressed(NamedTuple):
    """A candidate that a veto stopped; `why` says in one sentence what it is instead."""

    kind: str
    start: int
    end: int
    rule: str
    veto: str
    why: str


class Reading(NamedTuple):
    """What one text says: limits held, limits rejected, past or doubted, and what was stopped and why."""

    findings: tuple[Finding, ...]
    against: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    english: bool


class Sentence(NamedTuple):
    """A sentence (its words `first..last`), the candidates in it, and what is known of it beside its words."""

    first: int
    last: int
    candidates: Sequence[Candidate]
    signs: set[str]  # sorts of its words, rules and vetoes, and what was asked


_ANSWERS: Final = {"<scarce>": "scarcity", "<rule>": "permission", "<authority>": "permission"}
_LENGTHS: Final = tuple(f"words {fives}" for fives in range(6))
_OPENING: Final = frozenset({"nothing", "none", "not", "never", "nope", "isn't"})
_NOT_READ: Final = Reading((), (), (), english=False)
_NOTHING: Final = Reading((), (), (), english=True)
_MUTED: Final = Veto("muted", "here", "muted in this workspace", ())


class Detector:
    """Reads texts by one lexicon and one model; holds no state between texts, so one may serve all threads."""

    def __init__(self, known: Lexicon, model: Model, muted: Collection[str] = ()) -> None:
        self.version = _version(known.own, muted)
        self._known = known
        self._model = model
        self._split = known.splitter.split
        self._line = known.vocabulary.alphabet.line
        self._rules = Watch(known.rules)
        self._own = UserWatch(known.own)
        self._vetoes = Watch(known.vetoes)
        self._asking = Watch(known.questions)
        self._sorts = Sorts(known.sorts)
        self._signs = lru_cache(maxsize=1_000)(self._signs_of)  # a channel answers the same few questions
        self._muted = frozenset(muted)
        self._muted_lines = [f" {' '.join(self._split(phrase).names)} " for phrase in muted]

    def read(self, text: str, prompt: str | None = None) -> Reading:
        """Read one text; `prompt` is the question that it answers."""
        if len(text) <= words.LONGEST_BLOCK:
            return self._read(text, prompt)
        parts = [_moved(self._read(block, prompt), start) for start, block in words.blocks(text)]
        return Reading(
            tuple(one for part in parts for one in part.findings),
            tuple(one for part in parts for one in part.against),
            tuple(one for part in parts for one in part.suppressed),
            english=any(part.english for part in parts),
        )

    def _read(self, text: str, prompt: str | None) -> Reading:
        spoken = self._split(text)
        if not self._known.languages.is_english(spoken.names, text):
            return _NOT_READ
        candidates = self._candidates(spoken)
        if not candidates and not prompt:
            return _NOTHING
        found = [one for part in self._heard(spoken, candidates, prompt) for one in self._found(spoken, part, prompt)]
        if not candidates:
            return Reading(tuple(found), (), (), english=True)
        rejected = chosen([one for one in candidates if one.rule.open or (one.veto is not None and one.veto.against)])
        against = [one for one in map(partial(_finding, spoken), rejected) if _apart(one, found)]
        told = tuple(_suppressed(spoken, one) for one in candidates if one.veto is not None)
        return Reading(tuple(found), tuple(against), told, english=True)

    def heard(self, text: str, prompt: str | None = None) -> tuple[Words, list[Sentence]]:
        """Give the sentences of a text as the learned part sees them; `training/train.py` fits to these."""
        spoken = self._split(text)
        return spoken, list(self._heard(spoken, self._candidates(spoken), prompt, every=True))

    def _candidates(self, spoken: Words) -> list[Candidate]:
        line = self._line(spoken.names)
        hits = [*self._own.hits(line), *self._rules.hits(line)] if self._known.own else self._rules.hits(line)
        if not hits:
            return []
        candidates = judged(spoken, hits, self._vetoes.hits(line))
        return [self._unless_muted(spoken, one) for one in candidates] if self._muted else candidates

    def _unless_muted(self, spoken: Words, one: Candidate) -> Candidate:
        mute = one.rule.id in self._muted or self._is_muted(spoken, one.first, one.last)
        return one._replace(veto=_MUTED) if mute else one

    def _is_muted(self, spoken: Words, first: int, last: int) -> bool:
        line = " " + " ".join(spoken.names[first : last + 1]) + " "
        return any(muted in line for muted in self._muted_lines)

    def _heard(
        self, spoken: Words, candidates: Sequence[Candidate], prompt: str | None, *, every: bool = False
    ) -> Iterator[Sentence]:
        asked = self._signs(prompt)
        for first, last, asks in sentences(spoken.names):
            inside = [one for one in candidates if first <= one.hit.first <= last]
            if not (inside or prompt or every):
                continue  # nobody asked and no rule spoke: nothing can be found here
            signs = self._sorts.of(spoken.names[first : last + 1])
            signs.update(asked)
            signs.add(_LENGTHS[min((last - first) // 5, 5)])
            if asks:
                signs.add("question")
            if inside:
                signs.update(f"rule {one.rule.id}" if one.veto is None else f"veto {one.veto.id}" for one in inside)
                if any(spoken.quoted(one.hit.first) for one in inside):
                    signs.add("rule in quotes")
            yield Sentence(first, last, inside, signs)

    def _signs_of(self, prompt: str | None) -> frozenset[str]:
        if not prompt:
            return frozenset({"unasked"})
        hits = self._asking.hits(self._line(self._split(prompt).names))
        return frozenset({"asked", *(f"asked for {hit.owner.id}" for hit in hits)})

    def _found(self, spoken: Words, sentence: Sentence, prompt: str | None) -> list[Finding]:
        standing = [one for one in sentence.candidates if stands(one, prompt)]
        sure = [one for one in standing if is_sure(spoken, one)]
        if sure:
            return [_finding(spoken, one, self._kind(spoken, sentence, one.rule)) for one in chosen(sure)]
        if not prompt:
            return []  # a second opinion where nobody asked would tell nothing (training/README.md)
        evidence = reply_features(spoken, sentence)
        if self._model.replies.score(evidence) <= self._model.reply:
            return self._short_answer(spoken, sentence)
        if standing:
            return [_finding(spoken, one, self._kind(spoken, sentence, one.rule)) for one in chosen(standing)]
        return [self._learned(spoken, sentence, evidence)]

    def _kind(self, spoken: Words, sentence: Sentence, rule: Rule) -> str:
        if gives_reason(rule):
            return rule.kind
        return self._model.kind(kind_features(spoken, sentence), rule.kind if rule.generic else "")

    def _short_answer(self, spoken: Words, sentence: Sentence) -> list[Finding]:
        """Hear “legal” or “budget, mostly” under a question that asks what is in the way."""
        first, last, _, signs = sentence
        if last - first >= SHORTEST_SENTENCE or "asked for blocks" not in signs or "question" in signs:
            return []
        if any(bare(name) in _OPENING for name in spoken.names[first : last + 1]):
            return []
        kind = next((kind for sort, kind in _ANSWERS.items() if sort in signs), "")
        start, end = spoken.start(first), spoken.end(last)
        why = f"“{spoken.text[start:end]}” answers a question that asks what is in the way."
        return [Finding(kind, start, end, SHORT_ANSWER, why)] if kind else []

    def _learned(self, spoken: Words, sentence: Sentence, evidence: set[str]) -> Finding:
        first, last = sentence.first, sentence.last
        said = ", ".join(f"“{word}”" for word in self._model.loudest(evidence)) or "its form"
        why = f"{said}: replies with these words often name a limit."
        kind = self._model.kind(evidence | around(spoken.names, first, last))
        return Finding(kind, spoken.start(first), spoken.end(last), LEARNED, why)


def reply_features(spoken: Words, sentence: Sentence) -> set[str]:
    """Give what is weighed in a sentence of an answer: its words, and what is known of it beside them."""
    found = words_of(spoken.names[sentence.first : sentence.last + 1])
    found |= sentence.signs
    return found


def kind_features(spoken: Words, sentence: Sentence) -> set[str]:
    """Give what tells the kind of the limit in a sentence, asked or not."""
    return reply_features(spoken, sentence) | around(spoken.names, sentence.first, sentence.last)


def gives_reason(rule: Rule) -> bool:
    """Say whether a rule tells why a way is closed; others only tell that it is."""
    return rule.sure and not (rule.generic or rule.duty)


def stands(one: Candidate, prompt: str | None) -> bool:
    """Say whether a candidate may be told.

    No veto stops it, it says of no way that it is open, and it is heard without a question too or there is one.
    """
    return one.veto is None and not one.rule.open and (bool(prompt) or not one.rule.asked)


def is_sure(spoken: Words, one: Candidate) -> bool:
    """Say whether a candidate needs no second opinion; what is quoted does, as people quote to disagree."""
    return one.rule.sure and not spoken.quoted(one.hit.first)


def _moved(part: Reading, by: int) -> Reading:
    """Move what was read in a block to its place in the whole text."""
    if not by:
        return part
    findings = tuple(one._replace(start=one.start + by, end=one.end + by) for one in part.findings)
    against = tuple(one._replace(start=one.start + by, end=one.end + by) for one in part.against)
    suppressed = tuple(one._replace(start=one.start + by, end=one.end + by) for one in part.suppressed)
    return Reading(findings, against, suppressed, part.english)


def _apart(one: Finding, others: Iterable[Finding]) -> bool:
    return all(one.end <= other.start or one.start >= other.end for other in others)


def _finding(spoken: Words, one: Candidate, kind: str = "") -> Finding:
    start, end = spoken.start(one.first), spoken.end(one.last)
    return Finding(kind or one.rule.kind, start, end, one.rule.id, f"“{_quote(spoken, one)}” {one.rule.why}")


def _suppressed(spoken: Words, one: Candidate) -> Suppressed:
    start, end = spoken.start(one.first), spoken.end(one.last)
    veto = one.veto or _MUTED
    why = f"“{_quote(spoken, one)}” is no limit here: {veto.why}."
    return Suppressed(one.rule.kind, start, end, one.rule.id, veto.id, why)


def _quote(spoken: Words, one: Candidate) -> str:
    said = spoken.text[spoken.start(one.hit.first) : spoken.end(one.hit.last)]
    return " ".join(said.split())[:LONGEST_QUOTE]


def _version(own: Sequence[Rule], muted: Collection[str]) -> str:
    told = (f"{rule.kind}:{pattern.source}" for rule in own for pattern in rule.patterns)
    return sha256("\0".join((_shipped_version(), *told, "", *sorted(muted))).encode()).hexdigest()[:16]


@cache
def _shipped_version() -> str:
    files = sorted(path for path in lexicon.FOLDER.iterdir() if path.suffix in {".toml", ".json"})
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


@cache
def _shipped_model() -> Model:
    return Model.load()


def load_detector(extra: Mapping[str, Sequence[str]] = MappingProxyType({}), muted: Collection[str] = ()) -> Detector:
    """Load the detector with a workspace's own phrases by kind (`extra`), without those that it muted.

    `muted` holds ids of rules and phrases of the lexicon's language; raises `Problem` for a kind that does not
    exist and for a phrase that is not of the language.
    """
    known = lexicon.read(own=extra) if extra else lexicon.shipped()
    return Detector(known, _shipped_model(), muted)
