"""An independent oracle of the reports: naive Python over a plain list of events, a catalog and a clock.

It shares no code with the product. What API.md leaves open is decided in docs/reports.md.
"""
