# Two stages: the first has npm and builds, the second runs what was built and can change nothing of it.
FROM node:26-bookworm-slim AS build
WORKDIR /opt/pitwall
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev --include=optional --no-audit --no-fund
COPY . .
RUN node lib/cli/bootstrap.js build

FROM node:26-bookworm-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/pitwall --shell /usr/sbin/nologin pitwall \
 && install -d -m 0700 -o pitwall -g pitwall /var/lib/pitwall \
 && install -d -m 0750 -o root -g pitwall /etc/pitwall
# Owned by root: the process can read its program and not write it.
COPY --from=build /opt/pitwall /opt/pitwall
WORKDIR /opt/pitwall
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 \
    PITWALL_CONFIG=/etc/pitwall/pitwall.yaml PITWALL_DATA=/var/lib/pitwall PITWALL_KEYS=/var/lib/pitwall/keys
USER 10001
VOLUME /var/lib/pitwall
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["node", "lib/cli/bootstrap.js", "health"]
ENTRYPOINT ["node", "lib/cli/bootstrap.js"]
CMD ["start"]
