"""A backbone in pipelines of scikit-learn: it takes paths, and keeps the rules of transformers."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

import fundusfm
from fundusfm import FundusFeatures
from fundusfm.errors import ConfigError, DecodeError, WeightsError


@pytest.fixture(scope="module")
def table(manifest: Path) -> pd.DataFrame:
    """Six photographs, three of them abnormal."""
    table = pd.read_csv(manifest)
    table = table.groupby("abnormal").head(3).reset_index(drop=True)
    return table.assign(path=[str(manifest.parent / image) for image in table["image"]])


@pytest.fixture(scope="module")
def fitted(table: pd.DataFrame) -> FundusFeatures:
    return FundusFeatures().fit(table["path"])


@parametrize_with_checks([FundusFeatures()])
def test_scikit_learns_own_checks(estimator: BaseEstimator, check: object) -> None:
    check(estimator)  # type: ignore[operator]


def test_features_are_those_of_the_model(fitted: FundusFeatures, table: pd.DataFrame) -> None:
    found = fitted.transform(table["path"])
    assert found.dtype == np.float32 and found.shape == (6, fitted.n_features_out_)
    assert np.array_equal(found, fundusfm.load("light").features(list(table["path"])))
    column = fitted.transform(table[["path"]].to_numpy())
    assert np.array_equal(found, column)


def test_names_of_features_and_data_frames_out(table: pd.DataFrame) -> None:
    features = FundusFeatures().set_output(transform="pandas")
    frame = features.fit_transform(table["path"].iloc[:2])
    assert list(frame.columns[:2]) == ["fundusfeatures0", "fundusfeatures1"]
    assert list(frame.columns) == list(features.get_feature_names_out())


def test_it_searches_and_stacks_like_any_transformer(table: pd.DataFrame) -> None:
    columns = ColumnTransformer([("photograph", FundusFeatures(), "path")])
    model = Pipeline([("features", columns), ("classify", LogisticRegression(max_iter=500))])
    search = GridSearchCV(model, {"classify__C": [0.1, 1.0]}, cv=3)
    search.fit(table[["path", "image"]], table["abnormal"])
    assert search.predict(table).shape == (6,)
    assert clone(FundusFeatures("vessels", n_jobs=2)).get_params() == {
        "device": "auto", "n_jobs": 2, "unreadable": "raise", "weights": "vessels",
    }  # fmt: skip


def test_a_pickle_holds_the_name_of_the_weights_and_loads_them_again(
    fitted: FundusFeatures, table: pd.DataFrame
) -> None:
    content = pickle.dumps(fitted)
    assert len(content) < 2000
    again = pickle.loads(content)  # noqa: S301
    paths = table["path"].iloc[:2]
    assert np.array_equal(again.transform(paths), fitted.transform(paths))
    other = pickle.loads(content)  # noqa: S301
    other.weights_sha256_ = "0" * 64
    with pytest.raises(WeightsError, match=r"light now has weights .* fitted with 000000000000: fit again"):
        other.transform(paths)


def test_photographs_that_cannot_be_read(fitted: FundusFeatures, table: pd.DataFrame, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 not much")
    paths = [table["path"][0], str(broken), broken.with_name("other.jpg")]
    Path(paths[2]).write_bytes(Path(table["path"][1]).read_bytes())
    with pytest.raises(DecodeError, match=r"broken\.jpg.*unreadable='nan'"):
        fitted.transform(paths)
    found = clone(fitted).set_params(unreadable="nan").fit(paths).transform(paths)
    assert np.isnan(found).all(axis=1).tolist() == [False, True, False]
    assert np.array_equal(found[[0, 2]], fitted.transform(table["path"].iloc[:2]))
    gone = [str(tmp_path / "gone.jpg"), paths[0]]
    assert np.isnan(clone(fitted).set_params(unreadable="nan").fit(gone).transform(gone)).any(axis=1).tolist() == [
        True,
        False,
    ]


def test_no_photographs_give_no_rows(fitted: FundusFeatures) -> None:
    assert fitted.transform([]).shape == (0, fitted.n_features_out_)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("one.jpg", "X is one path"),
        (np.zeros((2, 3)), r"shape \(2, 3\)"),
        ([1.0], "Row 0 of X is float"),
        (["missing.jpg"], "missing.jpg"),
    ],
)
def test_what_are_no_paths_is_refused(given: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        FundusFeatures().fit(given)  # type: ignore[arg-type]


def test_a_folder_of_many_is_not_one_row(manifest: Path) -> None:
    with pytest.raises(ConfigError, match="holds 32 photographs"):
        FundusFeatures().fit([str(manifest.parent / "images")])


def test_options_are_checked_when_it_is_fitted(table: pd.DataFrame) -> None:
    with pytest.raises(ConfigError, match="must be 'raise' or 'nan'"):
        FundusFeatures(unreadable="skip").fit(table["path"])  # type: ignore[arg-type]
    with pytest.raises(NotFittedError):
        FundusFeatures().transform(table["path"])
