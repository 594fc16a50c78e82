"""The mistakes that a person can mend: each is one sentence that says what is wrong and what to do."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

Args = ParamSpec("Args")
Result = TypeVar("Result")


class Problem(Exception):  # noqa: N818 - people read this as a problem, not as an error of ours
    """Something a person can mend; `str(problem)` is the sentence that they see.

    Everything that is not a `Problem` is a bug: it is logged with an id, and the person is shown the id.
    """


class FieldProblem(Problem):
    """A problem with one field of a modal, shown beside that field."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field

    @classmethod
    def within(cls, field: str, check: Callable[Args, Result], *given: Args.args, **named: Args.kwargs) -> Result:
        """Run a check, and put the problem that it finds beside a field.

        Raises:
            FieldProblem: whatever `check` found.

        """
        try:
            return check(*given, **named)
        except Problem as problem:
            raise cls(field, str(problem)) from None


class NotOurs(Problem):
    """A button or form that names what the bot never put into it."""

    def __init__(self) -> None:
        super().__init__("That button or form is not one that the bot sent: type `/opshat` to start again.")
