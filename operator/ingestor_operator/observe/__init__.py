"""Everything a reconcile looks at, read once at its beginning."""
