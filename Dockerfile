# Build: docker build -t reeve .        Run: docker run -v ./reeve.toml:/etc/reeve/reeve.toml:ro reeve
# Without a Docker engine: packaging/run-like-docker does the same steps.
FROM node:26-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
# What a start compiles is kept beside the bundle, so that it is there on a read-only root.
RUN node scripts/build.ts && node scripts/warm.ts

FROM node:26-slim
# setpriv, prlimit and unshare are in node:26-slim (util-linux); nothing else is installed.
COPY --from=build /src/dist /opt/reeve/dist
COPY --from=build /src/packaging/reeve-init /opt/reeve/packaging/reeve-init
COPY --from=build /src/config/examples/default /etc/reeve
# The example keeps its state beside its file, where a user that is not root cannot write: hence the link to /var/lib/reeve.
RUN ln -s /opt/reeve/dist/reeved.mjs /usr/local/bin/reeved \
 && ln -s /opt/reeve/dist/reevectl.mjs /usr/local/bin/reevectl \
 && useradd --system --uid 990 --home-dir /var/lib/reeve --create-home --shell /usr/sbin/nologin reeve \
 && install -d -o reeve -g reeve -m 0711 /run/reeve \
 && ln -s /var/lib/reeve /etc/reeve/state
ENV NODE_ENV=production XDG_RUNTIME_DIR=/run/reeve XDG_STATE_HOME=/var/lib
USER reeve
WORKDIR /etc/reeve
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["reevectl", "-c", "/etc/reeve/reeve.toml", "pid"]
ENTRYPOINT ["/opt/reeve/packaging/reeve-init"]
CMD ["-c", "/etc/reeve/reeve.toml"]
