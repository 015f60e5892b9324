"""A task's declaration in words."""

from __future__ import annotations

import sys
from dataclasses import asdict

from xbench.api import Task


def describe(task: Task, where: str) -> str:
    """The catalogue entry: the module's docstring and what is declared."""
    module = sys.modules.get(where)
    lines = [f"{task.name} (version {task.version}, kind {task.kind}; {where})", ""]
    if module is not None and module.__doc__:
        lines += [module.__doc__.strip(), ""]
    data = task.data
    recipe = (
        ", ".join(f"{key}={value}" for key, value in asdict(task.recipe).items()) if task.recipe else "none (frozen)"
    )
    lines += [
        f"data       {data.repo} @ {data.revision}",
        f"licence    {data.licence}",
        f"citation   {data.citation}",
        f"labels     {', '.join(task.labels) or 'none'}",
        f"languages  {len(task.languages)}: {' '.join(task.languages)}",
        f"source     {task.source}",
        f"trained on {', '.join(task.starts) if task.recipe else 'nothing'}",
        f"max length {task.max_length}",
        f"recipe     {recipe}",
        f"made by    {', '.join(f'{k}: {v}' for k, v in task.made_by.items()) or 'original'}",
    ]
    lines += [f"panel      {name}: {' '.join(tags)}" for name, tags in task.panels.items()]
    return "\n".join(lines)
