"""The schema every other one of the API is made from."""

import marshmallow


class Schema(marshmallow.Schema):
    """Refuses fields it does not know, and keeps the order in which its fields are written."""

    class Meta:
        unknown = marshmallow.RAISE

    error_messages = {
        "unknown": "There is no such field here.",
        "type": "An object is wanted here.",
    }
