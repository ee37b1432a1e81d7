"""What a removal tells while it runs, and who may listen: events, TensorBoard, wandb."""

from lcodec.scrub.callbacks.events import Callback, Event, Events
from lcodec.scrub.callbacks.loggers import to_tensorboard, to_wandb

__all__ = ["Callback", "Event", "Events", "to_tensorboard", "to_wandb"]
