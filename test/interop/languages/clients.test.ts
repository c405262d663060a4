/** Clients that share no code and no library with the guard. They build proofs with what Debian has for their language. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import type { GuardOptions } from '@dpop-guard/core'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { frameworks } from '../../integration/frameworks.js'
import { createScene } from '../../support/guard-scene.js'
import { listenOnLoopback } from '../../support/listen.js'
import { clients, missingPackages, pathOf, python } from './clients.js'

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

const nonceOptions = (): Partial<GuardOptions> => ({ freshness: 'nonce', nonce: { secrets: [randomBytes(32)] } })

/** `npm run test:languages` runs all of them, and skips those whose programs are missing. `npm test` runs those of every run. */
const chosen = Object.entries(clients).filter(([, { inEveryRun }]) => inEveryRun || process.env.LANGUAGES === 'all')

/** For what the compilers write. */
const built = mkdtempSync(join(tmpdir(), 'dpop-guard-clients-'))
afterAll(() => rmSync(built, { recursive: true }))

const run = promisify(execFile)
const timeout = 100_000

describe.each(chosen)('a client in %s', (_name, client) => {
  const missing = missingPackages(client)
  const hint = missing.length > 0 ? `, skipped: install ${missing.join(', ')} of Debian` : ''
  let isBuilt: Promise<unknown> | undefined

  test.skipIf(missing.length > 0).each(['Express 5', 'Koa 3', 'Fastify 5'])(
    `on %s${hint}`,
    async (framework) => {
      const [api, withNonces] = [await startServers(framework), await startServers(framework, nonceOptions())]
      if (client.build !== undefined) {
        const [program = '', ...args] = client.build(built)
        isBuilt ??= run(program, args, {
          timeout,
          env: { ...process.env, GOCACHE: join(built, 'cache'), GO111MODULE: 'off' },
        })
        await isBuilt
      }
      const [program = '', ...args] = client.command(built)
      const { stdout, stderr } = await run(program, [...args, api.api, api.tokens, withNonces.api, withNonces.tokens], {
        timeout,
      })
      expect(stderr).toBe('')
      expect(stdout.trim().split('\n')).toEqual(client.expected)
    },
    2 * timeout,
  )
})

const page = readFileSync(pathOf('../../../packages/core/docs/clients.md'), 'utf8')
const codeOf = (language: string) => new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(page)?.[1]

test.each([
  ['go', 'go/proof.go'],
  ['ruby', 'ruby/proof.rb'],
  ['php', 'php/proof.php'],
  ['java', 'java/Proof.java'],
])('the page on clients has the code of the client in %s', (language, file) => {
  expect(codeOf(language)).toBe(readFileSync(pathOf(file), 'utf8'))
})

/** Calls an API with the code of the page, as a reader would: `thumbprint` is not on the page. */
const pythonCaller = `
jwk = public_jwk()
thumbprint = base64url(hashlib.sha256(str(jwk).replace("'", '"').replace(" ", "").encode()).digest())
token = urllib.request.urlopen(sys.argv[2], thumbprint.encode()).read().decode()
print(call("GET", sys.argv[1], token).status)
`

test.skipIf(missingPackages(python).length > 0)('the Python code of the page on clients follows a nonce', async () => {
  const { api, tokens } = await startServers('Express 5', nonceOptions())
  const { stdout } = await run('/usr/bin/python3', ['-c', codeOf('python') + pythonCaller, api, tokens], { timeout })
  expect(stdout).toBe('200\n')
})
