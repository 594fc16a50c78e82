from bot.prompts import KINDS, LENSES, Packs, Prompt
from bot.prompts.coverage import answering, limit_share, page, protecting, summary


def prompt(name: str, **changes: object) -> Prompt:
    values: dict[str, object] = {
        "id": name,
        "question": f"What about {name}?",
        "lens": "goal",
        "motion": "both",
        "experience": "both",
        "kinds": ("scarcity",),
        "follow_up": "And?",
        "why": "To know.",
        "source": "",
    }
    return Prompt(**(values | changes))  # type: ignore[arg-type] # a table of test values, checked by the asserts


PROMPTS = (
    prompt("a"),
    prompt("b", motion="fixing", source="Somebody, Something, 1999"),
    prompt("c", lens="try", question="What stops us?", protects=True),
)


def test_a_prompt_for_both_motions_counts_under_each() -> None:
    assert [one.id for one in answering(PROMPTS, "scarcity", "fixing")] == ["a", "b", "c"]
    assert [one.id for one in answering(PROMPTS, "scarcity", "scaling")] == ["a", "c"]
    assert answering(PROMPTS, "permission", "fixing") == []


def test_what_asks_what_a_limit_protects_is_counted() -> None:
    assert [one.id for one in protecting(PROMPTS, "scarcity")] == ["c"]


def test_the_share_of_questions_with_a_word_of_limit() -> None:
    assert limit_share(PROMPTS) == 1 / 3


def test_the_summary_is_one_line() -> None:
    assert summary(Packs(prompts=PROMPTS)).startswith("3 prompts over 2 lenses; 0 hat questions")


def test_the_page_has_a_row_for_each_lens_and_kind() -> None:
    rows = page(Packs(prompts=PROMPTS)).splitlines()
    assert all(any(row.startswith(f"| {name} |") for row in rows) for name in LENSES.values())
    assert all(any(row.startswith(f"| `{kind}` |") for row in rows) for kind in KINDS)
    assert "| Goal of the system | 2 | 0 | 1 | 1 | 1 |" in rows
    assert "| `scarcity` | 2 | 3 | 1 |" in rows
    assert "| Goal of the system |  |  |  |  |  |  |  |  | 2 |  |  |" in rows
    assert "| both | 0 | 1 | 2 |" in rows
