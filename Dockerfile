# One image for `opshat run`, `web`, `worker` and `migrate`. Nothing is written at run time but the database:
#   docker run --read-only --tmpfs /tmp --env-file .env -v opshat:/data opshat
FROM python:3.11-slim AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements.txt ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE manifest.json ./
COPY bot bot
COPY migrations migrations
COPY prompts prompts
# Editable, because the manifest, the prompts and the migrations stand beside the package.
RUN /venv/bin/pip install --no-cache-dir --no-deps --editable . && /venv/bin/python -m compileall -q bot

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PORT=3000 DATABASE_URL=sqlite:////data/opshat.db
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin opshat \
 && install -d -o opshat -g opshat /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER 10001
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
# PORT is set above, so that a worker, and `run` in Socket Mode, answer there too.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
CMD ["sh", "-c", "opshat migrate && exec opshat run"]
