"""What may go wrong with people and what they may do."""

from datetime import datetime

from lims.accounts.vocabulary import Action, Actor
from lims.errors import Conflict, Finding, InvalidInput, NotFound, NotPermitted
from lims.sentences import Sentence


class NotAllowed(NotPermitted):
    """The role, or the token's scopes, do not allow it."""

    code = "accounts.not-allowed"

    def __init__(self, actor: Actor, action: Action) -> None:
        super().__init__(f"{actor.username} is {actor.role} here and may not do this ({action}). Ask a coordinator or an administrator.")
        self.action = action


class NotSignedIn(NotPermitted):
    """Nobody is known behind this request."""

    code = "accounts.not-signed-in"

    def __init__(self, why: str = "Sign in first.") -> None:
        super().__init__(why)


class TokenRefused(NotSignedIn):
    """The token is not one of ours, was revoked, or its user's account is closed; which, is not said."""

    code = "accounts.token-refused"

    def __init__(self, why: str = "This token is not valid here. Ask an administrator for a new one.") -> None:
        super().__init__(why)


class TokenExpired(TokenRefused):
    """The token's time is over."""

    code = "accounts.token-expired"

    def __init__(self, expired_at: datetime) -> None:
        super().__init__(f"This token expired on {expired_at:%Y-%m-%d}. Ask an administrator for a new one.")


class SignInRefused(NotPermitted):
    """Name and password do not belong together, or the account is closed; which, is not said."""

    code = "accounts.sign-in-refused"

    def __init__(self) -> None:
        super().__init__("Name and password do not fit. Check both and try again.")


class TooManyTries(NotPermitted):
    """Signing in failed too often."""

    code = "accounts.too-many-tries"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many tries. Wait {seconds} s, then try again.")
        self.seconds = seconds


class LinkNotValid(NotPermitted):
    """A password link that was used, has expired, or never was."""

    code = "accounts.link-not-valid"

    def __init__(self) -> None:
        super().__init__("This link is used up or too old. Ask an administrator for a new one.")


class UnknownUser(NotFound):
    """No such person."""

    code = "accounts.unknown-user"

    def __init__(self, username: str) -> None:
        super().__init__(f"Nobody here is called {username!r}. Check the name.")
        self.username = username


class UnknownToken(NotFound):
    """No such token."""

    code = "accounts.unknown-token"

    def __init__(self, token_id: int) -> None:
        super().__init__(f"There is no token {token_id}. Look it up in the list of tokens.")
        self.token_id = token_id


class UsernameTaken(Conflict):
    """Another person has that name; names are never used again."""

    code = "accounts.username-taken"

    def __init__(self, username: str) -> None:
        super().__init__(f"{username!r} is somebody already. Choose another name; a name is never given twice.")
        self.username = username


class AccountClosed(Conflict):
    """Somebody who was shut out; their name stays theirs."""

    code = "accounts.account-closed"

    def __init__(self, username: str) -> None:
        super().__init__(Sentence("The account of %(username)s is closed. Ask an administrator.", username=username))
        self.username = username


class LastAdministrator(Conflict):
    """Without this person nobody could manage people."""

    code = "accounts.last-administrator"

    def __init__(self, username: str) -> None:
        super().__init__(f"{username} is the last administrator. Make somebody else one first.")
        self.username = username


class BadUsername(InvalidInput):
    """A name nobody can sign in with."""

    code = "accounts.bad-username"

    def __init__(self, username: str) -> None:
        why = Sentence("Take 2 to 32 small letters, digits, dots, dashes or underscores, a letter first.")
        super().__init__(why, (Finding("username", why, username[:64]),))


class BadScopes(InvalidInput):
    """Scopes nobody could use: unknown, or beyond what the role may."""

    code = "accounts.bad-scopes"

    def __init__(self, beyond: list[str], role: str) -> None:
        names = ", ".join(beyond) or "nothing"
        super().__init__(
            f"A {role} may not give a token: {names}. Leave that out.", (Finding("scopes", Sentence("beyond the role"), names),)
        )


class BadExpiry(InvalidInput):
    """A token that would live too long, or not at all."""

    code = "accounts.bad-expiry"

    def __init__(self, longest: int) -> None:
        super().__init__(
            f"A token lives 1 to {longest} days. Give a number between.", (Finding("expires_in_days", Sentence("out of range")),)
        )


class PasswordTooWeak(InvalidInput):
    """A password others would guess."""

    code = "accounts.password-too-weak"

    def __init__(self, why: str) -> None:
        super().__init__(why, (Finding("password", why),))


class BadOperationKey(InvalidInput):
    """An operation id that cannot be kept."""

    code = "accounts.bad-operation-key"

    def __init__(self) -> None:
        why = "An operation id is 1 to 255 printable ASCII characters, a UUID say."
        super().__init__(why, (Finding("Idempotency-Key", why),))


class OperationReused(Conflict):
    """The same operation id came with other content."""

    code = "accounts.operation-reused"

    def __init__(self, key: str) -> None:
        super().__init__(f"Operation {key!r} was something else before. Nothing was done; send it under a new id.")
        self.key = key


class AlreadyAnswered(Conflict):
    """The same operation was done by a twin of this request a moment ago; what this one did was taken back."""

    code = "accounts.already-answered"

    def __init__(self, key: str) -> None:
        super().__init__(f"Operation {key!r} is done already. Ask again for its answer.")
        self.key = key
