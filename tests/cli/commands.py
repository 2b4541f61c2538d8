"""The command `ccv`, in the process of the tests, which has TensorFlow loaded already."""

import pytest

from ccv.cli.app import main


def run(*arguments):
    """Run a command; return its exit code."""
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    return stopped.value.code or 0


def said(capfd, *arguments, code=0):
    """What a command prints, on one line; its errors, where it is to fail."""
    capfd.readouterr()
    assert run(*arguments) == code
    written = capfd.readouterr()
    return " ".join((written.err if code else written.out).split())
