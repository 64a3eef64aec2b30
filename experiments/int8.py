"""Is an 8-bit network worth it: time and AUROC of an exported model before and after quantisation.

    fundusfm weights export --weights light --format onnx --out light-onnx
    python experiments/int8.py light-onnx/model.onnx odir-224 rahim-224 palm-224

Weights and activations are quantised by ONNX Runtime's static quantisation, per channel, calibrated on 192 photographs
of the first store by each of its methods; the other stores, with a column `abnormal`, are scored on one thread. int8
would be offered where no AUROC falls by more than 0.002.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from sklearn.metrics import roc_auc_score

from fundusfm.data.store.reader import Store, open_store
from fundusfm.models.export.portable import INPUT

_BATCH, _CALIBRATION = 32, 192


def main(model: str, calibration: str, tests: list[str]) -> None:
    """Prints a row per model and store."""
    stores = [open_store(test) for test in tests]
    before = [_auroc(model, store) for store in stores]
    for store, (auroc, milliseconds) in zip(stores, before, strict=True):
        print(f"{'as exported':12} {store.name}: AUROC {auroc:.4f}, {milliseconds:.1f} ms per photograph")
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        quant_pre_process(model, plain)
        for method in (CalibrationMethod.MinMax, CalibrationMethod.Entropy, CalibrationMethod.Percentile):
            small = Path(folder) / f"{method.name}.onnx"
            reader = _Calibration(open_store(calibration))
            quantize_static(plain, small, reader, quant_format=QuantFormat.QDQ, activation_type=QuantType.QUInt8,
                            weight_type=QuantType.QInt8, per_channel=True, calibrate_method=method)  # fmt: skip
            for store, (full, _) in zip(stores, before, strict=True):
                auroc, milliseconds = _auroc(str(small), store)
                print(f"{method.name:12} {store.name}: AUROC {auroc:.4f} ({auroc - full:+.4f}), {milliseconds:.1f} ms")


class _Calibration(CalibrationDataReader):  # type: ignore[misc]
    """Photographs drawn from a store, a batch at a time."""

    def __init__(self, store: Store) -> None:
        rows = np.random.default_rng(0).choice(len(store), min(_CALIBRATION, len(store)), replace=False)
        self._batches = iter([_images(store, part) for part in np.array_split(rows, len(rows) // 16)])

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """Returns the next batch, as ONNX Runtime asks for it."""
        images = next(self._batches, None)
        return None if images is None else {INPUT: images}


def _auroc(model: str, store: Store) -> tuple[float, float]:
    """Returns the AUROC of `abnormal`, and milliseconds per photograph."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    labels = json.loads(session.get_modelmeta().custom_metadata_map["labels"])
    if labels[0] != "abnormal":
        raise SystemExit(f"{model}: the first label is {labels[0]}, not abnormal")
    scores, seconds = [], 0.0
    for images in _batches(store):
        started = time.process_time()
        scores.append(session.run(None, {INPUT: images})[0][:, 0])
        seconds += time.process_time() - started
    truth = store.frame["abnormal"].astype(str).to_numpy()
    known = np.isin(truth, ["0", "1"])
    return float(roc_auc_score(truth[known] == "1", np.concatenate(scores)[known])), 1000 * seconds / len(store)


def _batches(store: Store) -> Iterator[NDArray[np.uint8]]:
    for first in range(0, len(store), _BATCH):
        yield _images(store, np.arange(first, min(first + _BATCH, len(store))))


def _images(store: Store, rows: NDArray[np.integer]) -> NDArray[np.uint8]:
    return np.stack([store.image(int(row)) for row in rows]).transpose(0, 3, 1, 2)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
