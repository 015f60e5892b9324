"""Two checkpoints and more, language by language: who is better, by how much, and whether it can be trusted."""
