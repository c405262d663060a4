// @ts-check
// The sidebar: which page of the repository stands where on the site. A test holds that no page is missing.

/**
 * @typedef {{ title: string, source: string, path: string }} Page
 * @typedef {{ title: string, pages: Page[] }} Section
 */

/** @type {(title: string, name: string) => Page} A page of the core's `docs` folder. */
const guide = (title, name) => ({ title, source: `packages/core/docs/${name}.md`, path: `guide/${name}` })

/** @type {(title: string, name: string) => Page} The README of a package. */
const readme = (title, name) => ({ title, source: `packages/${name}/README.md`, path: `packages/${name}` })

/** @type {readonly Section[]} */
export const sections = [
  {
    title: 'Start',
    pages: [
      { title: 'What dpop-guard does', source: 'README.md', path: 'start' },
      readme('Express', 'express'),
      readme('Koa', 'koa'),
      readme('Fastify', 'fastify'),
      readme('NestJS', 'nestjs'),
      readme('Hono, Next.js, h3, Bun, Deno', 'web'),
      readme('The core', 'core'),
      guide('Your issuer', 'issuers'),
      guide('Keycloak in Docker Compose', 'keycloak'),
      guide('Checks and answers', 'checks'),
      guide('Words', 'words'),
    ],
  },
  {
    title: 'Protect',
    pages: [
      guide('Access tokens', 'access-tokens'),
      guide('Authorization', 'authorization'),
      guide('Nonces', 'nonces'),
      guide('Browser clients', 'browser-clients'),
      guide('Clients outside browsers', 'clients'),
      guide('Calling another API', 'calling-another-api'),
      guide('WebSockets', 'websockets'),
      guide('tRPC, GraphQL, gRPC', 'rpc'),
      guide('Profiles: FAPI, atproto, MCP', 'profiles'),
    ],
  },
  {
    title: 'Operate',
    pages: [
      guide('Behind a proxy', 'behind-a-proxy'),
      guide('Replay stores', 'replay-stores'),
      readme('Redis', 'redis'),
      guide('What it costs', 'costs'),
      guide('Scale', 'scale'),
      guide('Logs, metrics, limits', 'operating'),
      guide('Lambda, Workers, Bun, Deno, Next.js', 'hosts'),
    ],
  },
  {
    title: 'Migrate',
    pages: [guide('Rolling out DPoP', 'rolling-out'), guide('From other middleware', 'migrating')],
  },
  {
    title: 'Test',
    pages: [
      readme('Your own tests', 'testing'),
      guide('Jest and CommonJS', 'jest'),
      readme('The command dpop-inspect', 'inspect'),
    ],
  },
  {
    title: 'Reference',
    pages: [
      guide('Options', 'options'),
      guide('Errors', 'errors'),
      guide('OpenAPI', 'openapi'),
      { title: 'Changes', source: 'CHANGELOG.md', path: 'changes' },
      { title: 'Contributing', source: 'CONTRIBUTING.md', path: 'contributing' },
    ],
  },
  {
    title: 'Standards',
    pages: [
      { title: 'Security', source: 'SECURITY.md', path: 'security' },
      guide('Standards, clause by clause', 'standards'),
      guide('Authorization servers', 'authorization-servers'),
    ],
  },
]

/** @type {readonly Page[]} */
export const pages = sections.flatMap((section) => section.pages)

/** The public doors, for the API reference. */
export const entryPoints = [
  'core/src/index.ts',
  'core/src/introspection.ts',
  'core/src/openapi.ts',
  'core/src/plugin.ts',
  'core/src/replay-store-contract.ts',
  'core/src/token-status-list.ts',
  'express/src/index.ts',
  'koa/src/index.ts',
  'fastify/src/index.ts',
  'nestjs/src/index.ts',
  'web/src/index.ts',
  'redis/src/index.ts',
  'testing/src/index.ts',
  'testing/src/invalid-requests.ts',
  'inspect/src/index.ts',
]
