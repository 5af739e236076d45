"""Findings about checkpoints: RNN7xx."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

CHECKPOINT_CODES: Final[tuple[Code, ...]] = (
    Code(
        "RNN701",
        "the file is not a readable checkpoint",
        "The file is truncated, is not in the safetensors format, or was not written by `rnndsl train`. Checkpoints "
        "are replaced in one step, so a crash while saving leaves the one before it whole.",
    ),
    Code(
        "RNN702",
        "the checkpoint is damaged",
        "The SHA-256 sum over all its contents does not match: a bit has changed since it was written. The previous "
        "checkpoint in the same folder is used instead, if there is one.",
    ),
    Code(
        "RNN703",
        "the checkpoint was written by a newer version",
        "Its format number is higher than this version of rnndsl knows. Update rnndsl to read it.",
    ),
    Code(
        "RNN704",
        "the checkpoint belongs to another model",
        "Parameters are compared by name, shape and dtype with the model before anything is read; a run goes on only "
        "with the spec that it began with.",
    ),
    Code(
        "RNN705",
        "a value is not finite",
        "Parameters with NaN or infinity are neither saved nor loaded, so that the last good checkpoint stays the last "
        "one.",
    ),
    Code(
        "RNN706",
        "another process trains in this folder",
        "Two trainers in one folder would overwrite each other's checkpoints. Wait for the other one, stop it, or "
        "choose another folder with `--out`.",
    ),
    Code(
        "RNN707",
        "the checkpoint could not be written",
        "The disk is full, or the folder cannot be written. The checkpoint before it is untouched.",
    ),
    Code(
        "RNN708",
        "there is nothing to resume, or a run would be overwritten",
        "`--resume` needs a folder with a checkpoint; without `--resume` a folder that has checkpoints is left alone.",
    ),
    Code(
        "RNN709",
        "an option differs from the run that is resumed",
        "A resumed run continues bit for bit, so the options that shape its steps stay as they were. Only where it "
        "ends, and how often it reports, may change.",
    ),
    Code(
        "RNN710",
        "training diverged",
        "The loss or a gradient is no longer finite. The last good checkpoint is kept. A smaller `--lr` or `--clip` "
        "usually helps.",
    ),
)
