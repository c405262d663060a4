import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

const ofEveryFramework = [
  'atproto',
  'createGuard',
  'dpopGuard',
  'fapi2',
  'getAuth',
  'getOptionalAuth',
  'isRejectionError',
  'mcp',
  'memoryReplayStore',
  'protectedResourceMetadata',
]

const requirements = ['requireAnyScope', 'requireClaims', 'requireDpop', 'requireScopes', 'requireStepUp']

/** The public names of every package and subpath, in alphabetic order. Types are not among them. */
const exported: Record<string, string[]> = {
  '@dpop-guard/core': [
    'applyHeaders',
    'atproto',
    'createGuard',
    'defaultProofAlgorithms',
    'diagnosticsChannels',
    'failures',
    'fapi2',
    'mcp',
    'memoryReplayStore',
    'privateMembers',
    'replayStoreFullCode',
    'tracingChannels',
    'verifyProof',
  ],
  '@dpop-guard/core/internal': [
    'CheckFailed',
    'CheckUnavailable',
    'RemoteKeys',
    'TimeBudget',
    'accessTokenAlgorithms',
    'checkEmbeddedKey',
    'conflictingOptions',
    'createJwtVerifier',
    'discoverEndpoint',
    'hiddenOption',
    'inlineKeys',
    'invalidOption',
    'isJsonObject',
    'isSecureUrl',
    'missingOption',
    'nearest',
    'parseCompactJws',
    'parseJsonObject',
    'parseKeySet',
    'readChoiceOption',
    'readObjectOption',
    'readSecondsOption',
    'verifySignature',
  ],
  '@dpop-guard/core/introspection': [
    'ClientSecretBasic',
    'ClientSecretJwt',
    'ClientSecretPost',
    'PrivateKeyJwt',
    'TlsClientAuth',
    'introspection',
  ],
  '@dpop-guard/core/openapi': ['addGuard', 'openApi'],
  '@dpop-guard/core/plugin': [
    'admit',
    'answerMetadata',
    'createAnyScopeCheck',
    'createClaimsCheck',
    'createDpopCheck',
    'createRejectionError',
    'createScopeCheck',
    'createStepUpCheck',
    'isRejectionError',
    'loggable',
    'readCallerChecksOption',
    'readPluginOptions',
    'recallAuth',
    'recallOptionalAuth',
    'receivedHeaders',
    'receivedRequest',
    'requireMetadata',
    'writeHeaders',
  ],
  '@dpop-guard/core/replay-store-contract': ['replayStoreContract'],
  '@dpop-guard/core/token-status-list': ['tokenStatusList'],
  '@dpop-guard/express': [...ofEveryFramework, ...requirements],
  '@dpop-guard/express/req-auth': [],
  '@dpop-guard/fastify': ofEveryFramework,
  '@dpop-guard/fastify/request-auth': [],
  '@dpop-guard/inspect': [
    'auditServer',
    'endpointTokens',
    'explainRequest',
    'givenToken',
    'inspectProof',
    'runCommand',
    'signedTokens',
  ],
  '@dpop-guard/koa': [...ofEveryFramework, ...requirements],
  '@dpop-guard/nestjs': [
    'AnyScope',
    'CurrentAuth',
    'DpopGuard',
    'DpopModule',
    'OptionalAuth',
    'Public',
    'RejectionException',
    'RequireClaims',
    'RequireDpop',
    'Scopes',
    'StepUp',
    'atproto',
    'createGuard',
    'fapi2',
    'getAuth',
    'getOptionalAuth',
    'mcp',
    'memoryReplayStore',
  ],
  '@dpop-guard/redis': ['redisReplayStore'],
  '@dpop-guard/testing': [
    'accessTokenHash',
    'createProofClient',
    'createTestIssuer',
    'createTokenIssuer',
    'jwkThumbprint',
    'proofClientOf',
    'signCompact',
    'signingInput',
    'startIssuerServer',
  ],
  '@dpop-guard/testing/internal': ['KeyKindMissing', 'exchangeOverWire', 'targetOf'],
  '@dpop-guard/testing/invalid-requests': [
    'conditionalInvalidRequests',
    'invalidRequest',
    'invalidRequests',
    'mutationsOf',
    'settings',
    'tokenOf',
    'writeFields',
  ],
  '@dpop-guard/web': [...ofEveryFramework.filter((name) => name !== 'isRejectionError'), ...requirements],
}

/** Frameworks that a package imports. */
const importedPeers: Record<string, string[]> = { '@dpop-guard/nestjs': ['@nestjs/common', '@nestjs/core'] }

const names = Object.keys(exported)
const packages = ['core', 'express', 'fastify', 'inspect', 'koa', 'nestjs', 'redis', 'testing', 'web']

test('the packages have these entry points and no others', () => {
  const declared = packages.flatMap((name) => {
    const manifest = JSON.parse(readFileSync(`${root}/packages/${name}/package.json`, 'utf8'))
    return Object.keys(manifest.exports).map((path) => manifest.name + path.slice(1))
  })
  expect(declared.filter((name) => !name.endsWith('/package.json')).sort()).toEqual(names)
})

describe('as built,', () => {
  /** Runs in its own process, which has imported nothing else. */
  async function run(script: string) {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', script], {
      cwd: root,
      env: { ...process.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' },
    })
    return { stdout, stderr }
  }

  test.each(names)('%s exports these names, to import and to require', async (name) => {
    const { stdout, stderr } = await run(`
      const required = Object.keys(require('${name}'))
      import('${name}').then((imported) => console.log(JSON.stringify([required, Object.keys(imported)])))
    `)
    expect(stderr).toBe('')
    const [required, imported] = JSON.parse(stdout)
    expect(imported.sort()).toEqual(exported[name])
    expect(required.filter((key: string) => key !== '__esModule').sort()).toEqual(exported[name])
  })

  test.each(names)('%s changes nothing when it is imported', async (name) => {
    const { stdout, stderr } = await run(`
      const { channel } = require('node:diagnostics_channel')
      const take = () => ({
        globals: Reflect.ownKeys(globalThis).map(String).sort(),
        prototypes: [Object, Array, String, Promise, Function, Error, Buffer, Map]
          .map((type) => [Reflect.ownKeys(type).length, Reflect.ownKeys(type.prototype).length]),
        listeners: process.eventNames().map((event) => [String(event), process.listenerCount(event)]),
        // node:assert opens stderr.
        resources: process.getActiveResourcesInfo().filter((kind) => kind !== 'PipeWrap' && kind !== 'TTYWrap'),
        subscribed: ['accepted', 'rejected', 'unavailable']
          .map((kind) => channel('dpop-guard:' + kind).hasSubscribers),
        environment: { ...process.env },
      })
      // Node creates lazy globals at the first require of an ES module, and at the first import of node:http.
      require('${root}/packages/core/dist/encoding/base64url.js')
      globalThis.Response
      // What a framework does is not ours to say.
      for (const name of ${JSON.stringify(importedPeers[name] ?? [])}) require(name)
      const before = take()
      require('${name}')
      console.log(JSON.stringify([before, take()]))
    `)
    expect(stderr).toBe('')
    const [before, after] = JSON.parse(stdout)
    expect(after).toEqual(before)
  })

  test('no module awaits at its top level', () => {
    for (const name of packages) {
      const dist = `${root}/packages/${name}/dist`
      const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'))
      expect(files).not.toEqual([])
      for (const file of files) {
        expect(readFileSync(`${dist}/${file}`, 'utf8'), file).not.toMatch(/^(?:export |const .*=|let .*=)? ?await\b/m)
      }
    }
  })
})
