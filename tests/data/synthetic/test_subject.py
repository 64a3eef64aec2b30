import numpy as np

from fundusfm.data.synthetic.lesions.diseases import DISEASES
from fundusfm.data.synthetic.subject import draw_subject


def test_the_share_of_abnormal_eyes_is_as_asked_and_eyes_of_a_patient_agree() -> None:
    subjects = [draw_subject(index, 3, abnormal_share=0.3) for index in range(1600)]
    abnormal = np.array([bool(subject.severities) for subject in subjects])
    assert abs(abnormal.mean() - 0.3) < 0.04
    agree = (abnormal[::2] == abnormal[1::2]).mean()
    assert 0.75 < agree < 0.99


def test_every_disease_comes_up_with_subtle_and_severe_cases() -> None:
    subjects = [draw_subject(index, 0) for index in range(2000)]
    for name in DISEASES:
        severities = [subject.severities[name] for subject in subjects if name in subject.severities]
        assert len(severities) > 40 and min(severities) < 0.15 and max(severities) > 0.85


def test_eyes_share_the_patient() -> None:
    left, right = draw_subject(4, 0), draw_subject(5, 0)
    assert (left.patient, left.age, left.sex) == (right.patient, right.age, right.sex)
    assert (left.eye, right.eye) == ("left", "right")
    assert draw_subject(6, 0).patient != left.patient != draw_subject(4, 1).patient
