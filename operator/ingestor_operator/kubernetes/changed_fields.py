"""What changes in an object, in words for `status.plan`: a few fields, and no value that may be secret.

People write passwords where nobody expects them: in annotations, paths of probes, attributes of volumes. So the values
of listed fields alone are shown, where they have such a field's form; of any other a plan tells that it changes.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from ingestor_operator import API_GROUP
from ingestor_operator.kubernetes.difference import Difference
from ingestor_operator.observe.pods import one_line

SHOWN: Final = 3
"""Fields of one object."""
_LONGEST: Final = 60
"""Characters of a value: an image has that many."""
_LONGEST_PATH: Final = 200
"""Characters of a path: names of variables and volumes are in it."""
_OWN_NOTE: Final = f".annotations.{API_GROUP}/"
"""Digests and copies by which the operator knows what it applied; they follow from the rest."""

_ITEM: Final = r"\[[\w.,/-]*\]"
_POD: Final = r"spec\.template\.spec\."
_CONTAINER: Final = rf"{_POD}(?:containers|initContainers){_ITEM}\."
_PROBE: Final = rf"{_CONTAINER}(?:liveness|readiness|startup)Probe\."
_SPREAD: Final = rf"{_POD}topologySpreadConstraints{_ITEM}\."


def _form(form: str, *paths: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    return re.compile("|".join(paths), re.ASCII), re.compile(form, re.ASCII)


_FORMS: Final = (
    # Not of any field: text that is written without quotes, such as a PIN, is a number too.
    _form(
        r"\d{1,10}%?",
        r"spec\.(?:replicas|backoffLimit|ttlSecondsAfterFinished|revisionHistoryLimit|minReadySeconds)",
        r"spec\.(?:progressDeadlineSeconds|maxUnavailable|strategy\.rollingUpdate\.(?:maxSurge|maxUnavailable))",
        rf"spec\.ports{_ITEM}\.(?:port|targetPort|nodePort)",
        rf"{_POD}(?:terminationGracePeriodSeconds|securityContext\.(?:runAsUser|runAsGroup|fsGroup))",
        rf"{_SPREAD}(?:maxSkew|minDomains)",
        rf"{_CONTAINER}securityContext\.(?:runAsUser|runAsGroup)",
        rf"{_CONTAINER}ports{_ITEM}\.(?:containerPort|hostPort)",
        rf"{_PROBE}(?:(?:initialDelay|period|timeout)Seconds|(?:failure|success)Threshold|(?:httpGet|tcpSocket)\.port)",
    ),
    # Kubernetes' own words and no others, for the API server may not have looked at what is planned.
    _form("ClusterIP|NodePort|LoadBalancer|ExternalName|RollingUpdate|Recreate", r"spec\.(?:strategy\.)?type"),
    _form(
        "Cluster|Local|SingleStack|PreferDualStack|RequireDualStack|AlwaysAllow|IfHealthyBudget",
        r"spec\.(?:externalTrafficPolicy|ipFamilyPolicy|unhealthyPodEvictionPolicy)",
    ),
    _form("TCP|UDP|SCTP", rf"spec\.ports{_ITEM}\.protocol", rf"{_CONTAINER}ports{_ITEM}\.protocol"),
    _form("HTTP|HTTPS", rf"{_PROBE}httpGet\.scheme"),
    _form("Always|IfNotPresent|OnFailure|Never", rf"{_CONTAINER}imagePullPolicy", rf"{_POD}restartPolicy"),
    _form("ClusterFirst|ClusterFirstWithHostNet|Default|None", rf"{_POD}dnsPolicy"),
    _form(
        r"\d{1,10}(?:\.\d{1,10})?(?:[numkKMGTPE]i?)?",
        rf"{_CONTAINER}resources\.(?:requests|limits)\.(?:cpu|memory|ephemeral-storage)",
    ),
    # Without a login: what stands before an @ would be one.
    _form(
        r"[\w.-]+(?::\d+)?(?:/[\w.-]+)*(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?",
        rf"{_CONTAINER}image",
    ),
    # The ConfigMap is the operator's own: no other object that it builds has data. Its addresses may have a login or a
    # key in them; a list of brokers has none.
    _form(r"(?:(?!://)[\w.,:/*-])*", r"data\.[A-Z_]+"),
)
"""Fields, with the form of a value that is shown."""


def in_words(differences: Sequence[Difference]) -> str:
    """The fields as `path: from → to`, behind a space and in parentheses; "" where there is nothing to tell.

    Where a value is not to be shown, `path: changed`, or `added` or `removed`.
    """
    told = [difference for difference in differences if _OWN_NOTE not in difference.path]
    words = [f"{one_line(difference.path, _LONGEST_PATH)}: {_change(difference)}" for difference in told[:SHOWN]]
    if len(told) > SHOWN:
        words.append(f"{len(told) - SHOWN} more")
    return f" ({'; '.join(words)})" if words else ""


def replaces_pods(differences: Sequence[Difference]) -> bool:
    """Whether the pods of a Deployment are replaced."""
    return any(difference.path.startswith("spec.template") for difference in differences)


def _change(difference: Difference) -> str:
    path, present, wanted = difference.path, difference.present, difference.wanted
    if _is_shown(path, present) and _is_shown(path, wanted):
        return f"{_value(present)} → {_value(wanted)}"
    if present is None:
        return "added"
    return "removed" if wanted is None else "changed"


def _is_shown(path: str, value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if not isinstance(value, str | int):
        return False
    return any(field.fullmatch(path) and form.fullmatch(str(value)) for field, form in _FORMS)


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return one_line(value, _LONGEST) or '""'
