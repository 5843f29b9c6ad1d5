"""The CustomResourceDefinition around the schema: names, printer columns, subresources."""

from typing import Any

import yaml

from ingestor_operator import API_GROUP, API_VERSION, KIND, PLURAL
from ingestor_operator.crd.described import described
from ingestor_operator.crd.structural import structural
from ingestor_operator.model.spec import Spec
from ingestor_operator.model.status import Status

# The names of Deployments and Services are NAME-consumer and the like, and a Service's name is a DNS label.
MAX_NAME = 40
NAME_RULE = {
    "rule": f"size(self.metadata.name) <= {MAX_NAME} && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
    "message": "metadata.name must start with a letter, be a DNS label and have at most"
    f" {MAX_NAME} characters: it becomes part of the names of Services and Deployments",
}
_READY = '.status.conditions[?(@.type=="Ready")]'
COLUMNS = [
    ("Ready", "string", f"{_READY}.status", 0, "Whether topics, database, API and consumers are ready."),
    ("Reason", "string", f"{_READY}.reason", 0, "Reason of Ready: the first thing that is not right, else AllReady."),
    # Of the spec: a paused resource has a status of the past.
    ("Paused", "boolean", ".spec.paused", 0, "Whether the operator leaves everything as it is."),
    ("Partitions", "integer", ".status.topic.partitions", 0, "Partitions of the events' topic in Kafka."),
    ("Replicas", "integer", ".status.replicas", 0, "Consumers that there are."),
    (
        "Pinned",
        "integer",
        ".status.pinned",
        0,
        "Consumers that somebody has asked for; empty: the load decides.",
    ),
    # A number that is not known is a word, not an empty column.
    ("Lag", "string", ".status.lag", 0, "Records that the group has not stored yet."),
    ("Age", "date", ".metadata.creationTimestamp", 0, "Time since the resource was created."),
    ("Mode", "string", ".spec.mode", 1, "Enforce acts, Observe only plans."),
    ("Desired", "integer", ".status.consumer.desired", 1, "Consumers that were decided for."),
    ("API", "string", ".status.api.address", 1, "host:port of the API's Service within the cluster."),
    ("Release", "string", ".status.release", 1, "Release of the operator that wrote the status."),
]
"""Name, type, path, priority (1: only with `--output wide`) and description."""
HEADER = "# Generated from operator/ingestor_operator/model; write it anew with `ingestor-operator crd`.\n"


def definition() -> dict[str, Any]:
    """The CRD as an object."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{PLURAL}.{API_GROUP}"},
        "spec": {
            "group": API_GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": KIND,
                "listKind": f"{KIND}List",
                "plural": PLURAL,
                "singular": KIND.lower(),
                "shortNames": ["ingd"],
                "categories": ["ingestor"],
            },
            "versions": [_version()],
        },
    }


def definition_yaml() -> str:
    """The CRD as the file k8s/crd/ holds it."""
    return HEADER + yaml.safe_dump(definition(), sort_keys=False, width=110, allow_unicode=True)


def _version() -> dict[str, Any]:
    return {
        "name": API_VERSION,
        "served": True,
        "storage": True,
        "schema": {
            "openAPIV3Schema": {
                "type": "object",
                "description": "One installation of Analytics Ingestor: its topics, services and consumers.",
                "required": ["spec"],
                "properties": {
                    "apiVersion": {"type": "string"},
                    "kind": {"type": "string"},
                    "metadata": {"type": "object"},
                    "spec": described(structural(Spec)),
                    "status": structural(Status),
                },
                "x-kubernetes-validations": [NAME_RULE],
            }
        },
        "subresources": {
            "status": {},
            "scale": {
                "specReplicasPath": ".spec.consumer.replicas.pinned",
                "statusReplicasPath": ".status.replicas",
                "labelSelectorPath": ".status.selector",
            },
        },
        "additionalPrinterColumns": [
            {"name": name, "type": kind, "description": description, "jsonPath": path, "priority": priority}
            for name, kind, path, priority, description in COLUMNS
        ],
    }
