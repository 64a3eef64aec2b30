"""Options of the commands that serve a page: `fundusfm serve` and `fundusfm review`, and of the review's export."""

from dataclasses import dataclass
from typing import Literal

from fundusfm.config.shared import ComputingOptions
from fundusfm.config.types import File, Folder, InputPath, Label, Weights


@dataclass(frozen=True, kw_only=True)
class ServeConfig(ComputingOptions):
    """Options of `fundusfm serve`.

    Attributes:
        weights: Bundle with a head, run folder that holds one, or listed name; `light`, which ships with the package,
            by default.
        ensemble: Further bundles of the same labels, whose scores are averaged with those of --weights.
        host: Address to listen on; 0.0.0.0 is every interface.
        port: TCP port.
        auth: `auto` asks for the token beyond loopback or where $FUNDUSFM_TOKEN is set, `token` always, `none` never.
        tokens: File of tokens by name, one line `NAME: SECRET` or `NAME: sha256:HEX` each, which is read again when it
            changes; that of $FUNDUSFM_TOKEN holds beside them. The audit log and the request log have the name.
        root_path: Path under which a proxy shows the server to others, such as `/screening`.
        trusted_proxies: Addresses or networks of proxies, such as `10.0.0.5` or `10.0.0.0/24`, whose X-Forwarded-For
            and X-Forwarded-Proto are believed; by default those of nobody.
        log_format: `text` for lines to read, `json` for an object a line.
        tta: Average each photograph with its three mirror images: four times the work, a little better.
        structures: Bundle of a segmenter, such as `structures`: the page and the answers also show the lesions, optic
            disc and vessels that it finds.
        operating_point: Which of the card's thresholds decides: `referral`, `youden`, `sensitivity_0.95` or
            `specificity_0.95`; by default the referral rule where the model has one, else `youden`.
        audit_log: Add a line per photograph to this file, each chained to the one before it by its hash: time, hash of
            the photograph, model, decision; no name and no picture. What cannot be logged is answered with 503.
        max_megabytes: Most a request may send.
        max_files: Most photographs in a request.
        max_megapixels: Most pixels of a photograph, told from its header before it is decoded.
        timeout: Most seconds for an upload to arrive, and again for its answer.
        queue: Most photographs that wait; beyond it the answer is 503 with Retry-After.
        batch_size: Most photographs that are scored at once.
        decode_timeout: Most seconds for decoding a photograph.
        decode_megabytes: Most memory for decoding a photograph, in MB.
    """

    weights: Weights | None = None
    ensemble: list[Weights] | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    auth: Literal["auto", "token", "none"] = "auto"
    tokens: File | None = None
    root_path: str = ""
    trusted_proxies: list[str] | None = None
    log_format: Literal["text", "json"] = "text"
    tta: bool = False
    structures: Weights | None = None
    operating_point: str | None = None
    audit_log: File | None = None
    max_megabytes: float = 64
    max_files: int = 32
    max_megapixels: float = 100
    timeout: float = 60
    queue: int = 256
    batch_size: int = 16
    decode_timeout: float = 20
    decode_megabytes: float = 1500


@dataclass(frozen=True, kw_only=True)
class ReviewConfig:
    """Options of `fundusfm review`.

    Attributes:
        source: What to read: a table of results from `fundusfm predict`, a folder or `audit.csv` of `fundusfm data
            audit`, or a manifest.
        out: Folder of the review. One that exists is continued, with the photographs and labels it was started with.
        labels: Labels to grade, as for `fundusfm probe`; by default those that the table has scores of.
        reasons: Which photographs are read: `doubtful` (disputed by an audit), `ungradable`, `uncertain`, `referred`,
            or `all`. By default whichever of these the table can tell, and all where it tells none.
        control: Photographs that nothing speaks for, drawn at random, as a share of the others; they show what readers
            find where no doubt is.
        most: Most photographs to read, without controls.
        images: Folder that relative paths start at; by default that of the table, else the working folder.
        host: Address to listen on; 0.0.0.0 is every interface.
        port: TCP port.
        auth: `auto` asks for the token beyond loopback or where $FUNDUSFM_TOKEN is set, `token` always, `none` never.
        seed: Random seed of the controls and their places.
    """

    source: InputPath
    out: Folder
    labels: list[Label] | None = None
    reasons: list[Literal["doubtful", "ungradable", "uncertain", "referred", "all"]] | None = None
    control: float = 0.1
    most: int | None = None
    images: Folder | None = None
    host: str = "127.0.0.1"
    port: int = 8010
    auth: Literal["auto", "token", "none"] = "auto"
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class ReviewExportConfig:
    """Options of `fundusfm review export`.

    Attributes:
        folder: Folder of the review.
        out: Folder to write; `export` in the review's folder by default. What was exported before is replaced.
        seed: Random seed of the intervals.
    """

    folder: Folder
    out: Folder | None = None
    seed: int = 0
