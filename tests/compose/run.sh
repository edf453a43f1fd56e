#!/usr/bin/env bash
# Brings up the stacks in containers and does to them what people and accidents do; arguments go to pytest.
#
# Needs a Docker engine with Compose v2 (DOCKER_HOST), Chromium, and the test environment in .venv. Builds the image
# unless PHI_TEST_BUILD=0. PostgreSQL is Debian's where no registry has the image; Ollama is always our test server.
#   PHI_PYTHON_IMAGE   the base image, if not the one of docker-compose.yml
#   PHI_TEST_TORCH     arguments for pip by which the embedder's stage finds PyTorch, if not those of the Dockerfile
set -euo pipefail
cd "$(dirname "$0")/../.."
base=${PHI_PYTHON_IMAGE:-python:3.11-slim-bookworm}

if [ "${PHI_TEST_BUILD:-1}" = 1 ]; then
  echo "== the image"
  docker build -q -t phi-assistant:latest --build-arg PYTHON_IMAGE="$base" ${PHI_TEST_TORCH:+--build-arg "TORCH=$PHI_TEST_TORCH"} .
fi
docker image inspect phi-assistant:latest --format 'The image has {{.Size}} bytes.'
docker build -q -t phi-test-openai:latest --build-arg PYTHON_IMAGE="$base" --build-arg EXTRAS=openai \
  ${PHI_TEST_TORCH:+--build-arg "TORCH=$PHI_TEST_TORCH"} .
docker image inspect phi-test-openai:latest --format 'With what speaks to OpenAI-compatible servers it has {{.Size}}.'

postgres=postgres:17-bookworm
if ! docker image inspect $postgres > /dev/null 2>&1 && ! docker pull -q $postgres 2> /dev/null; then
  echo "== no registry has $postgres here: Debian's stands in"
  docker build -q -t $postgres --build-arg PYTHON_IMAGE="$base" -f tests/compose/postgres.Dockerfile tests/compose
fi

docker build -q -t phi-test-ollama:latest -f tests/compose/ollama.Dockerfile tests/compose

echo "== the stacks"
PHI_COMPOSE_TESTS=1 .venv/bin/python -m pytest -m compose tests/compose "$@"
