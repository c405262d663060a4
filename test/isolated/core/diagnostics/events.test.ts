import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { RejectedEvent } from '@dpop-guard/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createScene, mistyped, now, resource } from '../../../support/guard-scene.js'
import { listenToAll, secretsOf } from '../../../support/published-events.js'

describe('the path of a request', () => {
  const pathOf = async (target: string) => {
    const { guard } = createScene()
    const published = listenToAll()
    await guard.check({ method: 'GET', target, headers: [] })
    return mistyped<RejectedEvent | undefined>(published.at(-1)?.event)?.path
  }

  test.each([
    ['/@scope/pkg', '/@scope/pkg'],
    ['/@scope/pkg?token=secret', '/@scope/pkg'],
    ['//a@b/c', '//a@b/c'],
    ['/user:name@host', '/user:name@host'],
    ['/a\u001b[2Jb', '/a\\u001b[2Jb'],
    ['/caf\u00e9', '/caf\\u00e9'],
    ['https://user:secret@api.example.com/@scope/pkg', 'https://api.example.com/@scope/pkg'],
    ['user:secret@api.example.com:443', 'api.example.com:443'],
    ['https:user:secret@api.example.com/@a', 'api.example.com/@a'],
    ['*', '*'],
  ])('%j is shown as %j', async (target, shown) => {
    expect(await pathOf(target)).toBe(shown)
  })

  test('in origin-form is shown as it was sent, with any printable characters', async () => {
    const path = fc.stringMatching(/^\/[\x20-\x22\x24-\x3e\x40-\x7e]{0,200}$/)
    await fc.assert(
      fc.asyncProperty(path, fc.constantFrom('', '?secret', '#secret', '?secret@b'), async (sent, rest) => {
        expect(await pathOf(sent + rest)).toBe(sent)
      }),
    )
  })

  test('in another form has no userinfo, with any characters before it', async () => {
    const before = fc.constantFrom(
      '',
      'https://',
      'https:',
      'https:/',
      'HTTPS:\\\\',
      'ftp://',
      ' https://',
      'a:b:c//',
      'x:',
    )
    await fc.assert(
      fc.asyncProperty(before, fc.constantFrom('secret', 'user:secret', 'a@secret', 'secret:'), async (start, user) => {
        expect(await pathOf(`${start}${user}@api.example.com/orders`)).not.toContain('secret')
      }),
    )
  })
})

describe('NODE_DEBUG', () => {
  const core = fileURLToPath(new URL('../../../../packages/core/dist/index.js', import.meta.url))
  const script = `
    const { createGuard } = await import(process.argv[1])
    const { options, requests, now } = JSON.parse(process.argv[2])
    const guard = createGuard({ ...options, clock: () => now })
    for (const request of requests) await guard.check(request)
    await createGuard({ ...options, clock: () => NaN }).check(requests[0])
  `

  async function run(section: string) {
    const { issuer, request } = createScene()
    const good = request()
    const requests = [
      good,
      good,
      request({ proof: { url: 'https://user:secret@other.example/?secret' } }),
      { ...request(), method: 'GET\r\nrejected {"forged":true}' },
    ]
    const options = { issuer: { issuer: issuer.issuer, jwks: issuer.jwks }, resource }
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', script, core, JSON.stringify({ options, requests, now })],
      { env: { ...process.env, NODE_DEBUG: section, NODE_OPTIONS: '' } },
    )
    return { requests, stdout, stderr, lines: stderr.split('\n').filter((line) => line !== '') }
  }

  test('=dpop-guard prints one line for each check, without token, proof and jti', async () => {
    const { requests, lines, stdout, stderr } = await run('dpop-guard')
    const messages = lines.map((line) => /^DPOP-GUARD \d+: (\w+) (\{.*\})$/.exec(line) ?? [])
    expect(messages.map(([, kind]) => kind)).toEqual(['accepted', 'rejected', 'rejected', 'rejected', 'unavailable'])
    expect(messages.slice(1).map(([, , json = '']) => JSON.parse(json).reason)).toEqual([
      'proof_replayed',
      'proof_htu',
      'proof_htm',
      'internal_error',
    ])
    expect(stdout).toBe('')
    for (const secret of ['secret', ...requests.flatMap(secretsOf)]) expect(stderr).not.toContain(secret)
  })

  test('without dpop-guard prints nothing', async () => {
    expect(await run('other')).toMatchObject({ stdout: '', stderr: '' })
  })
})
