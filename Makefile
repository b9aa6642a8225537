# The commands of the project. They need Python >= 3.11 and make, nothing else.
PYTHON ?= python3
BIN = .venv/bin
# Settings for checks that load them: production ones, with secrets of the moment.
CHECK_ENV = DEBUG=False HTTPS=True ALLOWED_HOSTS=example.com DATABASE_URL=sqlite:///:memory: \
	SECRET_KEY=$$($(BIN)/python -c "import secrets; print(secrets.token_urlsafe(64))") \
	CREDENTIAL_KEYS=$$($(BIN)/python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())")

.PHONY: run test bench check audit screenshots words format lock clean

run: .venv/run.stamp
	@$(BIN)/python scripts/write_env.py .env
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@$(BIN)/python manage.py first_run
	@$(BIN)/python manage.py start

test: .venv/dev.stamp
	$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

# Takes a quarter of an hour; `make bench ARGS="--largest 100000"` two minutes.
bench: .venv/dev.stamp
	@$(BIN)/python -m tests.bench $(ARGS)

check: .venv/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml -ll connections activity resources sandbox chartmogul_admin scripts
	$(CHECK_ENV) $(BIN)/mypy .
	$(BIN)/djlint --quiet --lint templates
	$(CHECK_ENV) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(CHECK_ENV) $(BIN)/python manage.py makemigrations --check --dry-run

# Known holes in what is pinned, after the advisories of the package index, which it asks. What cannot be looked up fails
# it: without --strict nothing looked up is nothing found.
audit: .venv/dev.stamp
	$(BIN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r requirements-dev.txt

# Pictures of every page; ARGS=--docs makes those of the documentation.
screenshots: .venv/dev.stamp
	@$(BIN)/python -m scripts.screenshots $(ARGS)

# The words of all pages, into the catalogues of their translations: needs GNU gettext. ARGS=fr begins a new language.
words: .venv/dev.stamp
	@$(CHECK_ENV) $(BIN)/python -m scripts.words $(ARGS)

format: .venv/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Resolve requirements*.in anew into the pinned, hashed lock files.
lock: .venv/dev.stamp
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --upgrade requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --upgrade requirements-dev.in -o requirements-dev.txt

.venv/bin/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed')"
	$(PYTHON) -m venv .venv

.venv/run.stamp: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/run.stamp

clean:
	rm -rf .venv staticfiles staticfiles.json .mypy_cache .pytest_cache .ruff_cache .hypothesis
