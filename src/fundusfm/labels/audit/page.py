"""`audit.html`: one page that shows the doubtful photographs with their reasons, and the numbers of an audit."""

from pathlib import Path

import cv2
import numpy as np

from fundusfm.data.encode import jpeg_bytes
from fundusfm.labels.audit.findings import Audit, percent
from fundusfm.report.page import Block, Fact, Facts, Gallery, Picture, Prose, Section, write_page
from fundusfm.report.save import data_uri
from fundusfm.report.tables import PageCell, PageTable
from fundusfm.report.text import p_value

_SIDE = 240
_JPEG_QUALITY = 80
_MOST_WORDS = 25


def write_audit_page(path: Path, audit: Audit, *, pictures: int) -> Path:
    """Writes the page.

    Args:
        path: File to write.
        audit: What was found.
        pictures: Most photographs to show.
    """
    sections = [
        Section("summary", "Summary", _summary(audit)),
        Section("photographs", "Most doubtful photographs", _gallery(audit, pictures)),
        Section("noise", "Wrong labels, estimated", [_noise(audit), Prose([_NOISE])]),
        Section("auroc", "What disputed labels cost", [_ceiling(audit), Prose([_CEILING])]),
        Section(
            "second-reader", "A second reader", [_agreement(audit), Prose([_AGREEMENT])] if audit.agreements else []
        ),
        Section("words", "Words that attract doubt", [_words(audit)] if audit.words else []),
    ]
    count = f"{len(audit.cases)} photographs"
    return write_page(path, title="Label audit", subtitle=f"{audit.path} · {count}", sections=sections)


_NOISE = (
    "By confident learning (Northcutt et al., 2021) from scores of models that never saw the patient. A weak model "
    "disagrees for reasons of its own: the share says how many labels the model disputes, and only readers can say how "
    "many are wrong. Disputed are about as many photographs as the share says, the most doubtful first; those whose "
    "given class is still the most probable one are left out, so they are fewer."
)
_CEILING = (
    "The dispute comes from the same scores as the AUROC. Without the disputed labels, or with the dispute taken for "
    "right, the AUROC is therefore a bound of what better labels could show, and no result of the model."
)
_AGREEMENT = (
    "Classes are kept apart, because a reader who reads only one class again would agree with the labels of the other. "
    "An AUROC of the doubt of 0.5, or a difference of 0, is chance."
)


def _summary(audit: Audit) -> list[Block]:
    kinds = [one.kind for one in audit.contradictions]
    facts = [
        Fact("Photographs with a disputed label", str(int(audit.ranking.disputed.sum())), f"of {len(audit.cases)}")
    ]
    facts += [Fact(f"Disputed, {one.label}", str(int(one.disputed.sum()))) for one in audit.judgements]
    if audit.cases.store is not None:
        facts.append(Fact("Copies with different labels", str(kinds.count("twin"))))
    facts.append(Fact("Fellow eyes that look alike, labelled differently", str(kinds.count("eyes"))))
    said = ["No label was changed. audit.csv holds every photograph in this order; fundusfm review opens it."]
    said += [f"{label} was not judged: {reason}." for label, reason in audit.refused.items()]
    return [Prose(said), Facts(facts)]


def _gallery(audit: Audit, most: int) -> list[Block]:
    shown: list[Picture] = []
    for place, row in enumerate(audit.ranking.order[: 4 * most], start=1):
        if len(shown) == most or not audit.ranking.disputed[row]:
            break
        crop = audit.cases.crop(int(row))
        if crop is None:
            continue
        name = str(audit.cases.frame["image"].iloc[row])
        reasons = "; ".join(audit.ranking.reasons[row])
        shown.append(Picture(_jpeg(crop), f"{name}, rank {place}", f"{place}. {name}: {reasons}"))
    return [Gallery(shown, layout="small")] if shown else []


def _jpeg(crop: np.ndarray) -> str:
    small = cv2.resize(crop, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return data_uri(jpeg_bytes(np.asarray(small, np.uint8), quality=_JPEG_QUALITY), "image/jpeg")


def _noise(audit: Audit) -> PageTable:
    rows = [
        [
            _words_cell(f"{one.label} {one.given}"),
            *(PageCell(cell) for cell in (str(one.photographs), percent(one.wrong), str(one.disputed))),
        ]
        for one in audit.noise
    ]
    return PageTable(
        "Labels that probably belong to another class", ["given", "photographs", "wrong, estimated", "disputed"], rows
    )


def _ceiling(audit: Audit) -> PageTable:
    table = audit.ceilings
    truths = list(table["truth"].drop_duplicates())
    rows = []
    for label in table["label"].drop_duplicates():
        cells = [_words_cell("mean" if label == "macro" else str(label))]
        for truth in truths:
            found = table[(table["label"] == label) & (table["truth"] == truth)]
            one = found.iloc[0] if len(found) else None
            known = one is not None and not np.isnan(one["auroc"])
            cells.append(
                PageCell(f"{one['auroc']:.3f}", f"[{one['low']:.3f}, {one['high']:.3f}]")
                if known and one is not None
                else PageCell("–")
            )
        rows.append(cells)
    return PageTable("AUROC of the out-of-fold scores", ["label", *truths], rows)


def _agreement(audit: Audit) -> PageTable:
    rows = [
        [
            _words_cell(f"{one.label} {one.given}"),
            PageCell(str(one.read)),
            PageCell(percent(one.of_listed), f"of {one.listed}"),
            PageCell(percent(one.of_others), f"of {one.read - one.listed}"),
            PageCell(f"{one.difference.value:+.3f}", f"[{one.difference.low:+.3f}, {one.difference.high:+.3f}]"),
            PageCell(f"{one.area.value:.3f}", f"[{one.area.low:.3f}, {one.area.high:.3f}]"),
        ]
        for one in audit.agreements
    ]
    head = ["given", "read again", "disputed labels", "other labels", "difference", "AUROC of the doubt"]
    return PageTable("Labels that the second reader disputes", head, rows)


def _words(audit: Audit) -> PageTable:
    rows = [
        [
            _words_cell(word.text),
            PageCell(str(word.photographs)),
            PageCell(str(word.doubtful)),
            PageCell(percent(word.share)),
            PageCell(p_value(word.p)),
        ]
        for word in audit.words[:_MOST_WORDS]
    ]
    return PageTable(
        "Share of disputed photographs by word",
        ["word", "photographs", "disputed", "share", "p"],
        rows,
        legend="p: chance of so many among as many photographs at random, after Holm's correction.",
    )


def _words_cell(content: str) -> PageCell:
    return PageCell(content, numeric=False)
