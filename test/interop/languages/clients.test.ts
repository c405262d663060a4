/** Clients that share no code and no library with the guard. They build proofs with what Debian has for their language. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { GuardOptions } from '@dpop-guard/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { frameworks } from '../../integration/frameworks.js'
import { findBinary } from '../../support/find-binary.js'
import { createScene } from '../../support/guard-scene.js'
import { listenOnLoopback } from '../../support/listen.js'

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const systemPython = '/usr/bin/python3'

interface Client {
  command: readonly string[]
  /** The programs and files that it needs. */
  needs: readonly (string | undefined)[]
  expected: readonly string[]
}

const clients: Record<string, Client> = {
  'Python, with PyJWT and cryptography': {
    command: [systemPython, pathOf('client.py')],
    needs: [systemPython, '/usr/lib/python3/dist-packages/jwt', '/usr/lib/python3/dist-packages/cryptography'],
    expected: [
      'library 200',
      'replayed 401',
      'spaces 200',
      'spaces-and-separators 200',
      'sorted-members 200',
      'not-escaped 200',
      'der 401',
      'private-key 401',
      'PS256 200',
      'RS256 401',
      'EdDSA 200',
      'other-key 401',
    ],
  },
  'shell, with openssl and curl': {
    command: ['/bin/sh', pathOf('client.sh')],
    needs: ['openssl', 'curl', 'xxd'].map(findBinary),
    expected: ['good 200', 'replayed 401', 'der 401', 'other-method 401'],
  },
}

/** An API on a real socket, and a server that mints a token for the thumbprint that is sent to it. */
async function startServers(framework: string, options: Partial<GuardOptions> = {}) {
  const api = await listenOnLoopback()
  onTestFinished(api.close)
  const now = () => Math.floor(Date.now() / 1000)
  const scene = createScene({ resource: api.origin, clock: now, ...options })
  scene.clock.now = now()
  const create = frameworks[framework]
  if (create === undefined) throw new Error(`no framework ${framework}`)
  api.server.on(
    'request',
    await create({ guard: scene.options, handle: ({ getAuth }) => ({ for: getAuth().subject }) }),
  )
  const tokens = await listenOnLoopback()
  onTestFinished(tokens.close)
  tokens.server.on('request', async (request, response) => {
    response.end(scene.mint({ aud: api.origin, cnf: { jkt: await text(request) } }))
  })
  return { api: `${api.origin}/orders`, tokens: tokens.origin }
}

describe.each(['Express 5', 'Koa 3', 'Fastify 5'])('on %s', (framework) => {
  for (const [name, { command, needs, expected }] of Object.entries(clients)) {
    const isMissing = needs.some((path) => path === undefined || !existsSync(path))
    test.skipIf(isMissing)(`a client in ${name}${isMissing ? ', skipped: not on this machine' : ''}`, async () => {
      const { api, tokens } = await startServers(framework)
      const [program = '', ...args] = command
      const { stdout, stderr } = await promisify(execFile)(program, [...args, api, tokens], { timeout: 50_000 })
      expect(stderr).toBe('')
      expect(stdout.trim().split('\n')).toEqual(expected)
    })
  }
})

/** Calls an API with the code of the page, as a reader would: `thumbprint` is not on the page. */
const pythonCaller = `
jwk = public_jwk()
thumbprint = base64url(hashlib.sha256(str(jwk).replace("'", '"').replace(" ", "").encode()).digest())
token = urllib.request.urlopen(sys.argv[2], thumbprint.encode()).read().decode()
print(call("GET", sys.argv[1], token).status)
`

const { needs } = clients['Python, with PyJWT and cryptography'] ?? { needs: [] }
const pythonIsMissing = needs.some((path) => path === undefined || !existsSync(path))

test.skipIf(pythonIsMissing)('the Python code of the page on clients follows a nonce', async () => {
  const page = readFileSync(pathOf('../../../packages/core/docs/clients.md'), 'utf8')
  const [, code = ''] = /```python\n(.*?)```/s.exec(page) ?? []
  const { api, tokens } = await startServers('Express 5', {
    freshness: 'nonce',
    nonce: { secrets: [randomBytes(32)] },
  })
  const { stdout } = await promisify(execFile)(systemPython, ['-c', code + pythonCaller, api, tokens], {
    timeout: 50_000,
  })
  expect(stdout).toBe('200\n')
})
