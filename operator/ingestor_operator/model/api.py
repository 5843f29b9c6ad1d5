"""spec.api: the HTTP service."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from ingestor_operator.model.pods import Account, Image, PodTemplateOverlay, Resources, Texts, completed
from ingestor_operator.model.schema import Model, rules

EventType = Literal["SESSION_STARTED", "QUESTION_PUBLISHED", "ANSWER_SUBMITTED", "SESSION_ENDED"]
API_RESOURCES = Resources(requests={"cpu": "250m", "memory": "256Mi"}, limits={"memory": "512Mi"})


class Rollout(Model):
    """How much of the traffic goes through Kafka, for moving a running system over in phases."""

    kafka_percent: Annotated[int, Field(ge=0, le=100)] = 100
    """Share of the sessions, by hash of session_id, whose events go through Kafka."""
    event_types: Annotated[list[EventType], Field(max_length=4)] = Field(default_factory=list)
    """Event types that go through Kafka; empty means all."""
    fallback: Literal["Direct", "None"] = "Direct"
    """What happens while Kafka is down: Direct writes to Postgres, None answers 503."""


class ApiService(Model):
    """The Service in front of the API."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "!has(self.nodePort) || self.type != 'ClusterIP'",
                "nodePort needs type NodePort or LoadBalancer",
            ),
            (
                "!has(self.externalTrafficPolicy) || self.type != 'ClusterIP'",
                "externalTrafficPolicy needs type NodePort or LoadBalancer",
            ),
            (
                "!has(self.loadBalancerClass) || self.type == 'LoadBalancer'",
                "loadBalancerClass needs type LoadBalancer",
            ),
            (
                "!has(self.loadBalancerSourceRanges) || size(self.loadBalancerSourceRanges) == 0"
                " || self.type == 'LoadBalancer'",
                "loadBalancerSourceRanges needs type LoadBalancer",
            ),
            (
                "self.ipFamilyPolicy != 'SingleStack' || !has(self.ipFamilies) || size(self.ipFamilies) < 2",
                "two ipFamilies need ipFamilyPolicy PreferDualStack or RequireDualStack",
            ),
        )
    )

    type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = "ClusterIP"
    """Kind of Service."""
    port: Annotated[int, Field(ge=1, le=65535)] = 80
    """Port of the Service."""
    node_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Port on every node; chosen by Kubernetes where absent."""
    annotations: Texts = Field(default_factory=dict)
    """Annotations, by which load balancers, DNS and meshes are told what to do."""
    labels: Texts = Field(default_factory=dict)
    """Labels; the operator's own stay as they are."""
    load_balancer_class: Annotated[str, Field(min_length=1, max_length=317)] | None = None
    """Who is to provide the load balancer; Kubernetes allows no change while the type is LoadBalancer."""
    load_balancer_source_ranges: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=256)] = Field(
        default_factory=list
    )
    """Networks that the load balancer lets in, such as 10.0.0.0/8; empty: all."""
    external_traffic_policy: Literal["Cluster", "Local"] | None = None
    """Local keeps the caller's address and reaches only nodes that have a pod; Kubernetes' own default is Cluster."""
    # A default of its own, as Kubernetes has it: a Service keeps the last policy where none is applied.
    ip_family_policy: Literal["SingleStack", "PreferDualStack", "RequireDualStack"] = "SingleStack"
    """Whether the Service has an IPv4 and an IPv6 address; SingleStack takes the second one away again."""
    ip_families: Annotated[list[Literal["IPv4", "IPv6"]], Field(max_length=2)] = Field(default_factory=list)
    """Which of them, the first one first; empty: as the cluster has them. The first one cannot be changed."""


class Api(Model):
    """The HTTP service that takes events and answers reports."""

    image: Image | None = None
    """Image of the API and of the migration Job; default: the operator's release."""
    replicas: Annotated[int, Field(ge=0, le=100)] = 2
    """Number of API pods."""
    rollout: Rollout = Field(default_factory=Rollout)
    """How much of the traffic goes through Kafka."""
    service: ApiService = Field(default_factory=ApiService)
    """The Service in front of the API."""
    service_account: Account = Field(default_factory=Account)
    """The ServiceAccount of the API's pods and of the migration Job."""
    resources: Annotated[Resources, AfterValidator(lambda given: completed(given, API_RESOURCES))] = API_RESOURCES
    """Compute resources of the container."""
    pod_template: PodTemplateOverlay = Field(default_factory=dict)
    """Merged over the generated pod template (metadata and spec); lists of named items merge by name."""
