"""The IngestorDeployment as typed, immutable models: the source of the CRD and of its documentation."""
