"""Grading a class: finding submissions, grader processes, the journal, shards and their merging."""

from __future__ import annotations

from ccv.grading.batch.alone import grade_alone
from ccv.grading.batch.merging import merge
from ccv.grading.batch.record import Header, Record
from ccv.grading.batch.run import Outcome, grade_class

__all__ = ["Header", "Outcome", "Record", "grade_alone", "grade_class", "merge"]
