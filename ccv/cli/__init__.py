"""The `ccv` command."""

from __future__ import annotations

from ccv.cli.app import main

__all__ = ["main"]
