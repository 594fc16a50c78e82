"""The Web API's methods, one module for each family; `ALL` is the table of them."""

from bot.playground.methods import auth, chat, conversations, files, oauth, users, views
from bot.playground.methods.call import Method

ALL: dict[str, Method] = {
    **auth.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **users.METHODS,
    **views.METHODS,
    **files.METHODS,
    **oauth.METHODS,
}
