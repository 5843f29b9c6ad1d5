"""A cluster that does not serve IngestorDeployments, said in a sentence."""

from httpx2 import HTTPError, HTTPStatusError

from ingestor_operator import API_GROUP, API_VERSION, PLURAL

SENTENCE = (
    f"the cluster does not serve {PLURAL}.{API_GROUP}/{API_VERSION}: install the CRD of this release"
    " (kubectl apply --server-side -f k8s/crd, or the operator's chart with crds.enabled)"
)


def is_missing(error: HTTPError) -> bool:
    """Whether a list of IngestorDeployments failed because their CRD is not there."""
    return isinstance(error, HTTPStatusError) and error.response.status_code == 404
