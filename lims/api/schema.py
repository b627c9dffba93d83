"""The schema every other one of the API is made from."""

from typing import Any

import marshmallow


class Schema(marshmallow.Schema):
    """Refuses fields it does not know, and keeps the order in which its fields are written."""

    class Meta:
        unknown = marshmallow.RAISE

    error_messages = {
        "unknown": "There is no such field here.",
        "type": "An object is wanted here.",
    }

    def on_bind_field(self, field_name: str, field_obj: marshmallow.fields.Field[Any]) -> None:
        """Say what is wanted, where marshmallow says what is wrong."""
        field_obj.error_messages |= {"required": "This is missing.", "null": "This cannot be null."}
        for kind, wanted in _WANTED.items():
            if isinstance(field_obj, kind):
                field_obj.error_messages["invalid"] = wanted


_WANTED: dict[type[marshmallow.fields.Field[Any]], str] = {
    marshmallow.fields.String: "A text is wanted.",
    marshmallow.fields.Integer: "A whole number is wanted.",
    marshmallow.fields.List: "A list is wanted.",
    marshmallow.fields.Dict: "An object is wanted.",
}
