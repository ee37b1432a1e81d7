"""``python -m bench.paper.claims`` writes the tables of docs/paper.md.

A line of a table is one account with one number, its interval and what that says; the verdict on a
claim follows from its lines. A claim without a line is not on the page.
"""

from bench.paper.claims.page import BEGIN, END, PAGE, accounts, page
from bench.rounds import write_between

if __name__ == "__main__":
    write_between(PAGE, BEGIN, END, page(accounts()))
