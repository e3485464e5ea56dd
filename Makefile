# Two commands do most of it: `make run` shows everything, `make test` proves it.
# SERIES=18.0 or SERIES=19.0 chooses the Odoo series; without it the best one available is taken.
# FRESH=1 make run   begins with a new database.
PYTHON ?= python3
export SERIES

.DEFAULT_GOAL := help
.PHONY: help run stop test lint prepare

help:  ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

run:  ## start PostgreSQL, the vendor sandbox and Odoo, connected; Ctrl-C stops all
	@exec $(PYTHON) -m tests.env run

stop:  ## stop what make run started, from elsewhere
	@$(PYTHON) -m tests.env stop

test:  ## all suites of one series
	@$(PYTHON) -m tests.env test

lint:  ## all static checks
	@$(PYTHON) -m tests.env lint

prepare:  ## only get Odoo, PostgreSQL and the Python packages onto this machine
	@$(PYTHON) -m tests.env prepare
