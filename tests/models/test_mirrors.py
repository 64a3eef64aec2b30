import numpy as np

from fundusfm.models.mirrors import mirror_axes


def test_the_photograph_comes_first_and_alone_without_augmentation() -> None:
    assert mirror_axes(1) == ((),) and mirror_axes(4)[0] == ()


def test_the_four_views_differ_and_each_undoes_itself() -> None:
    image = np.arange(27).reshape(3, 3, 3)
    views = [np.flip(image, axes) for axes in mirror_axes(4)]
    assert len({str(view) for view in views}) == 4
    assert all(np.array_equal(np.flip(view, axes), image) for view, axes in zip(views, mirror_axes(4), strict=True))
