import numpy as np

from fundusfm.evaluation.few import Counts, count, count_classes, few, too_few, untested


def test_patients_are_counted_not_images():
    truth, patients = np.array([1.0, 1, 0, 0, 1]), np.array([0, 0, 0, 1, 2])
    assert count(truth, patients) == Counts(2, 2, 3, 3, 2)
    whole = count(truth, patients) + Counts(1, 4, 4, 1, 5)
    assert (whole.positives, whole.negatives, whole.patients, whole.images, whole.folds) == (3, 6, 7, 11, 2)


def test_each_metric_needs_its_classes():
    counts = Counts(3, 40, 43, 3, 40)
    assert counts.needed("auroc") == counts.needed("sensitivity@x") == 3
    assert counts.needed("specificity") == 40 and counts.needed("brier") == 43


def test_a_single_patient_of_a_class_gives_no_number():
    alone = Counts(1, 60, 61, 8, 60)
    assert too_few("auroc", alone).startswith("only 1 patient with a positive image, fewer than 2")
    assert too_few("specificity", alone) is None and too_few("prevalence", alone) is None
    assert "only 1 patient," in too_few("brier", Counts(1, 0, 1, 3, 0))


def test_few_patients_are_to_be_read_with_care():
    assert few("kappa", Counts(30, 7, 37, 30, 7)) == (
        "only 7 patients with a negative image, fewer than 10: too few to rely on"
    )
    assert few("sensitivity", Counts(30, 7, 37, 30, 7)) is None
    assert "only 7 negative images" in few("kappa", Counts(30, 7, 37, 30, 7, "image"))
    assert untested(Counts(19, 60, 79, 19, 60)) and untested(Counts(20, 60, 80, 20, 60)) is None


def test_classes_together():
    counts = count_classes(np.array([0, 0, 2, 2, 2]), 3, np.array([0, 1, 0, 1, 2]))
    assert (counts.classes, counts.patients, counts.present, counts.rarest) == ((2, 0, 3), 3, 2, 2)
    both = counts + counts
    assert (both.classes, both.images, both.needed("f1"), both.needed("kappa")) == ((4, 0, 6), 10, 4, 6)
    assert "rarest class" in few("f1", count_classes(np.arange(40) // 36, 2, np.arange(40)))
