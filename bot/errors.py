"""The mistakes that a person can mend: each is one sentence that says what is wrong and what to do."""


class Problem(Exception):  # noqa: N818 - people read this as a problem, not as an error of ours
    """Something a person can mend; `str(problem)` is the sentence that they see.

    Everything that is not a `Problem` is a bug: it is logged with an id, and the person is shown the id.
    """
