# The book in a box: JupyterLab, a Go kernel, the Go toolchain and warm caches.
# It opens and runs without a network.
#
#   docker build -t socketbook .
#   docker build -t socketbook --build-arg KERNEL=bundled .    without GoNB
#   mkdir -p work
#   docker run --rm -p 127.0.0.1:8888:8888 -v "$PWD/work:/work" socketbook
#   docker run --rm socketbook test                            runs the tests
#   docker run --rm -p 127.0.0.1:8888:8888 socketbook book     the HTML book, to read
#   docker run --rm socketbook jupyterhub-singleuser           what a JupyterHub starts
#   docker run --rm socketbook jupyter notebook                what Binder starts
#
# notebooks/image/start is what a container starts.

FROM golang:1.26-bookworm AS base
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates python3-venv

# What writes down the parts of the image (its bill of materials, CycloneDX).
FROM base AS sbom
RUN --mount=type=cache,target=/tmp/build \
    export GOCACHE=/tmp/build/go GOMODCACHE=/tmp/build/mod PIP_CACHE_DIR=/tmp/build/pip \
 && CGO_ENABLED=0 GOBIN=/opt/sbom/bin go install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0 \
 && python3 -m venv /opt/sbom && /opt/sbom/bin/pip install --quiet cyclonedx-bom==7.5.0

FROM base AS build
# Both stages have the same paths and settings: Python environments and compiled
# Go packages are good only where these agree.
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS= GOPATH=/go XDG_CACHE_HOME=/opt/cache
WORKDIR /opt/socketbook

# GoNB works in a workspace, in which Go wants to know more modules, and to verify
# them: they are asked for once, here, and their sums join the book's below.
# Less to carry: tests, the API's history, the sources of the Go tools, which are
# there as programs, and the tools that nobody needs here. It must go before
# anything is compiled, because the go command remembers the files of a package.
COPY go.mod go.sum ./
RUN go mod download \
 && mkdir /tmp/workspace && cd /tmp/workspace \
 && go mod init cell && go work init . /opt/socketbook && go list -m -json ... >/dev/null \
 && cd /usr/local/go && rm -rf api doc test misc src/cmd pkg/tool/*/cgo pkg/tool/*/fix pkg/tool/*/preprofile \
 && find /usr/local/go/src /go/pkg/mod \( -name testdata -o -name '*_test.go' \) -prune -exec rm -rf {} + \
 && find /go/pkg/mod/cache/download -name '*.zip' -delete

# The front door prepares the rest: its pins are the ones of every reader. GoNB,
# goimports and gopls are pinned in notebooks/internal/setup/gonb.go, JupyterLab
# and all that it needs in jupyter.lock beside it. What can go: pip, Python's
# debugger and the stubs for completing Python (only Go kernels are offered here),
# babel's other languages, and a check of addresses with letters beyond ASCII that
# nobody asks for and that adds a second to each start of Python.
ARG KERNEL=gonb
# What a JupyterHub starts in the image; it wants the version of the hub itself.
ARG JUPYTERHUB=6.1.1
COPY . .
RUN --mount=type=cache,target=/tmp/build \
    export GOCACHE=/tmp/build/go GOMODCACHE=/tmp/build/mod PIP_CACHE_DIR=/tmp/build/pip \
 && export SOCKETBOOK_CACHE=/opt/cache/socketbook \
 && cat /tmp/workspace/go.work.sum >>go.sum \
 && go build -ldflags='-s -w' -o /opt/bin/socketbook ./notebooks \
 && /opt/bin/socketbook prepare -kernel "$KERNEL" \
 && SOCKETBOOK_CACHE=/tmp/build/book /opt/bin/socketbook export -o /opt/book \
 && (cd /opt/cache && ln -s socketbook/jupyter-* jupyter) \
 && /opt/cache/jupyter/bin/python -m pip install --quiet jupyterhub==$JUPYTERHUB \
 && cd /opt/cache/jupyter/lib/python3*/site-packages \
 && rm -rf pip pip-* setuptools setuptools-* pkg_resources _distutils_hack distutils-precedence.pth \
      debugpy debugpy-* jedi/third_party lark lark-* rfc3987_syntax rfc3987_syntax-* \
 && find babel/locale-data -name '*.dat' ! -name root.dat ! -name 'en*.dat' -delete \
 && rm -rf /opt/cache/jupyter/share/jupyter/kernels/* \
 && ln -s /opt/cache/socketbook/kernelspec-*/kernels/gonb /opt/cache/jupyter/share/jupyter/kernels/ \
 && cp -R /opt/socketbook/notebooks/image/etc/. /opt/cache/jupyter/etc/jupyter/ \
 && ln -s /opt/socketbook/notebooks/image/lab /opt/bin/jupyter-lab \
 && ln -s /opt/socketbook/notebooks/image/lab /opt/bin/jupyter-notebook \
 && ln -s /opt/socketbook/notebooks/image/lab /opt/bin/jupyterhub-singleuser \
 && chmod -R a+rX /opt/socketbook

# One bill of materials for the Go modules of cells, programs and tests, one
# for Python, one for each Go program that comes from elsewhere. Debian's own is
# in /var/lib/dpkg/status.
RUN --mount=type=bind,from=sbom,source=/opt/sbom,target=/opt/sbom \
    --mount=type=cache,target=/tmp/build \
    export GOCACHE=/tmp/build/go \
 && mkdir -p /opt/bom && gomod() { /opt/sbom/bin/cyclonedx-gomod "$@"; } \
 && gomod mod -std -test -licenses -json -noserial -notimestamp -output /opt/bom/go.cdx.json . \
 && for program in $(find /go/bin -type f); do \
      gomod bin -std -json -noserial -notimestamp -output "/opt/bom/${program##*/}.cdx.json" "$program" || exit 1; \
    done \
 && /opt/sbom/bin/cyclonedx-py environment --output-reproducible -o /opt/bom/python.cdx.json /opt/cache/jupyter/bin/python

FROM debian:bookworm-slim
# Binder chooses the name and the number of the user; any other may run the image.
ARG NB_USER=reader NB_UID=1000
# tini waits for the processes that a cell leaves behind.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 tini \
 && apt-get clean && rm -rf /var/lib/apt/lists/* \
 && useradd --uid "$NB_UID" --gid 0 --create-home --shell /bin/bash "$NB_USER" \
 && chmod g=u "/home/$NB_USER" \
 && install -d -o "$NB_UID" -g 0 -m 775 /opt/cache \
 && install -d -o "$NB_UID" -g 0 -m 1777 /work
COPY --from=build /usr/local/go /usr/local/go
COPY --from=build /go /go
COPY --from=build /opt/bin /opt/bin
COPY --from=build /opt/socketbook /opt/socketbook
COPY --from=build /opt/book /opt/book
COPY --from=build --chown=$NB_UID:0 /opt/cache /opt/cache

ARG KERNEL=gonb
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS= GOPATH=/go XDG_CACHE_HOME=/opt/cache \
    GOCACHE=/opt/cache/go-build SOCKETBOOK_CACHE=/opt/cache/socketbook SOCKETBOOK_KERNEL=$KERNEL \
    NB_USER=$NB_USER NB_UID=$NB_UID USER=$NB_USER HOME=/home/$NB_USER LANG=C.UTF-8 \
    PATH=/opt/bin:/go/bin:/usr/local/go/bin:$PATH:/opt/cache/jupyter/bin
WORKDIR /opt/socketbook
USER $NB_UID:0

# What lessons import is compiled once more, by the user and with the settings of a
# reader, and one lesson is played. The Go cache drops what was not used for some
# days; a date in the future keeps it. Group 0 may write, everybody may read.
RUN socketbook prepare -kernel "$SOCKETBOOK_KERNEL" \
 && socketbook run notebooks/01-*.ipynb \
 && find /opt/cache/go-build -exec touch -d 2037-01-01 {} + \
 && chmod -R a+rX,g=u /opt/cache/go-build

COPY --from=build /opt/bom /usr/share/sbom

ARG VERSION=dev REVISION=unknown
LABEL org.opencontainers.image.title="socketbook" \
      org.opencontainers.image.description="An executable book of sockets: JupyterLab, a Go kernel and a simulated Linux host" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim"

EXPOSE 8888
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/opt/socketbook/notebooks/image/healthy"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--", "/opt/socketbook/notebooks/image/start"]
