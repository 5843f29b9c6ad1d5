"""The Java command lines of Kafka's broker and of its command-line tools."""

import subprocess
from pathlib import Path

from ingestor_dev.embedded.java import find_java
from ingestor_dev.embedded.kafka_jars import kafka_jars
from ingestor_dev.embedded.kafka_properties import KafkaConfig

_LOG_SETTINGS = Path(__file__).with_name("log4j2.properties")
_TOOL_TIMEOUT_SECONDS = 60
# The first compiler and the serial collector alone. Against the JVM's defaults (G1, both compilers), measured on
# two busy cores, a broker started in 2.5 s of CPU time instead of 5, took 4,000 single records a second with a
# median of 0.3 ms instead of 4 to 14 (the second compiler competes with the clients for the cores), acknowledged
# 300,000 a second in batches either way, and used 390 MiB instead of 420 to 510.
_JVM_OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
_TOOL_OPTIONS = ("-Xmx256m", "-Dingestor.log.level=warn")


def broker_command(config: KafkaConfig, properties: Path) -> list[str]:
    """What runs the node with the given properties file."""
    heap = (f"-Xms{config.heap_mib}m", f"-Xmx{config.heap_mib}m")
    jmx = _jmx(config.jmx_port) if config.jmx_port else ()
    return [str(find_java()), *_JVM_OPTIONS, *heap, *jmx, *_class_path(), "kafka.Kafka", str(properties)]


def tool_command(main_class: str, *arguments: str) -> list[str]:
    """What runs a Kafka command-line tool, such as `org.apache.kafka.tools.TopicCommand`."""
    return [str(find_java()), *_JVM_OPTIONS, *_TOOL_OPTIONS, *_class_path(), main_class, *arguments]


def kafka_tool(main_class: str, *arguments: str) -> str:
    """Runs a Kafka command-line tool and gives what it printed on its standard output.

    Raises:
        subprocess.CalledProcessError: the tool failed; `stderr` says why.
        subprocess.TimeoutExpired: it did not end within a minute.
    """
    done = subprocess.run(
        tool_command(main_class, *arguments),
        capture_output=True,
        text=True,
        check=True,
        timeout=_TOOL_TIMEOUT_SECONDS,
    )
    return done.stdout


def _class_path() -> tuple[str, ...]:
    return (f"-Dlog4j2.configurationFile={_LOG_SETTINGS}", "-cp", f"{kafka_jars()}/*")


def _jmx(port: int) -> tuple[str, ...]:
    remote = "-Dcom.sun.management.jmxremote"
    return (
        f"{remote}.port={port}",
        f"{remote}.rmi.port={port}",
        f"{remote}.host=127.0.0.1",
        f"{remote}.authenticate=false",
        f"{remote}.ssl=false",
        "-Djava.rmi.server.hostname=127.0.0.1",
    )
