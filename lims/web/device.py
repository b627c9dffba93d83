"""What this device is set to: its theme, its touch size, its language. Kept in cookies, so the server writes them and no script has to."""

from dataclasses import dataclass
from enum import StrEnum

from flask import request
from werkzeug.wrappers import Response

from lims.http_context import house

_A_YEAR_S = 365 * 24 * 3600


class Theme(StrEnum):
    """Light for bench and desk, dark for the freezer room."""

    LIGHT = "light"
    DARK = "dark"


class Density(StrEnum):
    """How large what is touched is: for bare hands, or for two gloves."""

    DESK = "desk"
    FREEZER = "freezer"


@dataclass(frozen=True, slots=True)
class Device:
    """The settings of the device that asks."""

    theme: Theme
    density: Density


def this_device() -> Device:
    """The device's settings; a cookie that says something else is as good as none."""
    return Device(
        theme=Theme.DARK if request.cookies.get("lims_theme") == Theme.DARK else Theme.LIGHT,
        density=Density.FREEZER if request.cookies.get("lims_density") == Density.FREEZER else Density.DESK,
    )


def keep(answer: Response, name: str, value: str) -> None:
    """Set a cookie of the device: it says nothing about a person and lasts a year."""
    answer.set_cookie(
        f"lims_{name}", value, max_age=_A_YEAR_S, secure=house().settings.secure_cookies, httponly=True, samesite="Lax", path="/"
    )
