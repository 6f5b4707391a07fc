# The gateway in a container of its own: 127.0.0.1 there is the container's own, so it listens on every address.
#
#   docker build -t ollama-gateway .
#   docker run --read-only --cap-drop=all --security-opt=no-new-privileges -p 127.0.0.1:10200:10200 \
#     -v ollama-gateway:/var/lib/ollama-gateway \
#     -e OLLAMA_GATEWAY_OLLAMA=http://host.docker.internal:11434 --add-host=host.docker.internal:host-gateway ollama-gateway
#
# The chats are in the volume. Where a folder of the machine takes its place it is the user 10200's (chown 10200:10200). Without
# -v each container has a volume of its own, without a name; OLLAMA_GATEWAY_STORE=memory keeps nothing.

FROM swift:6.3-bookworm AS build
# Debian's own: the program is built for the release that it runs on.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends \
    libcrypt-dev libcurl4-openssl-dev libmicrohttpd-dev libpq-dev libsimdjson-dev libsqlite3-dev libssl-dev libyaml-dev libzstd-dev pkg-config \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# The packages that the program is built from change less often than the program.
COPY Package.swift ./
RUN swift package resolve
COPY Sources Sources
# The manifest names the tests, which the program is built without.
COPY Tests Tests
COPY packaging/startup.order packaging/
# As `make build` does.
RUN swift build -c release --static-swift-stdlib -Xswiftc -Xfrontend -Xswiftc -function-sections -Xswiftc -use-ld=lld \
    -Xlinker --no-export-dynamic -Xlinker -z -Xlinker pack-relative-relocs \
    -Xlinker --symbol-ordering-file=/build/packaging/startup.order -Xlinker --no-warn-symbol-ordering \
    --product ollama-gateway \
  && install -s -m 755 .build/release/ollama-gateway /usr/local/bin/ollama-gateway

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends \
    ca-certificates libcrypt1 libcurl4 libmicrohttpd12 libpq5 libsimdjson14 libsqlite3-0 libssl3 libstdc++6 libyaml-0-2 libzstd1 \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --system --uid 10200 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin ollama-gateway \
  && install -d -m 700 -o 10200 -g 10200 /var/lib/ollama-gateway
COPY --from=build /usr/local/bin/ollama-gateway /usr/local/bin/ollama-gateway
COPY LICENSE /usr/share/doc/ollama-gateway/

ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="ollama-gateway" \
  org.opencontainers.image.description="A gateway in front of Ollama: its APIs for many clients, and a chat API with sessions" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.licenses="Apache-2.0"

USER 10200:10200
ENV OLLAMA_GATEWAY_LISTEN=:10200
# As the systemd unit has it, which says why.
ENV GLIBC_TUNABLES=glibc.malloc.tcache_count=64
# What `docker exec` finds as well: backup, sessions.
ENV OLLAMA_GATEWAY_STORE=sqlite:/var/lib/ollama-gateway/gateway.db
# A new volume takes the folder's owner.
VOLUME /var/lib/ollama-gateway
EXPOSE 10200
HEALTHCHECK --interval=15s --timeout=12s --start-period=5s CMD ["ollama-gateway", "health"]
# SIGTERM lets running answers end: give them more than drain_timeout (docker stop --time 45).
STOPSIGNAL SIGTERM
ENTRYPOINT ["ollama-gateway"]
CMD ["serve"]
