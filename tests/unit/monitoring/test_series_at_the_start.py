"""A series that is born at 1 has no increase, and no alert sees it: every bounded set of labels starts at 0."""

from collections.abc import Collection
from itertools import product

import pytest
from unit.monitoring.registries import SERVICES, Metric, registry_of

from ingestor_api.metrics import MODES, REJECTION_REASONS
from ingestor_common.events import EVENT_TYPES
from ingestor_common.store import errors
from ingestor_consumer.decoding import REASONS
from ingestor_consumer.holds import HoldReason
from ingestor_operator.metrics import RESULTS
from ingestor_operator.scaling import Direction, Reason

# The label values that have to be there, at least, of each metric whose labels are bounded.
BOUNDED: dict[str, Collection[tuple[str, ...]]] = {
    "ingestor_http_requests_total": [*product(("/api/events", "/api/events/batch"), ["POST"], ("201", "500", "503"))],
    "ingestor_http_request_duration_seconds_count": [("/api/events",), ("/api/events/batch",)],
    "ingestor_events_accepted_total": [*product(MODES, EVENT_TYPES)],
    "ingestor_events_rejected_total": [(reason,) for reason in REJECTION_REASONS],
    "ingestor_events_persisted_total": [(event_type,) for event_type in EVENT_TYPES],
    "ingestor_events_dead_lettered_total": [(reason,) for reason in REASONS],
    "ingestor_store_errors_total": [(kind,) for kind in errors.KINDS],
    "ingestor_consumer_held_partitions": [(reason,) for reason in HoldReason],
    "ingestor_operator_reconcile_total": [(result,) for result in RESULTS],
    "ingestor_operator_scaling_decisions_total": [*product(Direction, Reason)],
}

# Labels whose values are known only while it runs. All are gauges, which have no increase that could be missed.
UNBOUNDED = {
    "ingestor_unstored_records": "a topic's partitions; there as soon as Kafka and Postgres were asked",
    "ingestor_unstored_age_seconds": "a topic's partitions; there as soon as Kafka and Postgres were asked",
    "ingestor_consumer_lag_records": "the partitions that the consumer is assigned",
    "ingestor_consumer_lag_seconds": "the partitions that the consumer is assigned",
    "ingestor_ledger_unaccounted_records": "the partitions that the consumer is assigned",
    "ingestor_ledger_vanished_records": "the partitions that the consumer is assigned",
    "ingestor_operator_group_lag_records": "the resources that the operator finds, and their partitions",
    "ingestor_operator_desired_replicas": "the resources that the operator finds",
    "ingestor_operator_condition": "the resources that the operator finds, and what their conditions say",
    "ingestor_operator_paused": "the resources that the operator finds",
    "ingestor_operator_pinned": "the resources that the operator finds",
    "ingestor_build_info": "has one series, with the version",
}


def labelled(service: str) -> list[Metric]:
    return [metric for metric in registry_of(service) if metric.labels]


@pytest.mark.parametrize("service", SERVICES)
def test_every_bounded_set_of_labels_starts_at_0(service: str) -> None:
    for metric in labelled(service):
        if UNBOUNDED.keys() & set(metric.names):
            continue
        (name,) = BOUNDED.keys() & set(metric.names)
        wanted = {tuple(str(label) for label in labels) for labels in BOUNDED[name]}
        assert wanted <= metric.children, name
