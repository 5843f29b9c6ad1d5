"""The owned objects as pure functions of the resource; no client is imported here."""
