import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { client, controls, known, now, outcomes, proof, run, url } from '../../support/inspect-scene.js'

describe('the report', () => {
  test('has colours only on a terminal', async () => {
    const coloured = (text: string) => text !== stripVTControlCharacters(text)
    expect(coloured((await run([proof(), ...known], { tty: true })).stdout)).toBe(true)
    expect(coloured((await run([proof(), ...known])).stdout)).toBe(false)
    expect(coloured((await run([proof(), ...known], { tty: true, env: { NO_COLOR: '1' } })).stdout)).toBe(false)
  })

  test('keeps control characters of a proof from the terminal, and shows no private key', async () => {
    const jwk = { ...client.privateKey.export({ format: 'jwk' }), kid: '\u001b[2J' }
    const text = client.proof({ method: '\u001b[31mGET', url: '\u009b2J\u202e', now, header: { jwk } })
    const { stdout } = await run([text, ...known, '-v'])
    expect(stdout).not.toMatch(controls)
    expect(stdout).not.toContain(String(jwk.d))
    expect(outcomes(stdout)).toContain('7 FAIL')
  })

  test('is as the README has it', async () => {
    const readme = readFileSync(new URL('../../../packages/inspect/README.md', import.meta.url), 'utf8')
    const [, report = ''] = /one that fails:\n\n```\n(.*?)```/s.exec(readme) ?? []
    const text = client.proof({ method: 'GET', url: 'https://api.example.com/svc1/orders', now: 1_700_000_000 })
    const { stdout } = await run([text, '--method', 'GET', '--url', url, '--now', '1700000095'])
    expect(report).toContain('FAIL')
    expect(stdout).toContain(report)
  })

  test('has no line from a proof', async () => {
    const text = client.proof({ method: 'GET', url: `https://other.example/\n    9  pass  htu`, now })
    expect(outcomes((await run([text, ...known])).stdout).filter((line) => line.startsWith('9'))).toEqual(['9 FAIL'])
  })
})
