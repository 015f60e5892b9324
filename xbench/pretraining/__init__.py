"""Pretraining: a corpus to a checkpoint (`xbench pretrain`). Besides `xbench/model`, the room that imports torch."""
