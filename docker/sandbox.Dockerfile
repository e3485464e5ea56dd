# The vendor sandbox: plain Python, knows nothing of Odoo.
FROM python:3.12-slim

COPY tests/sandbox/requirements.txt /tmp/
RUN pip install --no-cache-dir -r /tmp/requirements.txt && rm /tmp/requirements.txt \
    && useradd --system sandbox
COPY tests/__init__.py /app/tests/
COPY tests/sandbox /app/tests/sandbox
WORKDIR /app
USER sandbox
EXPOSE 8099
CMD ["python", "-m", "tests.sandbox", "--host", "0.0.0.0", "--port", "8099"]
