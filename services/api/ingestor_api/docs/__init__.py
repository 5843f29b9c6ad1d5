"""The page that describes every route to a person."""
