"""What a teacher and the students read after grading: score tables, feedback pages, the class page, exports."""

from __future__ import annotations

from ccv.grading.report.write import write_reports

__all__ = ["write_reports"]
