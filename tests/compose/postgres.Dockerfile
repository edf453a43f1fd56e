# Stands in for the PostgreSQL image where no registry of images can be reached: Debian's server behind an entry point
# that heeds the same variables.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
FROM ${PYTHON_IMAGE}
RUN apt-get update -qq \
 && apt-get install -qq -y --no-install-recommends postgresql postgresql-client > /dev/null \
 && rm -rf /var/lib/apt/lists/* \
 && ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/ 2> /dev/null || true
ENV PGDATA=/var/lib/postgresql/data
RUN install -d -o postgres -g postgres "$PGDATA" /var/run/postgresql
VOLUME /var/lib/postgresql/data
COPY postgres-entry /usr/local/bin/postgres-entry
ENTRYPOINT ["sh", "/usr/local/bin/postgres-entry"]
