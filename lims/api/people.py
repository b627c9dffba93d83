"""Endpoints of accounts: who I am, people, and the tokens of machines."""

from typing import Any

from marshmallow import fields

from lims import clock
from lims.accounts import queries, service
from lims.accounts.vocabulary import ALLOWED, Action, Role
from lims.api.fields import Choice, Instant, Name, Whole
from lims.api.frame import Blueprint, told_once
from lims.api.schema import Schema
from lims.http_context import actor, allow, read, transaction

people = Blueprint("people", "People, what they may do, and the tokens of their machines.")


class MeOut(Schema):
    """Who sent the token, and what may be done with it."""

    username = fields.String(required=True)
    role = fields.String(required=True)
    may = fields.List(fields.String(), required=True)


class PersonIn(Schema):
    """Somebody to take in; they set their password by a one-time link."""

    username = Name(32, required=True)
    role = Choice(*Role, required=True)


class RoleIn(Schema):
    """Another role."""

    role = Choice(*Role, required=True)


class PersonOut(Schema):
    """Somebody who may sign in."""

    username = fields.String(required=True)
    role = fields.String(required=True)
    created_at = Instant(required=True)
    disabled_at = Instant(required=True, allow_none=True)


class PeopleOut(Schema):
    """Everybody."""

    items = fields.List(fields.Nested(PersonOut), required=True)


class TokenIn(Schema):
    """A token to issue. Without ``scopes`` it may do all that its user's role may."""

    user = Name(32, load_default=None, metadata={"description": "Yourself, unless you manage people"})
    scopes = fields.List(Choice(*Action), load_default=None)
    expires_in_days = Whole(1, service.LONGEST_TOKEN_DAYS, load_default=service.LONGEST_TOKEN_DAYS)


class IssuedTokenOut(Schema):
    """A fresh token; it is shown this once."""

    id = fields.Integer(required=True)
    token = fields.String(required=True)
    expires_at = Instant(required=True)


class TokenOut(Schema):
    """A token without its secret."""

    id = fields.Integer(required=True)
    user = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True, allow_none=True)
    created_at = Instant(required=True)
    expires_at = Instant(required=True, allow_none=True)
    revoked_at = Instant(required=True, allow_none=True)


class TokensOut(Schema):
    """Tokens, newest first."""

    items = fields.List(fields.Nested(TokenOut), required=True)


@people.get("/me")
@people.response(200, MeOut)
@allow(Action.OWN_ACCOUNT)
def me() -> dict[str, Any]:
    """Who sent this token, and what may be done with it."""
    who = actor()
    return {"username": who.username, "role": who.role, "may": sorted(action for action in ALLOWED[who.role] if who.may(action))}


@people.get("/people")
@people.response(200, PeopleOut)
@allow(Action.MANAGE_PEOPLE)
def list_people() -> dict[str, Any]:
    """Everybody who may or might sign in."""
    with read() as (session, _):
        return {"items": [_person(person) for person in queries.list_users(session)]}


@people.post("/people")
@people.arguments(PersonIn)
@people.response(201, PersonOut)
@allow(Action.MANAGE_PEOPLE)
def add_person(body: dict[str, Any]) -> dict[str, Any]:
    """Take somebody in."""
    with transaction() as (session, who):
        service.add_user(session, body["username"], Role(body["role"]), actor=who, at=clock.now())
        return _person(queries.get_user(session, body["username"]))


@people.post("/people/<username>/role")
@people.arguments(RoleIn)
@people.response(200, PersonOut)
@allow(Action.MANAGE_PEOPLE)
def change_role(body: dict[str, Any], username: str) -> dict[str, Any]:
    """Let somebody do other things than before."""
    with transaction() as (session, who):
        service.change_role(session, username, Role(body["role"]), actor=who, at=clock.now())
        return _person(queries.get_user(session, username))


@people.post("/people/<username>/disable")
@people.response(200, PersonOut)
@allow(Action.MANAGE_PEOPLE)
def disable(username: str) -> dict[str, Any]:
    """Shut somebody out: sessions end, tokens stop working, the name stays theirs."""
    with transaction() as (session, who):
        service.disable_user(session, username, actor=who, at=clock.now())
        return _person(queries.get_user(session, username))


@people.get("/tokens")
@people.response(200, TokensOut)
@allow(Action.OWN_ACCOUNT)
def list_tokens() -> dict[str, Any]:
    """Your tokens; everybody's, if you manage people."""
    with read() as (session, who):
        of = None if who.may(Action.MANAGE_PEOPLE) else who.username
        return {"items": [_token(token) for token in queries.list_tokens(session, of)]}


@people.post("/tokens")
@people.arguments(TokenIn)
@people.response(201, IssuedTokenOut)
@told_once
@allow(Action.OWN_ACCOUNT)
def issue_token(body: dict[str, Any]) -> dict[str, Any]:
    """Issue a token; the answer is the one time it is shown."""
    with transaction() as (session, who):
        issued = service.issue_token(
            session,
            body["user"] or who.username,
            actor=who,
            at=clock.now(),
            scopes=body["scopes"],
            expires_in_days=body["expires_in_days"],
        )
        return {"id": issued.id, "token": issued.text, "expires_at": issued.expires_at}


@people.post("/tokens/<int(max=9223372036854775807):token_id>/revoke")
@people.response(204)
@allow(Action.OWN_ACCOUNT)
def revoke_token(token_id: int) -> None:
    """Withdraw a token; it stops working with the next request."""
    with transaction() as (session, who):
        service.revoke_token(session, token_id, actor=who, at=clock.now())


def _person(person: queries.Person) -> dict[str, Any]:
    return {"username": person.username, "role": person.role, "created_at": person.created_at, "disabled_at": person.disabled_at}


def _token(token: queries.Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "user": token.username,
        "scopes": sorted(token.scopes) if token.scopes is not None else None,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
    }
