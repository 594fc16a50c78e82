"""What a nudge says."""

from bot.nudges.choosing import Question
from bot.slack.faces import Message, button, buttons, escape, section, small

ANSWER = "answer"
WATCH = "watch"
NOT_THIS_WEEK = "not_this_week"
PUT_DOWN = "put_hat_down"

WHO_SEES = "Answer in the thread, where all here can read it, or privately with the button."

NOT_SET_UP = "Nothing is scheduled in this channel yet: `/opshat schedule` sets it up."
PAUSED = "The bot is paused here: `/opshat resume` starts it again."
NO_ROOM = (
    "Three messages in seven days are the most that the bot posts in a channel, and the next ones are planned "
    "already. Another question fits on {day}."
)
NO_ROOM_SOON = "Three messages in seven days are the most that the bot posts in a channel, and they are all planned."
ENOUGH_ASKED = "Two questions in seven days are the most that the bot asks in a channel; another one fits {when}."
ON_ITS_WAY = "A question is on its way to the channel."
SKIPPED = "No question here for the next seven days. The digest comes as planned."
SKIPPED_ALREADY = "Somebody has pressed this already: no question here until {day}."


def nudge(question: Question) -> Message:
    """Return the message of a nudge: the question, its lens, who sees answers, and what can be pressed."""
    return Message(
        text=f"{question.words}\n({question.lens}) {WHO_SEES}",
        blocks=(
            section(f"*{escape(question.words)}*"),
            small(f"{question.lens} · {WHO_SEES}"),
            buttons(
                button("Answer privately", ANSWER, primary=True),
                button("Watch", WATCH),
                button("Not this week", NOT_THIS_WEEK),
            ),
        ),
    )


def for_the_wearer(question: str, channel: int, slack_id: str) -> Message:
    """Return the week's private question to whoever wears the hat: nothing comes back.

    Its button is for whoever is not in the channel any more, and would have no other way to end it.
    """
    where = f"For you alone, because you wear the hat in <#{slack_id}>. It takes no answer."
    end = buttons(button("Put the hat down", PUT_DOWN, str(channel)))
    return Message(f"{question}\n{where}", (section(f"*{escape(question)}*"), small(where), end))
