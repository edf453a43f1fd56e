"""The report: one HTML file without scripts and without anything from elsewhere, for a browser or a printer.

`faults` chooses what a person should look at, `charts` computes what is drawn, `page` fills the template.
"""

from phi_assistant.evaluation.report.page import html_report

__all__ = ["html_report"]
