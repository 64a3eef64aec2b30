import hashlib

import numpy as np
from tests.dicom_files import dicom_bytes, dicom_dataset

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.data.inputs.unfold import unfold
from fundusfm.screening.audit.trace import Trace, trace_of


def test_a_file_is_its_bytes() -> None:
    trace = trace_of(Photograph("a name", b"content"))
    assert (trace.of, trace.sha256) == ("file", hashlib.sha256(b"content").hexdigest())
    assert "name" not in str(trace.plain())


def test_a_dicom_object_is_its_uid_however_it_is_encoded() -> None:
    dataset = dicom_dataset(
        np.zeros((2, 8, 8, 3), np.uint8), NumberOfFrames=2, SOPInstanceUID="1.2.3.4", PatientID="Doe"
    )
    content = dicom_bytes(dataset)
    traces = [trace_of(photograph) for photograph in unfold(Photograph("eye.dcm", content))]
    assert {trace.sha256 for trace in traces} == {hashlib.sha256(b"1.2.3.4").hexdigest()}
    assert [trace.frame for trace in traces] == [1, 2]
    assert trace_of(Photograph("eye.dcm", content)) == traces[0]
    assert "Doe" not in str(traces[0].plain())


def test_pixels_without_a_file_have_no_hash() -> None:
    assert trace_of(Photograph("array", image=np.zeros((2, 2, 3), np.uint8))).sha256 is None


def test_scoring_adds_time_and_distance() -> None:
    trace = Trace(sha256="00", seconds=0.5).scored(0.25, np.float64(1.5))
    assert trace.plain()["seconds"] == 0.75
    assert trace.plain()["distance"] == 1.5
