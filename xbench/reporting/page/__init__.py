"""One page of a results folder for a browser: everything is inside, so that it opens by a double click."""

from xbench.reporting.page.comparison import Compared
from xbench.reporting.page.page import render, write_page
from xbench.reporting.page.pictures import Picture

__all__ = ["Compared", "Picture", "render", "write_page"]
