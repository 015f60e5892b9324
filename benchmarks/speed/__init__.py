"""How fast xbench is: against others' programs on the same weights and texts, and against what the machine can do.

From top to bottom: `__main__` (the command), the parts that are measured (`prediction`, `finetuning`, `probing`,
`growth`, `startup`), what they share (`contest`, `material`, `settings`, `measured`, `flop`), and the processes that
work when it is their turn (`ours`, `peer_trainer`, `peer_mteb`, `limit`), which talk by `turns`.
"""
