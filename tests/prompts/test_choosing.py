import itertools
from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from bot.prompts import KINDS, LENSES, OWN_PACKS, Chosen, Leaning, Prompt, choose, next_line, read_packs

OWN = read_packs([OWN_PACKS]).prompts


def prompt(name: str, lens: str = "goal", *, kinds: tuple[str, ...] = (), motion: str = "both") -> Prompt:
    return Prompt(name, f"What about {name}?", lens, motion, "both", kinds, "And then?", "To know.", "")


def even_pool(lenses: int, each: int) -> list[Prompt]:
    return [prompt(f"{lens}-{number}", lens) for lens in list(LENSES)[:lenses] for number in range(each)]


def run(
    pool: Sequence[Prompt],
    nudges: int,
    leaning: Leaning | None = None,
    salt: str = "",
    asked: Sequence[str] = (),
) -> list[Chosen]:
    history = list(asked)
    chosen = []
    for _ in range(nudges):
        chosen.append(choose(pool, history, leaning, salt))
        history.append(chosen[-1].prompt.id)
    return chosen


def ids(chosen: Sequence[Chosen]) -> list[str]:
    return [one.prompt.id for one in chosen]


pools = st.lists(
    st.builds(
        lambda number, lens, kinds, motion: prompt(f"p{number}", lens, kinds=tuple(kinds), motion=motion),
        st.integers(0, 999),
        st.sampled_from(list(LENSES)),
        st.lists(st.sampled_from(KINDS), max_size=3, unique=True),
        st.sampled_from(["scaling", "fixing", "both"]),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda prompt: prompt.id,
)
leanings = st.none() | st.builds(
    Leaning,
    st.sampled_from(["scaling", "fixing", "both"]),
    st.lists(st.sampled_from(KINDS), max_size=3, unique=True).map(tuple),
    st.sampled_from(["new", "practised", "both"]),
)


@given(lenses=st.integers(1, 15), each=st.integers(1, 12), salt=st.text(max_size=5))
def test_unsteered_no_lens_is_more_than_one_above_an_even_share_of_any_thirty(
    lenses: int, each: int, salt: str
) -> None:
    chosen = [one.prompt.lens for one in run(even_pool(lenses, each), 75, salt=salt)]
    for start in range(len(chosen) - 29):
        window = Counter(chosen[start : start + 30])
        assert max(window.values()) <= 30 / lenses + 1


@given(pool=pools, leaning=leanings, salt=st.text(max_size=5))
def test_no_prompt_comes_twice_before_the_pool_is_through(
    pool: list[Prompt], leaning: Leaning | None, salt: str
) -> None:
    chosen = ids(run(pool, 3 * len(pool), leaning, salt))
    for start in range(0, len(chosen), len(pool)):
        assert len(set(chosen[start : start + len(pool)])) == len(pool)


@given(pool=pools, leaning=leanings)
def test_at_most_every_second_nudge_is_steered(pool: list[Prompt], leaning: Leaning | None) -> None:
    steered = [one.steered for one in run(pool, 30, leaning)]
    assert not any(first and second for first, second in itertools.pairwise(steered))
    assert sum(steered) <= 15


@given(pool=pools, leaning=leanings)
def test_what_is_not_steered_is_what_would_come_without_leaning(pool: list[Prompt], leaning: Leaning | None) -> None:
    asked: list[str] = []
    for _ in range(30):
        chosen = choose(pool, asked, leaning)
        if not chosen.steered:
            assert chosen == choose(pool, asked)
        asked.append(chosen.prompt.id)


@given(
    pool=pools,
    leaning=leanings,
    noise=st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["gone", "old"])), max_size=6),
)
def test_ids_that_the_pool_does_not_know_do_no_harm(
    pool: list[Prompt], leaning: Leaning | None, noise: list[tuple[int, str]]
) -> None:
    asked = ids(run(pool, 30, leaning))
    for place, name in noise:
        asked.insert(place, name)
    known = [name for name in asked if name not in {"gone", "old"}]
    this_round = known[len(known) - len(known) % len(pool) :]
    assert choose(pool, asked, leaning).prompt.id not in this_round


@given(pool=pools, split=st.integers(0, 40), nudges=st.integers(0, 100), leaning=leanings)
def test_prompts_added_in_the_middle_of_a_round_are_asked_before_anything_comes_again(
    pool: list[Prompt], split: int, nudges: int, leaning: Leaning | None
) -> None:
    before = pool[:split] or pool[:1]
    asked = ids(run(before, nudges, leaning))
    begun = len(before) * (nudges // len(before))
    rest = len(pool) - (nudges - begun or (len(before) if nudges else 0))
    after = ids(run(pool, max(rest, 0), leaning, asked=asked))
    assert len(set(after)) == len(after)
    if nudges < len(before) and before != pool:
        assert set(asked) | set(after) == {prompt.id for prompt in pool}


@given(pool=pools, leaning=leanings, salt=st.text(max_size=5), nudges=st.integers(0, 50))
def test_the_choice_follows_from_history_alone(
    pool: list[Prompt], leaning: Leaning | None, salt: str, nudges: int
) -> None:
    asked = ids(run(pool, nudges, leaning, salt))
    again = [choose(pool, asked[:turn], leaning, salt).prompt.id for turn in range(nudges)]
    shuffled = [choose(pool[::-1], asked[:turn], leaning, salt).prompt.id for turn in range(nudges)]
    assert again == asked
    assert shuffled == asked


def test_a_big_lens_is_spread_over_the_round_and_not_left_for_its_end() -> None:
    pool = even_pool(6, 5) + [prompt(f"more-{number}", "goal") for number in range(10)]
    lenses = [one.prompt.lens for one in run(pool, len(pool))]
    assert max(lenses[start : start + 9].count("goal") for start in range(len(lenses) - 8)) <= 5
    assert all(len(list(group)) <= 2 for _, group in itertools.groupby(lenses))


def test_steering_takes_what_answers_the_kind_heard_most() -> None:
    pool = [
        *even_pool(3, 3),
        prompt("answers", "try", kinds=("scarcity",)),
        prompt("other", "try", kinds=("permission",)),
    ]
    chosen = choose(pool, ["goal-0"], Leaning(kinds=("scarcity", "permission")))
    assert chosen.steered
    assert chosen.prompt.id == "answers"
    assert '"scarcity"' in chosen.why


def test_a_kind_just_asked_about_gives_way_to_the_next_one_heard() -> None:
    pool = [
        prompt(f"{kind}-{number}", "try", kinds=(kind,)) for kind in ("scarcity", "permission") for number in (1, 2)
    ]
    chosen = choose(pool, ["scarcity-1"], Leaning(kinds=("scarcity", "permission")))
    assert chosen.prompt.kinds == ("permission",)


def test_when_a_lens_is_spent_steering_takes_the_next() -> None:
    pool = [
        prompt("a", "try", kinds=("scarcity",)),
        prompt("b", "needs", kinds=("scarcity",)),
        prompt("c", "goal"),
        prompt("d", "goal"),
    ]
    first = choose(pool, ["c"], Leaning(kinds=("scarcity",))).prompt
    second = choose(pool, ["c", first.id, "d"], Leaning(kinds=("scarcity",))).prompt
    assert {first.id, second.id} == {"a", "b"}


def test_with_nothing_left_that_answers_the_motion_steers_and_then_nothing() -> None:
    pool = [
        prompt("a", "try", kinds=("scarcity",)),
        prompt("b", "needs", motion="fixing"),
        prompt("c", "goal"),
    ]
    leaning = Leaning("fixing", ("scarcity",))
    assert choose(pool, ["a"], leaning).prompt.id == "b"
    last = choose(pool, ["gone", "a", "b"], leaning)
    assert (last.prompt.id, last.steered) == ("c", False)


def test_steering_leaves_out_what_was_written_for_the_other_motion() -> None:
    pool = [prompt("a", "try", kinds=("scarcity",), motion="scaling"), prompt("b"), prompt("c")]
    assert not choose(pool, ["b"], Leaning("fixing", ("scarcity",))).steered


def test_channels_differ() -> None:
    assert len({choose(OWN, [], salt=f"C{number}").prompt.id for number in range(40)}) > 10


def test_the_reason_tells_how_long_the_lens_rested() -> None:
    pool = even_pool(2, 3)
    chosen = run(pool, 3)
    assert "not come up here yet" in chosen[0].why
    assert chosen[2].why.endswith("last asked 2 nudges ago.")


def test_lines_take_turns() -> None:
    lines = read_packs([OWN_PACKS]).introductions
    said: list[str] = []
    for _ in range(2 * len(lines)):
        said.append(next_line(lines, said, "C1").id)
    assert sorted(said[: len(lines)]) == sorted(line.id for line in lines)
    assert said[: len(lines)] == said[len(lines) :]
