"""Leader election by a coordination.k8s.io Lease: of several operators one acts."""
