"""The frame: the application, its errors, its safety, its navigation and its commands."""

from community.web.app import create_app

__all__ = ["create_app"]
