"""The ad-hoc query: a declared model of measures and dimensions, and one SQL statement made from it for each query."""
