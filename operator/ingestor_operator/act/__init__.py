"""Doing what was planned, step by step; a step that fails does not keep the others back."""
