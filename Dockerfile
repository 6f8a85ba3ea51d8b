# maildouble in a container: SMTP on 1025, the page and the API on 8025, on all of the container's addresses.
#   docker build -t maildouble . && docker run --rm -p 127.0.0.1:8025:8025 -p 127.0.0.1:1025:1025 maildouble

FROM node:22-alpine AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json ./
COPY scripts scripts
COPY server server
COPY web web
RUN npm run build -- server page && npm prune --omit=dev

FROM node:22-alpine
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
# 1465 is TLS from the first byte, with --tls; 1110 and 1995 are --pop3, 1143 and 1993 --imap.
EXPOSE 1025 1110 1143 1465 1993 1995 8025
# The start interval makes "healthy" come within a second of the start, so that what depends on it need not wait. It asks
# over http and, with --https, over https; under a path of a proxy /healthz is where it always is.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --start-interval=250ms --retries=3 \
  CMD ["node", "-e", "const ask = (scheme, otherwise) => require('node:' + scheme).get({ host: '127.0.0.1', port: process.env.MAILDOUBLE_HTTP_PORT || 8025, path: '/healthz', rejectUnauthorized: false }, answer => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', otherwise); ask('http', () => ask('https', () => process.exit(1)))"]
ENTRYPOINT ["node", "dist/cli.js", "--host", "0.0.0.0"]
