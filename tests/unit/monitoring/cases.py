"""Series over time, and the alerts that have to fire, or to be silent, because of them. One sample a minute."""

from dataclasses import dataclass, field

REQUESTS = 'ingestor_http_requests_total{namespace="school",route="/api/events",status="%s"}'
UNSTORED = 'ingestor_unstored_records{namespace="school",topic="quiz-events",partition="%s",pod="%s"}'
AGE = 'ingestor_unstored_age_seconds{namespace="school",topic="quiz-events",partition="%s",pod="%s"}'
DEAD = 'ingestor_events_dead_lettered_total{namespace="school",reason="%s",pod="%s"}'
UNACCOUNTED = 'ingestor_ledger_unaccounted_records{namespace="school",topic="quiz-events",partition="0"}'
VANISHED = 'ingestor_ledger_vanished_records{namespace="school",topic="quiz-events",partition="0",pod="%s"}'
PROBES = 'ingestor_http_requests_total{namespace="school",route="%s",status="%s"}'
CONDITION = 'ingestor_operator_condition{namespace="school",name="quiz",type="%s",status="%s",reason="%s"}'
OPERATOR = 'ingestor_operator_reconcile_total{result="%s"}'

SCHOOL = {"namespace": "school"}
TOPIC = SCHOOL | {"topic": "quiz-events"}
PARTITION = TOPIC | {"partition": "0"}


@dataclass(frozen=True)
class Case:
    """`series` by name, in promtool's notation (`0+10x20`: from 0, ten more each minute); `fires` are labels, without
    severity, of the alerts that fire at `minute`. None of them: the alert has to be silent."""

    alert: str
    what: str
    series: dict[str, str]
    minute: int
    fires: list[dict[str, str]] = field(default_factory=list)


CASES = [
    Case("IngestorBooksDoNotBalance", "records are missing", {UNACCOUNTED: "0x5 3x10"}, 8, [PARTITION]),
    Case("IngestorBooksDoNotBalance", "records are too many", {UNACCOUNTED: "0x5 -3x10"}, 8, [PARTITION]),
    Case("IngestorBooksDoNotBalance", "the books balance", {UNACCOUNTED: "0x30"}, 20),
    Case("IngestorBooksDoNotBalance", "for less than a minute", {UNACCOUNTED: "0x5 3 0x10"}, 7),
    Case(
        "IngestorDeadLetters",
        "the first dead letter of a reason",
        {DEAD % ("expired", "a"): "0x5 1x20", DEAD % ("empty", "a"): "0x25"},
        8,
        [SCHOOL | {"reason": "expired"}],
    ),
    Case("IngestorDeadLetters", "none", {DEAD % ("expired", "a"): "0x30"}, 20),
    Case("IngestorDeadLetters", "none for ten minutes", {DEAD % ("expired", "a"): "0x5 1x30"}, 30),
    Case(
        "IngestorLagGrows",
        "while all consumers are gone",
        {UNSTORED % ("0", "a"): "0+1000x40", UNSTORED % ("1", "a"): "0+1000x40"},
        35,
        [TOPIC],
    ),
    Case(
        "IngestorLagGrows",
        "and two APIs say the same",
        {UNSTORED % ("0", "a"): "9000+100x40", UNSTORED % ("0", "b"): "9000+100x40"},
        39,
        [TOPIC],
    ),
    Case(
        "IngestorLagGrows",
        "one partition counted twice is not more",
        {UNSTORED % ("0", "a"): "4000+100x40", UNSTORED % ("0", "b"): "4000+100x40"},
        39,
    ),
    Case("IngestorLagGrows", "a large lag that shrinks", {UNSTORED % ("0", "a"): "90000-1000x60"}, 40),
    Case("IngestorLagGrows", "a small lag that grows", {UNSTORED % ("0", "a"): "0+100x60"}, 40),
    Case("IngestorEventsWait", "five minutes", {AGE % ("0", "a"): "0x5 0+60x20"}, 13, [PARTITION]),
    Case(
        "IngestorEventsWait",
        "one partition of two",
        {AGE % ("0", "a"): "0+60x20", AGE % ("1", "a"): "0x20", AGE % ("0", "b"): "0+60x20"},
        8,
        [PARTITION],
    ),
    Case("IngestorEventsWait", "nothing waits", {AGE % ("0", "a"): "0x30"}, 20),
    Case("IngestorEventsWait", "less than five minutes", {AGE % ("0", "a"): "240x30"}, 20),
    Case("IngestorEventsWait", "stored again", {AGE % ("0", "a"): "0+60x10 0x10"}, 13),
    Case(
        "IngestorDirectMode",
        "one of two APIs",
        {
            'ingestor_failover_active{namespace="school",pod="a"}': "0x5 1x20",
            'ingestor_failover_active{namespace="school",pod="b"}': "0x25",
        },
        9,
        [SCHOOL],
    ),
    Case("IngestorDirectMode", "Kafka is used", {'ingestor_failover_active{namespace="school"}': "0x30"}, 20),
    Case("IngestorDirectMode", "for a moment", {'ingestor_failover_active{namespace="school"}': "0x5 1 0x9"}, 9),
    Case("IngestorConsumerPaused", "held", {'ingestor_consumer_paused{namespace="school"}': "0x5 1x20"}, 9, [SCHOOL]),
    Case("IngestorConsumerPaused", "reading", {'ingestor_consumer_paused{namespace="school"}': "0x30"}, 20),
    Case("IngestorConsumerPaused", "for a moment", {'ingestor_consumer_paused{namespace="school"}': "0x5 1 0x9"}, 9),
    Case("IngestorBrokersLostRecords", "for the first time", {VANISHED % "a": "0x5 100x60"}, 8, [PARTITION]),
    Case("IngestorBrokersLostRecords", "again", {VANISHED % "a": "100x400 130x60"}, 410, [PARTITION]),
    Case(
        "IngestorBrokersLostRecords",
        "while another consumer takes the partition",
        {VANISHED % "a": "0x400 _x60", VANISHED % "b": "_x403 100x60"},
        410,
        [PARTITION],
    ),
    Case("IngestorBrokersLostRecords", "none", {VANISHED % "a": "0x400"}, 380),
    Case("IngestorBrokersLostRecords", "long ago", {VANISHED % "a": "0x5 100x500"}, 480),
    Case(
        "IngestorErrors",
        "one in twenty",
        {REQUESTS % "503": "0+50x30", REQUESTS % "201": "0+950x30"},
        20,
        [SCHOOL],
    ),
    Case("IngestorErrors", "all", {REQUESTS % "500": "0x5 0+100x30", REQUESTS % "201": "0x40"}, 20, [SCHOOL]),
    Case("IngestorErrors", "none", {REQUESTS % "503": "0x30", REQUESTS % "201": "0+950x30"}, 20),
    Case("IngestorErrors", "one in a thousand", {REQUESTS % "503": "0+1x30", REQUESTS % "201": "0+999x30"}, 20),
    Case("IngestorErrors", "of the senders", {REQUESTS % "400": "0+950x30", REQUESTS % "201": "0+50x30"}, 20),
    Case(
        "IngestorErrors",
        "probes of pods that are not ready",
        {PROBES % ("/readyz", "503"): "0+12x30", PROBES % ("/healthz", "503"): "0+6x30", REQUESTS % "201": "0+9x30"},
        20,
    ),
    Case(
        "IngestorErrors",
        "not hidden behind probes that are answered",
        {PROBES % ("/readyz", "200"): "0+9000x30", REQUESTS % "503": "0+1x30", REQUESTS % "201": "0+9x30"},
        20,
        [SCHOOL],
    ),
    Case("IngestorErrors", "nobody asks", {REQUESTS % "503": "7x30", REQUESTS % "201": "9x30"}, 20),
    Case(
        "IngestorNotReady",
        "for a quarter of an hour, for one reason after the other",
        {
            CONDITION % ("Ready", "False", "RollingOut"): "_x3 1x8 _x30",
            CONDITION % ("Ready", "False", "ImagePullFailed"): "_x12 1x30",
        },
        22,
        [SCHOOL | {"name": "quiz"}],
    ),
    Case("IngestorNotReady", "a rollout", {CONDITION % ("Ready", "False", "RollingOut"): "_x3 1x10 _x20"}, 20),
    Case("IngestorNotReady", "it observes", {CONDITION % ("Ready", "Unknown", "Observing"): "1x40"}, 30),
    Case("IngestorNotReady", "another condition", {CONDITION % ("ScalingActive", "False", "Pinned"): "1x40"}, 30),
    Case("IngestorOperatorFails", "each time", {OPERATOR % "failed": "0x2 0+1x60"}, 25, [{}]),
    Case("IngestorOperatorFails", "none fails", {OPERATOR % "failed": "0x60", OPERATOR % "changed": "0+1x60"}, 40),
    Case("IngestorOperatorFails", "once", {OPERATOR % "failed": "0x5 1x60"}, 25),
]
