"""The door for people at the bench and at the desk: server-rendered pages, in English and 简体中文."""

from lims.web.registration import register

__all__ = ["register"]
