# The hub with the demo enterprise's sandboxes; another config comes in as a mounted file and `isthmus start --config`.
FROM node:24-bookworm-slim AS build
WORKDIR /isthmus
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json isthmus.config.ts ./
COPY schema ./schema
COPY src ./src
COPY connectors ./connectors
COPY deploy ./deploy
RUN npm run build
RUN npm prune --omit=dev
RUN mkdir data

FROM node:24-bookworm-slim
WORKDIR /isthmus
COPY --from=build --chown=node:node /isthmus ./
ENV ISTHMUS_DATA=data
USER node
CMD ["node", "dist/src/cli/bin.js", "demo", "--config", "deploy/isthmus.config.ts"]
