"""What the pages of installing say."""

OTHER_BROWSER = "This install was not started in this browser. Start again from the install page."
TOO_LATE = "This took longer than ten minutes, so the install has expired. Start again from the install page."
USED = "This install is already finished. Nothing was changed; to install again, start from the install page."
CANCELLED = "The install was cancelled in Slack. Nothing was changed, and nothing was kept."
REFUSED = "Slack did not accept the install ({reason}). Start again from the install page."
NO_ANSWER = "Slack did not answer just now. Nothing was changed; please try again in a minute."
ROTATES = (
    "This app has token rotation switched on, which Ops Hat does not use. Whoever runs it can create it again "
    "from `opshat manifest --url`."
)

TITLE = "Ops Hat"
ADD = "Add to Slack"
BEFORE = (
    "Ops Hat asks a channel one question a week, and shows the team the limits that it keeps naming.",
    "It reads the threads of its own questions in channels that you invite it to, and nothing else.",
    "It never names or ranks people. Each optional permission can be left out; what is not granted is not offered.",
    "If you uninstall it, everything of your workspace is deleted here within {forget}.",
)
DONE = (
    "Ops Hat is installed.",
    "Next, in a channel where it may ask its question: type /invite @Ops Hat, then press Set up.",
)
START_AGAIN = "Start again"
