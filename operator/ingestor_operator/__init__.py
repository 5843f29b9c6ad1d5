"""Runs Analytics Ingestor on Kubernetes: an IngestorDeployment becomes topics, services and consumers."""

API_GROUP = "ingestor.dev"
API_VERSION = "v1alpha1"
KIND = "IngestorDeployment"
PLURAL = "ingestordeployments"
FIELD_MANAGER = "ingestor-operator"
