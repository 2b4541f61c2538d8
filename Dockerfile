# A course in a container: the pinned requirements, bubblewrap to keep students' code in, and a user without rights.
#   docker build -t ccv . && docker run --rm -it -p 8888:8888 -v "$PWD/course:/home/student/course" ccv
FROM python:3.12-slim

# Debian's own versions, which its security updates replace: pinned, the build would fail after each of them.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends bubblewrap git \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/ccv
COPY . .
RUN pip install --no-cache-dir -r requirements.txt \
    && useradd --create-home --uid 1000 student

USER 1000
WORKDIR /home/student
EXPOSE 8888
CMD ["sh", "-c", "ccv labs copy course; exec jupyter lab --ip=0.0.0.0 --no-browser course"]
