"""1,500 viewers through the edge that we supply: nginx with its configuration.

Without TLS, which would cost the generator, on the same two cores, more than nginx.
The service is told of the edge, as the configuration asks, and lets it have each part
before viewers hear of it. How it is measured stands in `media_bench`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from tests import machine
from tests.bench.media_bench import Crowd, make_film, measure_crowd, publishing
from tests.bench.report import Figure, Say, absent
from tests.e2e.service import Service
from tests.edge import edge, free_ports

AREA = "media"
# Viewers, and for how many seconds, one after the other.
RUNS = ((600, 15.0), (1500, 60.0), (1500, 60.0), (1500, 60.0))
QUICK_RUNS = ((50, 6.0),)


def measure(*, quick: bool, say: Say) -> list[Figure]:
    """Return how late playlists and parts were."""
    ffmpeg = machine.find_ffmpeg()
    if ffmpeg is None or machine.find_nginx() is None:
        return [absent(AREA, "parts to viewers through the edge", "needs nginx")]
    memory = Path("/dev/shm")
    (ahead_port,) = free_ports(1)
    figures: list[Figure] = []
    with (
        tempfile.TemporaryDirectory(prefix="folkmoot-bench-") as folder,
        tempfile.TemporaryDirectory(dir=memory if memory.exists() else None) as parts,
    ):
        home = Path(folder)
        say("edge: making a 720p30 film")
        film = make_film(ffmpeg, home / "film.mp4")
        told = {"FOLKMOOT_MEDIA_EDGE_URL": f"http://127.0.0.1:{ahead_port}"}
        service = Service(home / "data", env=told)
        try:
            service.start()
            with (
                publishing(service, ffmpeg, film, "bench") as address,
                edge(
                    home / "edge",
                    service_port=service.port,
                    rtmp_port=service.rtmp_port,
                    ahead_port=ahead_port,
                    plain=True,
                    memory=Path(parts),
                ) as door,
            ):
                there = f"http://127.0.0.1:{door.https_port}{urlsplit(address).path}"
                runs = QUICK_RUNS if quick else RUNS
                for number, (count, seconds) in enumerate(runs, 1):
                    crowd = Crowd(count, "edge", door.pid, seconds, f", run {number}")
                    figures += measure_crowd(
                        service, there, crowd, quick=quick, say=say
                    )
        finally:
            service.stop()
    return figures
