"""A simulated consumer group, second by second: pods that take time to start, partitions that change hands, commits.

What it leaves out: brokers, fetches and batches. A consumer drains at most its rate, shared evenly among those of
its partitions that have records. A partition that changes hands stands still for a moment from then on, the others go
on: the protocol of KIP-848, which the product's consumers use, has no barrier that all members wait for. On a Kafka
4.3.1 with 12 partitions, and 2, 3 and 6 members joining 1, 3 and 6 others within 10 s, no record was older than 1.9 s
when it was read (2.4 s with the cooperative protocol before it).
"""

import random
from dataclasses import dataclass, field

from bench.scaling.workload import Workload

from ingestor_operator.scaling import GroupState, Member, Observation, PartitionOffsets


@dataclass(frozen=True)
class Conditions:
    """How fast everything goes. Times in seconds, rates in records a second.

    A partition that changes hands is read by nobody for `handover`; the group is not stable for `rebalance` after the
    last member came or went. `capacity` limits all consumers together, as a database does. `slow_pod` is the factor of
    the first pod's rate. `stuck` is (partition, from, to). `slowdown` is (from, to, factor) for all consumers.
    """

    rate: float = 1000.0
    noise: float = 0.05
    capacity: float = float("inf")
    slow_pod: float = 1.0
    stuck: tuple[int, int, int] | None = None
    slowdown: tuple[int, int, float] | None = None
    pod_start: tuple[float, float] = (12.0, 22.0)
    handover: int = 2
    rebalance: int = 5
    commit_every: int = 2


@dataclass
class Pod:
    """One consumer pod."""

    name: int
    ready_at: float
    joined: bool = False
    factor: float = 1.0
    owned: list[int] = field(default_factory=list)
    carry: float = 0.0
    used: float = 0.0


class Group:
    """The group and its Deployment. `step` plays one second; offsets are lists by partition."""

    def __init__(self, workload: Workload, conditions: Conditions, replicas: int, seed: int) -> None:
        self.conditions = conditions
        self.partitions = workload.partitions
        self.now = 0
        self.replicas = replicas
        self.end = [0] * self.partitions
        self.position = [0] * self.partitions
        self.committed = [0] * self.partitions
        self.settled_at = 0
        self._arrivals: list[list[int]] = workload.arrivals.tolist()
        self._random = random.Random(seed)
        self._still_until: dict[int, int] = {}
        self._born = 0
        self.pods: list[Pod] = [self._new_pod(ready_at=0) for _ in range(replicas)]
        self._welcome()
        self.settled_at = 0
        self._still_until = {}

    @property
    def rebalancing(self) -> bool:
        """Whether members are being given their partitions at this moment."""
        return self.now < self.settled_at

    @property
    def lag(self) -> int:
        """Records that arrived and were not processed."""
        return sum(self.end) - sum(self.position)

    def scale(self, replicas: int) -> None:
        """What the Deployment does when its replicas are set: newest pods go first, new ones take time."""
        self.replicas = replicas
        while len(self.pods) > replicas:
            self._commit(self.pods[-1])
            gone = self.pods.pop()
            if gone.joined:
                self._rebalance()
        while len(self.pods) < replicas:
            self.pods.append(self._new_pod(self.now + self._random.uniform(*self.conditions.pod_start)))

    def step(self) -> None:
        """One second: records arrive, pods join, consumers drain and commit."""
        for partition, count in enumerate(self._arrivals[self.now]):
            self.end[partition] += count
        self._welcome()
        self._drain()
        for pod in self.pods:
            if pod.joined and (self.now + pod.name) % self.conditions.commit_every == 0:
                self._commit(pod)
        self.now += 1

    def observe(self) -> Observation:
        """What an operator would read of the group now."""
        return Observation(
            time=float(self.now),
            replicas=self.replicas,
            ready=sum(pod.ready_at <= self.now for pod in self.pods),
            group_state=GroupState.PREPARING_REBALANCE if self.rebalancing else GroupState.STABLE,
            partitions=tuple(PartitionOffsets(p, 0, self.end[p], self.committed[p]) for p in range(self.partitions)),
            members=tuple(Member(f"consumer-{pod.name}", tuple(pod.owned)) for pod in self.pods if pod.joined),
            topic_id="quiz-events",
        )

    def is_stuck(self, partition: int) -> bool:
        """Whether nobody can drain the partition now."""
        stuck = self.conditions.stuck
        return stuck is not None and stuck[0] == partition and stuck[1] <= self.now < stuck[2]

    def _new_pod(self, ready_at: float) -> Pod:
        self._born += 1
        return Pod(self._born, ready_at, factor=self.conditions.slow_pod if self._born == 1 else 1.0)

    def _welcome(self) -> None:
        arriving = [pod for pod in self.pods if not pod.joined and pod.ready_at <= self.now]
        for pod in arriving:
            pod.joined = True
        if arriving:
            self._rebalance()

    def _rebalance(self) -> None:
        """Keeps what members have, as far as it is even, and gives the rest to those with the fewest."""
        members = [pod for pod in self.pods if pod.joined]
        before = {p: pod.name for pod in members for p in pod.owned}
        if members:
            fair, extra = divmod(self.partitions, len(members))
            for index, pod in enumerate(sorted(members, key=lambda pod: -len(pod.owned))):
                pod.owned = pod.owned[: fair + (index < extra)]
            owned = {p for pod in members for p in pod.owned}
            for partition in range(self.partitions):
                if partition not in owned:
                    min(members, key=lambda pod: (len(pod.owned), pod.name)).owned.append(partition)
        moved = [p for pod in members for p in pod.owned if before.get(p) != pod.name]
        self._still_until |= dict.fromkeys(moved, self.now + self.conditions.handover)
        self.settled_at = self.now + self.conditions.rebalance

    def _drain(self) -> None:
        members = [pod for pod in self.pods if pod.joined]
        budgets = [self._budget(pod) for pod in members]
        waiting = [self._waiting(pod) for pod in members]
        demands = [min(b, sum(lag for lag, _ in lags)) for b, lags in zip(budgets, waiting, strict=True)]
        scale = min(1.0, self.conditions.capacity / max(sum(demands), 1.0))
        for pod, budget, demand, lags in zip(members, budgets, demands, waiting, strict=True):
            pod.used = self._consume(pod, budget if scale == 1.0 else demand * scale, lags) / budget

    def _budget(self, pod: Pod) -> float:
        factor = pod.factor * max(0.1, self._random.gauss(1.0, self.conditions.noise))
        slowdown = self.conditions.slowdown
        if slowdown is not None and slowdown[0] <= self.now < slowdown[1]:
            factor *= slowdown[2]
        return self.conditions.rate * factor

    def _waiting(self, pod: Pod) -> list[tuple[int, int]]:
        """(lag, partition) of those of its partitions that it could drain now."""
        lags = [(self.end[p] - self.position[p], p) for p in pod.owned if self._still_until.get(p, 0) <= self.now]
        return [(lag, p) for lag, p in lags if lag and not self.is_stuck(p)]

    def _consume(self, pod: Pod, budget: float, waiting: list[tuple[int, int]]) -> float:
        """Max-min fair: every partition gets an even part, what one does not need goes to the others."""
        room = budget + pod.carry
        left = int(room)
        pod.carry = min(room - left, 1.0)
        drained = 0
        for index, (lag, partition) in enumerate(sorted(waiting, key=lambda entry: entry[0])):
            take = min(lag, left // (len(waiting) - index))
            self.position[partition] += take
            left -= take
            drained += take
        return float(drained)

    def _commit(self, pod: Pod) -> None:
        for partition in pod.owned:
            self.committed[partition] = self.position[partition]
