/** Every page whose code is run and whose links are followed. */
export const documents = [
  'README.md',
  'packages/core/README.md',
  'packages/core/docs/access-tokens.md',
  'packages/core/docs/errors.md',
  'packages/core/docs/nonces.md',
  'packages/core/docs/operating.md',
  'packages/core/docs/options.md',
  'packages/core/docs/profiles.md',
  'packages/core/docs/replay-stores.md',
  'packages/core/docs/scale.md',
  'packages/express/README.md',
  'packages/fastify/README.md',
  'packages/koa/README.md',
  'packages/redis/README.md',
  'SECURITY.md',
  'CHANGELOG.md',
]
