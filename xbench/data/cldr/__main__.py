"""For developers: prints `xbench/languages/cldr.csv` as the installed babel has it."""

from __future__ import annotations

import csv
import sys

from xbench.data.cldr.locales import coverage

writer = csv.writer(sys.stdout, lineterminator="\n")
writer.writerow(("tag", "locale", "lacking"))
writer.writerows((tag, *found) for tag, found in coverage().items())
