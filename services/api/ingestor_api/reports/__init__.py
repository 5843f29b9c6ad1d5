"""The reports, `GET /api/reports/<name>`: a module each, with one SQL statement and a pure function of its rows."""
