"""Lightning's trainer as every fit uses it: precision, processes, safe checkpoints, progress, interruption."""

import logging
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint

from fundusfm.config.fit import FitSettings
from fundusfm.config.types import Precision
from fundusfm.platforms import keep_memory
from fundusfm.training.fitting.checkpoints import AtomicCheckpoints, Checkpoint

_SECONDS_BETWEEN_LINES = 30.0
_TERMINATED = 128 + signal.SIGTERM
KEPT = (1 << 31) - 1
"""Bytes of freed memory that a fit on the CPU keeps."""


def resolve_precision(precision: Precision) -> Literal["32-true", "bf16-mixed", "16-mixed"]:
    """Returns Lightning's name of the precision; `auto` is bf16 where the hardware computes in it, else 32 bit."""
    if precision != "auto":
        return precision
    if torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "16-mixed"
    return "bf16-mixed" if torch.cpu._is_avx512_bf16_supported() else "32-true"


def make_trainer(
    settings: FitSettings, folder: Path, *, log_line: Callable[[str], None], callbacks: Sequence[Callback] = ()
) -> lightning.Trainer:
    """Returns a trainer that writes a checkpoint after every epoch.

    Args:
        settings: How to fit.
        folder: Where checkpoints go.
        log_line: Receives progress where no terminal shows a bar.
        callbacks: Further callbacks.
    """
    # Lightning's banners and hints name flags that do not exist here.
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
    on_terminal = sys.stderr.isatty()
    saving = ModelCheckpoint(
        dirpath=folder, filename="last", enable_version_counter=False, save_on_train_epoch_end=True
    )
    return lightning.Trainer(
        max_epochs=settings.epochs,
        devices=settings.devices,
        num_nodes=settings.nodes,
        accelerator="gpu" if torch.cuda.is_available() else "cpu",
        strategy="ddp" if settings.devices * settings.nodes > 1 else "auto",
        precision=resolve_precision(settings.precision),
        accumulate_grad_batches=settings.accumulate_grad_batches,
        callbacks=[saving, *callbacks, *([] if on_terminal else [PlainProgress(log_line)])],
        plugins=[AtomicCheckpoints()],
        logger=False,
        num_sanity_val_steps=0,
        enable_model_summary=False,
        enable_progress_bar=on_terminal,
        use_distributed_sampler=False,
        default_root_dir=folder,
    )


def run_fit(
    trainer: lightning.Trainer,
    module: lightning.LightningModule,
    train: Any,
    validation: Any = None,
    *,
    checkpoint: Checkpoint | None,
    log_line: Callable[[str], None],
) -> None:
    """Fits, and lets Ctrl-C and SIGTERM end the command as they end any other.

    Args:
        trainer: Made by `make_trainer`.
        module: What to fit.
        train: Loader of the training part.
        validation: Loader of the validation part, where there is one.
        checkpoint: What to continue from; None begins anew.
        log_line: Receives a sentence when the process is told to stop.

    Raises:
        KeyboardInterrupt: Ctrl-C, which Lightning turns into a silent exit with code 1.
        SystemExit: SIGTERM, with code 143, where Lightning would exit with 0.
    """
    if not torch.cuda.is_available():
        # Every step needs the arrays of the one before it again: to get them from the system each time takes a third of
        # a MobileNet's step.
        keep_memory(free=KEPT, largest=KEPT)
    with _noted_signals() as received:
        try:
            trainer.fit(module, train, validation, ckpt_path=None if checkpoint is None else checkpoint.path)
        except BaseException as error:
            # Lightning turns Ctrl-C into an exit with 1 and SIGTERM into one with 0, and loader processes that were
            # sent the same signal raise errors of their own.
            if signal.SIGTERM in received:
                log_line("stopped by SIGTERM; continue where it stopped by adding --resume")
                raise SystemExit(_TERMINATED) from None
            if signal.SIGINT in received or isinstance(error.__context__, KeyboardInterrupt):
                raise KeyboardInterrupt from None
            raise


@contextmanager
def _noted_signals() -> Iterator[set[int]]:
    """Notes SIGINT and SIGTERM and passes them on; yields those that came."""
    received: set[int] = set()
    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def note(number: int, frame: FrameType | None) -> None:
        received.add(number)
        if number == signal.SIGINT:
            signal.default_int_handler(number, frame)

    for number in before:
        signal.signal(number, note)
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)  # Lightning leaves SIGINT ignored


class PlainProgress(Callback):
    """A line now and then, where no terminal shows a bar."""

    def __init__(self, log_line: Callable[[str], None]) -> None:
        self._log_line = log_line
        self._last = self._started = time.monotonic()

    def on_train_epoch_start(self, trainer: Any, module: Any) -> None:
        """Starts the epoch's clock."""
        self._last = self._started = time.monotonic()

    def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Logs batches done, rate and time left of the epoch."""
        now = time.monotonic()
        if now - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._last = now
        done, total = batch_idx + 1, int(trainer.num_training_batches)
        rate = done / (now - self._started)
        images = rate * len(batch[2]) * trainer.world_size
        self._log_line(
            f"epoch {trainer.current_epoch + 1}: batch {done}/{total}, {images:.1f} images/s, "
            f"{(total - done) / rate:.0f} s left in the epoch"
        )
