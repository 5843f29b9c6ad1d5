"""The `ingestor-operator` command."""

import asyncio
import logging
from datetime import timedelta

import click

from ingestor_common import logs
from ingestor_operator.crd.definition import definition_yaml
from ingestor_operator.crd.fields import field_table
from ingestor_operator.explain import explain_resource
from ingestor_operator.manifests.manifest import Release
from ingestor_operator.run.object_lines import OBJECT_LOGGER, ObjectLines
from ingestor_operator.run.options import VERSION, Options, own_namespace
from ingestor_operator.run.process import run as run_process


@click.group(context_settings={"auto_envvar_prefix": "INGESTOR_OPERATOR"})
@click.version_option(VERSION)
def main() -> None:
    """Runs Analytics Ingestor on Kubernetes.

    Every option may be given as an environment variable, for instance INGESTOR_OPERATOR_RUN_NAMESPACE.
    """


@main.command()
@click.option("--namespace", help="Serve this namespace alone; default: all.")
@click.option("--leader-elect", is_flag=True, help="Act only while holding the Lease.")
@click.option("--lease-namespace", default=own_namespace, help="Namespace of the Lease; default: the pod's.")
@click.option(
    "--lease-name", default="ingestor-operator", show_default=True, help="Lease that those who take turns share."
)
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65535),
    default=9090,
    show_default=True,
    help="Port of /healthz, /readyz and /metrics; 0 picks a free one.",
)
@click.option("--api-image", default=f"analytics-ingestor/api:{VERSION}", show_default=True)
@click.option("--consumer-image", default=f"analytics-ingestor/consumer:{VERSION}", show_default=True)
@click.option(
    "--watch-timeout",
    default=60,
    show_default=True,
    help="Seconds that the watch may miss changes before /healthz fails.",
)
@click.option(
    "--deletion-patience",
    default=600,
    show_default=True,
    help="Seconds for which the deletion of a topic is tried before the topic is kept.",
)
@click.option(
    "--log-level", type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"]), default="INFO", show_default=True
)
def run(
    namespace: str | None,
    leader_elect: bool,
    lease_namespace: str,
    lease_name: str,
    metrics_port: int,
    api_image: str,
    consumer_image: str,
    watch_timeout: int,
    deletion_patience: int,
    log_level: str,
) -> None:
    """Run the operator."""
    logs.configure("operator", log_level)
    logging.getLogger(OBJECT_LOGGER).addFilter(ObjectLines())
    if log_level != "DEBUG":
        # Every request and every handler call would be a line, several a second.
        for chatty in ("httpx2", OBJECT_LOGGER, "kopf.activities"):
            logging.getLogger(chatty).setLevel("WARNING")
    options = Options(
        namespace=namespace,
        leader_elect=leader_elect,
        lease_namespace=lease_namespace,
        lease_name=lease_name,
        metrics_port=metrics_port,
        release=Release(api_image, consumer_image, VERSION),
        watch_timeout=timedelta(seconds=watch_timeout),
        deletion_patience=timedelta(seconds=deletion_patience),
    )
    asyncio.run(run_process(options))


@main.command()
@click.argument("name")
@click.option("--namespace", "-n", help="Namespace of the IngestorDeployment; default: the kubeconfig's.")
def explain(name: str, namespace: str | None) -> None:
    """Print why NAME has the consumers it has."""
    click.echo(asyncio.run(explain_resource(name, namespace)))


@main.command()
def fields() -> None:
    """Print the fields of the spec as a Markdown table."""
    click.echo(field_table())


@main.command()
def crd() -> None:
    """Print the CustomResourceDefinition."""
    click.echo(definition_yaml(), nl=False)
