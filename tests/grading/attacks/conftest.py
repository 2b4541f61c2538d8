"""Nothing here is a test: pytest, which collects doctests too, would import (and so run) the attacks."""

collect_ignore_glob = ["*"]
