# Stands in for the image of Ollama: our test server, which answers as Ollama does, without weights.
FROM phi-assistant:latest
USER root
RUN printf '%s\n' '#!/bin/sh' 'exec python -c "import urllib.request as u; u.urlopen(\"http://127.0.0.1:11434/api/tags\", timeout=4)"' \
    > /usr/local/bin/ollama \
 && chmod +x /usr/local/bin/ollama
ENTRYPOINT ["python", "-m", "phi_assistant.fakes.ollama", "--host", "0.0.0.0", "--seconds", "0.3", "--says"]
CMD ["You have 45 days from the day of delivery to return an item.", "llama3.2:1b"]
