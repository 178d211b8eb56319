# The book in a box: JupyterLab, a Go kernel, the Go toolchain and warm caches.
# It opens and runs without a network.
#
#   docker build -t socketbook .
#   docker build -t socketbook --build-arg KERNEL=bundled .    without GoNB
#   mkdir -p work
#   docker run --rm -p 127.0.0.1:8888:8888 -v "$PWD/work:/work" socketbook
#   docker run --rm socketbook test                            plays every lesson
#   docker run --rm -p 127.0.0.1:8888:8888 socketbook book     the HTML book, to read
#   docker run --rm socketbook jupyterhub-singleuser           what a JupyterHub starts
#
# notebooks/image/start is what a container starts.

FROM golang:1.26-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates python3-venv

# Both stages have the same paths and settings: Python environments and compiled
# Go packages are good only where these agree.
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS= GOPATH=/go XDG_CACHE_HOME=/opt/cache
WORKDIR /opt/socketbook

# GoNB works in a workspace, in which Go wants to know more modules, and to verify
# them: they are asked for once, here, and their sums join the book's below.
# Less to carry: tests, the API's history, and the sources of the Go tools, which
# are there as programs. It must go before anything is compiled, because the go
# command remembers the files of a package.
COPY go.mod go.sum ./
RUN go mod download \
 && mkdir /tmp/workspace && cd /tmp/workspace \
 && go mod init cell && go work init . /opt/socketbook && go list -m -json ... >/dev/null \
 && cd /usr/local/go && rm -rf api doc test misc src/cmd \
 && find /usr/local/go/src /go/pkg/mod \( -name testdata -o -name '*_test.go' \) -prune -exec rm -rf {} + \
 && find /go/pkg/mod/cache/download -name '*.zip' -delete

# The front door prepares the rest: its pins are the ones of every reader. GoNB,
# goimports and gopls are pinned in notebooks/internal/setup/gonb.go, JupyterLab
# and all that it needs in jupyter.lock beside it. Only Go kernels are offered
# here, so Python's debugger and the stubs for completing Python can go.
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
 && /opt/cache/socketbook/jupyter-*/bin/python -m pip install --quiet jupyterhub==$JUPYTERHUB \
 && cd /opt/cache/socketbook/jupyter-*/lib/python3*/site-packages \
 && rm -rf pip pip-* debugpy jedi/third_party \
 && chmod -R a+rX /opt/socketbook

FROM debian:bookworm-slim
# tini waits for the processes that a cell leaves behind.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 tini \
 && apt-get clean && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 1000 --gid 0 --create-home --shell /bin/bash reader \
 && chmod g=u /home/reader \
 && install -d -o 1000 -g 0 -m 775 /opt/cache \
 && install -d -o 1000 -g 0 -m 1777 /work
COPY --from=build /usr/local/go /usr/local/go
COPY --from=build /go /go
COPY --from=build /opt/bin /opt/bin
COPY --from=build /opt/socketbook /opt/socketbook
COPY --from=build /opt/book /opt/book
COPY --from=build --chown=1000:0 /opt/cache /opt/cache

ARG KERNEL=gonb
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS= GOPATH=/go XDG_CACHE_HOME=/opt/cache \
    GOCACHE=/opt/cache/go-build SOCKETBOOK_CACHE=/opt/cache/socketbook SOCKETBOOK_KERNEL=$KERNEL \
    HOME=/home/reader LANG=C.UTF-8 PATH=/opt/bin:/go/bin:/usr/local/go/bin:$PATH
WORKDIR /opt/socketbook
USER 1000:0

# The lessons are played once, by the user and with the settings of a reader: that
# compiles what cells import. The Go cache drops what was not used for some days;
# a date in the future keeps it. Group 0 may write, everybody may read.
RUN socketbook prepare -kernel "$SOCKETBOOK_KERNEL" \
 && socketbook run \
 && find /opt/cache/go-build -exec touch -d 2037-01-01 {} + \
 && chmod -R a+rX,g=u /opt/cache/go-build

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
