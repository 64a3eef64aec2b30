"""UIDs follow from what they are made of."""

from dataclasses import replace

from pydicom.uid import UID

from fundusfm.screening.dicom.predictions import ReportScreener
from fundusfm.screening.dicom.uids import derived_uid


def test_equal_inputs_give_equal_uids(screener: ReportScreener) -> None:
    identity = screener.identity
    uid = derived_uid("report", "1.2.3", identity)
    assert UID(uid).is_valid
    assert derived_uid("report", "1.2.3", identity) == uid
    others = [
        derived_uid("overlay", "1.2.3", identity),
        derived_uid("report", "1.2.4", identity),
        derived_uid("report", "1.2.3", identity, "frame 2"),
        derived_uid("report", "1.2.3", replace(identity, operating_point="screening")),
        derived_uid("report", "1.2.3", replace(identity, weights_hash="0" * 64)),
    ]
    assert len({uid, *others}) == 6
