"""The report: one HTML file that tells a study's story, opens offline and asks no other computer for anything."""

from __future__ import annotations

from tunesmith.report.page import report_html, write_report
from tunesmith.report.study_view import StudyView

__all__ = ["StudyView", "report_html", "write_report"]
