"""What may go wrong with people and what they may do."""

from lims.accounts.vocabulary import Action, Actor
from lims.errors import Conflict, InvalidInput, NotFound, NotPermitted


class NotAllowed(NotPermitted):
    """The role, or the token's scopes, do not allow it."""

    code = "accounts.not-allowed"

    def __init__(self, actor: Actor, action: Action) -> None:
        super().__init__(
            f"{actor.username} is {actor.role} here and may not do this ({action}). Ask a coordinator or an administrator."
        )
        self.action = action


class NotSignedIn(NotPermitted):
    """Nobody is known behind this request."""

    code = "accounts.not-signed-in"

    def __init__(self, why: str = "Sign in first.") -> None:
        super().__init__(why)


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


class UnknownUser(NotFound):
    """No such person."""

    code = "accounts.unknown-user"

    def __init__(self, username: str) -> None:
        super().__init__(f"Nobody here is called {username!r}. Check the name.")
        self.username = username


class UsernameTaken(Conflict):
    """Another person has that name; names are never used again."""

    code = "accounts.username-taken"

    def __init__(self, username: str) -> None:
        super().__init__(
            f"{username!r} is somebody already. Choose another name; a name is never given twice."
        )
        self.username = username


class PasswordTooWeak(InvalidInput):
    """A password others would guess."""

    code = "accounts.password-too-weak"


class OperationReused(Conflict):
    """The same operation id came with other content."""

    code = "accounts.operation-reused"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"Operation {key!r} was something else before. Nothing was done; send it under a new id."
        )
        self.key = key
