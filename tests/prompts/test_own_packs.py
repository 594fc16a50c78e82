"""What our own packs promise: coverage, length, and questions that put no limit into anybody's mouth."""

import itertools
import math
import re
from collections import Counter
from pathlib import Path
from statistics import median

import pytest

from bot.constraints.labels import LONGEST
from bot.constraints.themes import load_themes
from bot.prompts import KINDS, LENSES, OWN_PACKS, read_packs
from bot.prompts.coverage import answering, limit_share, page, protecting
from bot.prompts.questions import has_limit_word

PACKS = read_packs([OWN_PACKS])
PROMPTS = PACKS.prompts
DOCS = Path(__file__).parents[2] / "docs"

THEMES = load_themes()
SAID = {
    "customer-distance": ["Developers don't talk to customers, everything goes through support"],
    "buffering": ["We have to shield the developers from support requests"],
    "conformance": ["Everyone has to use the same deployment process", "All teams must follow the same template"],
    "dependence": ["We can't deploy without the platform team", "Our releases have to wait for the change board"],
    "central-ownership": ["All releases have to go through one person", "The release calendar belongs to operations"],
    "immaturity": ["We're not mature enough for feature flags", "We are too small for on-call duty"],
    "impossibility": ["We can't possibly do frequent releases", "There is no way we can do that here"],
    "permission": ["We're not allowed to touch the database", "Tools need approval from legal"],
    "scarcity": ["There is no money for training", "Nobody has time for testing", "We have too few people for support"],
    "precedent": ["We tried feature flags before and it didn't work", "We've always done estimates that way"],
    "obligation": ["We must have a code review for every change", "We have to write status reports"],
}
LABELS = [
    *(THEMES.label([THEMES.parts(said, kind)]) for kind, sentences in SAID.items() for said in sentences),
    "wait for the board",  # words that two people shared in threads
]

BEHIND_THE_QUESTION = re.compile(
    r"\b(fail(ed|ure|ures)?|fault|blame|stupid|lazy|waste|wrong with|feel(s|ing|ings)?|emotion\w*"
    r"|journey|holistic|leverage|synergy|stakeholders?|sprints?|retro|backlog|KPI|OKR|SLA|SLO|runbook"
    r"|obviously|surely|really just|of course|isn.t it|don.t you)\b",
    re.IGNORECASE,
)
"""Blame, therapy-speak, jargon and rhetoric."""


def test_there_are_enough_prompts_and_each_lens_has_as_many_as_any_other() -> None:
    lenses = Counter(prompt.lens for prompt in PROMPTS)
    assert len(PROMPTS) >= 120
    assert set(lenses) == set(LENSES)
    assert min(lenses.values()) >= 8
    # Evenness over lenses and "nothing twice in a round" hold together where lenses are of one size.
    assert len(set(lenses.values())) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("motion", ["scaling", "fixing"])
def test_each_kind_is_answered_for_both_motions(kind: str, motion: str) -> None:
    prompts = answering(PROMPTS, kind, motion)
    assert len(prompts) >= 6
    assert len({prompt.lens for prompt in prompts}) >= 4


@pytest.mark.parametrize("kind", KINDS)
def test_for_each_kind_some_ask_what_the_limit_protects(kind: str) -> None:
    assert len(protecting(PROMPTS, kind)) >= 2


def test_each_lens_has_something_for_every_motion_and_experience() -> None:
    for lens in LENSES:
        prompts = [prompt for prompt in PROMPTS if prompt.lens == lens]
        for motion in ("scaling", "fixing"):
            assert sum(prompt.motion in (motion, "both") for prompt in prompts) >= 5
        for experience in ("new", "practised"):
            assert sum(prompt.experience in (experience, "both") for prompt in prompts) >= 5


def test_questions_are_short() -> None:
    assert median(len(prompt.question) for prompt in PROMPTS) <= 80
    assert max(len(prompt.question) for prompt in PROMPTS) <= 120


def test_most_questions_are_free_of_words_of_limit() -> None:
    assert limit_share(PROMPTS) <= 1 / 3


@pytest.mark.parametrize(
    ("question", "limiting"),
    [
        ("What stops us from trying?", True),
        ("What can't we change?", True),
        ("Which rule did you follow?", True),
        ("What is blocked this week?", True),
        ("Who is allowed to decide?", True),
        ("What could you try on Monday?", False),
        ("When was the last unblocked afternoon?", False),
    ],
)
def test_words_of_limit_are_known(question: str, *, limiting: bool) -> None:
    assert has_limit_word(question) is limiting


def test_questions_are_free_of_blame_jargon_and_rhetoric() -> None:
    for prompt in PROMPTS:
        assert not BEHIND_THE_QUESTION.search(prompt.question), prompt.id


def test_questions_are_open() -> None:
    closed = {"is", "are", "was", "were", "do", "does", "did", "can", "could", "will", "would", "has", "have"}
    closed |= {"should", "why"}
    for prompt in PROMPTS:
        assert prompt.question.split()[0].lower() not in closed, prompt.id


def test_no_two_questions_are_alike_in_what_they_speak_of() -> None:
    questions = [prompt.question for prompt in PROMPTS]
    weights = _weights(questions)
    for (one, first), (other, second) in itertools.combinations(zip(questions, weights, strict=True), 2):
        assert _alike(first, second) < 0.6, f"{one} | {other}"


def test_follow_ups_and_reasons_are_not_said_twice() -> None:
    reasons = [prompt.why for prompt in PROMPTS]
    assert len(set(reasons)) == len(reasons)
    assert all(prompt.follow_up != prompt.question for prompt in PROMPTS)


def test_a_source_is_author_title_and_year() -> None:
    sources = [prompt.source for prompt in PROMPTS if prompt.source]
    assert len(sources) >= 40
    for source in sources:
        assert re.fullmatch(r"[^,]+, .+, (19|20)\d\d", source) or "and Nancy Leveson" in source, source


def test_ids_begin_with_their_lens() -> None:
    assert all(prompt.id.startswith(f"{prompt.lens}-") for prompt in PROMPTS)


def test_half_a_year_of_private_questions_and_variants_of_the_rest() -> None:
    assert len(PACKS.hat_questions) >= 26
    assert len(PACKS.goal_questions) >= 6  # one every eighth week: a year without a repeat
    assert min(len(PACKS.look_backs), len(PACKS.probes), len(PACKS.quiet_lines)) >= 6
    assert all(len(line.text) <= 120 for line in (*PACKS.hat_questions, *PACKS.look_backs, *PACKS.goal_questions))


def test_there_is_a_label_of_every_kind_and_none_is_empty_of_what_was_said() -> None:
    assert set(SAID) == set(KINDS)
    assert len(set(LABELS)) == len(LABELS)


@pytest.mark.parametrize("label", [*LABELS, "x" * LONGEST])
def test_a_probe_reads_well_around_any_label(label: str) -> None:
    """A label is a clause, such as "nobody has time for testing": it stands after "that" or a colon, and ends there."""
    for probe in PACKS.probes:
        asked = probe.about(label)
        assert re.search(rf"( that|:) {re.escape(label)}\. [A-Z]", asked), asked
        assert "{" not in asked
        assert len(asked) <= 200
        assert re.match(r"[A-Z]", asked)
        assert asked.count("?") == 1
        assert asked.endswith("?")
        # "this" may be the label's own word ("this needs approval"), so that the question says "that".
        assert " this?" not in asked
        assert " this " not in asked.replace(label, "").replace("this week", "")


def test_probes_open_in_more_than_one_way() -> None:
    assert len({probe.text.partition("{")[0] for probe in PACKS.probes}) >= 3


def test_a_label_with_braces_is_left_as_it_is() -> None:
    assert "{label} and {0}" in PACKS.probes[0].about("{label} and {0}")


@pytest.mark.parametrize("reads", ["replies", "nothing"])
def test_introductions_say_what_is_read_and_that_the_bot_is_a_try(reads: str) -> None:
    introductions = [one for one in PACKS.introductions if one.reads == reads]
    assert len(introductions) >= 2
    for introduction in introductions:
        greets, reading, trying = introduction.lines
        assert "question" in greets
        assert re.search(r"\bread\b", reading)
        assert re.search(r"\b(nothing else|no others|no messages|not|cannot)\b", reading)
        assert re.search(r"\b(try|trial)\b", trying)
        assert "six weeks" in trying


def test_quiet_lines_ask_nothing_and_count_nobody() -> None:
    for line in PACKS.quiet_lines:
        assert "?" not in line.text
        assert not re.search(r"\b(nobody|no one|answered|replied|only)\b", line.text)


def test_the_page_on_coverage_is_up_to_date() -> None:
    assert (DOCS / "prompts.md").read_text(encoding="utf-8") == page(PACKS), "run `opshat prompts coverage`"


STOP = frozenset(
    re.findall(
        r"\w+",
        """
        what which who whom where when how did do does the a an of to in it is was were that this week lately
        for you we our us your here not with by from and or be have has had would could there at on so than
        then as its
        """,
    )
)


def _weights(questions: list[str]) -> list[dict[str, float]]:
    stems = [
        {re.sub("(ing|ed|es|s|er|ly)$", "", word) for word in re.findall(r"[a-z]+", question.lower())} - STOP
        for question in questions
    ]
    seen_in = Counter(stem for one in stems for stem in one)
    return [{stem: math.log(len(questions) / seen_in[stem]) for stem in one} for one in stems]


def _alike(one: dict[str, float], other: dict[str, float]) -> float:
    shared = sum(weight**2 for stem, weight in one.items() if stem in other)
    lengths = [math.sqrt(sum(weight**2 for weight in weights.values())) for weights in (one, other)]
    return shared / (lengths[0] * lengths[1] or 1)
