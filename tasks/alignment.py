"""Word alignment: which words of a sentence and of its translation belong together?

Gold links of people on 447 English–French sentences of the Canadian parliament (Och and Ney 2000) and on 248
Romanian–English ones of newspapers (Mihalcea and Pedersen 2003, which published both). Nothing is trained. In the files
Romanian stands before English; links, and all that is measured, are the same in either direction. The layers are
those at which SimAlign and awesome-align read mBERT.
The files are not on the Hub: bring them, `alignment/enfr.src-tgt` and `.gold`, `alignment/roen.src-tgt` and `.gold`, in
the folder of `--data`. Other gold files need a task file with other `configs`; docs/probing.md has one.
"""

from xbench.api import Data, Task

task = Task(
    name="alignment",
    version=1,
    kind="alignment",
    data=Data(
        repo="alignment",
        revision="as brought",
        configs={"fr": "enfr", "ro": "roen"},
        columns={"source": "source", "target": "target", "links": "links", "id": "id"},
        licence="none stated",
        citation="Mihalcea and Pedersen 2003, https://aclanthology.org/W03-0301",
        splits={"test": "test"},
        origin="folder",
    ),
    max_length=512,
    splits=("test",),
    made_by={"test": "human"},
    settings={"layers": {12: 8, 24: 14}, "first_index": 1},
)
