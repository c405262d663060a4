import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nginxIsMissing, skippedWithoutNginx } from '../support/nginx.js'
import { sendRequest } from '../support/raw-http.js'
import { apis } from './apis.js'
import { block, tableRows } from './page.js'
import { protocolNames } from './protocols.js'
import { type Answer, type ProxyScene, publicOrigin, type SceneParts, startScene } from './scene.js'

const frameworks = Object.keys(apis)

/** Starts the scene before the tests of this suite, and ends it after them. */
function useScene(parts: SceneParts): () => ProxyScene {
  let scene: ProxyScene | undefined
  beforeAll(async () => {
    scene = await startScene(parts)
  })
  afterAll(() => scene?.close())
  return () => {
    if (scene === undefined) throw new Error('the scene has not started')
    return scene
  }
}

/** The expectations for every answer that means "this proof is for another URL". */
function expectWrongUrl({ status, reason, event, header, body }: Answer, expected: string[], received: string): void {
  expect({ status, reason }).toEqual({ status: 401, reason: 'proof_htu' })
  expect(event?.mismatch).toEqual({ name: 'htu', expected, received: [received] })
  const [challenge, ...more] = header('WWW-Authenticate')
  expect(more).toEqual([])
  expect(challenge).toMatch(/^DPoP error="invalid_dpop_proof", error_description="[^"]*", algs="[^"]*"$/)
  expect(JSON.parse(body)).toMatchObject({ error: 'invalid_dpop_proof' })
}

/** Fields that a client or a proxy can forge so that a server sees another host name. */
function forgedFields(origin: string, target: string): string[] {
  const { protocol, host, port } = new URL(origin)
  const scheme = protocol.replace(':', '')
  return [
    ...['X-Forwarded-Host', host, 'X-Forwarded-Proto', scheme, 'X-Forwarded-Scheme', scheme, 'X-Forwarded-Port', port],
    ...['X-Forwarded-Prefix', '/forged', 'X-Forwarded-For', '192.0.2.1', 'X-Forwarded-Server', host],
    ...['Forwarded', `for=192.0.2.1;host="${host}";proto=${scheme}`, 'X-Original-Host', host, 'X-Host', host],
    ...['X-Original-URL', target, 'X-Rewrite-URL', target, 'X-Original-URI', target],
  ]
}

const attacker = 'https://evil.example:8443'

interface Configuration {
  heading: string
  /** Of the public URL. */
  prefix: string
  /** The target that reaches Node for `/orders` under the prefix. */
  arrives: string
}

const configurations: Configuration[] = [
  { heading: 'TLS ends at the proxy', prefix: '', arrives: '/orders' },
  { heading: 'The prefix is kept', prefix: '/svc1', arrives: '/svc1/orders' },
  { heading: 'The prefix is stripped', prefix: '/svc1', arrives: '/orders' },
  { heading: 'The prefix is stripped, and the path decoded', prefix: '/svc1', arrives: '/orders' },
]

describe.skipIf(nginxIsMissing)(`behind a real nginx${skippedWithoutNginx}`, () => {
  describe.each(frameworks)('on %s', (framework) => {
    describe.each(configurations)('$heading:', ({ heading, prefix, arrives }) => {
      const scene = useScene({ heading, framework })
      const target = `${prefix}/orders`
      const publicUrl = publicOrigin + target

      describe.each(protocolNames)('over %s', (protocol) => {
        if (heading === 'The prefix is stripped') {
          test('the bare prefix is the root', async () => {
            const { reason, seen } = await scene().call({ protocol, target: prefix, signs: publicOrigin + prefix })
            expect(reason).toBe('accepted')
            expect(seen?.target).toBe('/')
          })
        }

        test('a client that signs the public URL is accepted', async () => {
          const { reason, seen } = await scene().call({ protocol, target, signs: publicUrl })
          expect(reason).toBe('accepted')
          expect(seen?.target).toBe(arrives)
        })

        test('the query is not signed and arrives unchanged', async () => {
          const query = '?next=%2Fa//b&x=..'
          const { reason, seen } = await scene().call({ protocol, target: target + query, signs: publicUrl })
          expect(reason).toBe('accepted')
          expect(seen?.target).toBe(arrives + query)
        })

        test.each([
          ['that of the instance', (port: number) => `http://127.0.0.1:${port}${arrives}`],
          ['that of the instance with TLS', (port: number) => `https://127.0.0.1:${port}${arrives}`],
          ['the public one without TLS', () => publicUrl.replace('https:', 'http:')],
          ['the public one with another port', () => publicUrl.replace('.com', '.com:8443')],
          ['the public one under another prefix', () => `${publicOrigin}/forged${target}`],
          ['that of another server', () => attacker + target],
        ])('a client that signs another URL, %s, is rejected', async (_which, wrongUrl) => {
          const signs = wrongUrl(scene().upstreamPort)
          expectWrongUrl(await scene().call({ protocol, target, signs }), [publicUrl], signs)
        })

        test('forged fields change nothing for a proof of the public URL', async () => {
          const headers = forgedFields(attacker, '/admin')
          const { reason, seen } = await scene().call({ protocol, target, headers })
          expect(reason).toBe('accepted')
          // The framework uses the forged fields, so they did arrive.
          expect(seen).toEqual({ target: arrives, host: 'evil.example:8443', protocol: 'https' })
        })

        test('a forged Host changes nothing for a proof of the public URL', async () => {
          const { reason } = await scene().call({ protocol, target, authority: 'evil.example:8443' })
          expect(reason).toBe('accepted')
        })

        test('forged fields and Host do not make the guard accept a proof for the forged host', async () => {
          const signs = attacker + target
          const headers = forgedFields(attacker, target)
          const answer = await scene().call({ protocol, target, signs, headers, authority: 'evil.example:8443' })
          expectWrongUrl(answer, [publicUrl], signs)
        })

        test('forged fields do not make the guard accept a proof for the URL of the instance', async () => {
          const origin = `http://127.0.0.1:${scene().upstreamPort}`
          const signs = origin + arrives
          const headers = forgedFields(origin, arrives)
          expectWrongUrl(await scene().call({ protocol, target, signs, headers }), [publicUrl], signs)
        })

        test('forged fields do not move a proof to another path', async () => {
          const answer = await scene().call({
            protocol,
            target: `${prefix}/admin`,
            signs: publicUrl,
            headers: forgedFields(publicOrigin, target),
          })
          expectWrongUrl(answer, [`${publicOrigin}${prefix}/admin`], publicUrl)
        })

        test('a proof is for its method', async () => {
          const credentials = scene().credentials(publicUrl, { method: 'GET' })
          const rejected = await scene().call({ protocol, method: 'POST', target, credentials })
          expect(rejected.reason).toBe('proof_htm')
          expect((await scene().call({ protocol, method: 'POST', target })).reason).toBe('accepted')
        })
      })

      test.each([
        ['HTTP/1.1', 'HTTP/2'],
        ['HTTP/2', 'HTTP/1.1'],
      ] as const)('a proof that was used over %s is a replay over %s', async (first, second) => {
        const credentials = scene().credentials(publicUrl)
        expect((await scene().call({ protocol: first, target, credentials })).reason).toBe('accepted')
        for (const protocol of [second, first]) {
          const { status, reason, body } = await scene().call({ protocol, target, credentials })
          expect({ status, reason }).toEqual({ status: 401, reason: 'proof_replayed' })
          expect(JSON.parse(body)).toMatchObject({ error: 'invalid_dpop_proof' })
        }
      })

      test('a proof of the public URL is accepted at the instance too, once', async () => {
        const credentials = scene().credentials(publicUrl)
        const request = { method: 'GET', target: arrives, headers: ['Host', 'localhost', ...credentials] }
        const direct = await sendRequest({ ...request, port: scene().upstreamPort })
        expect(direct.status).toBe(200)
        expect((await scene().call({ target, credentials })).reason).toBe('proof_replayed')
      })

      test('the answer without credentials is the same as from the instance', async () => {
        const request = { method: 'GET', target: arrives, headers: ['Host', 'localhost'] }
        const direct = await sendRequest({ ...request, port: scene().upstreamPort })
        const challenge = direct.header('WWW-Authenticate')
        expect(challenge).toHaveLength(1)
        for (const protocol of protocolNames) {
          const { status, reason, header } = await scene().call({ protocol, target, credentials: [] })
          expect({ status, reason }).toEqual({ status: 401, reason: 'credentials_missing' })
          expect(header('WWW-Authenticate')).toEqual(challenge)
        }
      })
    })

    describe('two public names:', () => {
      const scene = useScene({ heading: 'Two public names', framework })
      const names = ['https://api.example.com', 'https://api.example.org']

      test.each(protocolNames)('over %s a proof for either name is accepted at either name', async (protocol) => {
        for (const signed of names) {
          for (const called of names) {
            const authority = new URL(called).host
            const call = { protocol, target: '/orders', authority, signs: `${signed}/orders` }
            expect((await scene().call(call)).reason).toBe('accepted')
          }
        }
      })

      test.each(protocolNames)('over %s a proof for a third name is rejected', async (protocol) => {
        const signs = 'https://api.example.net/orders'
        const expected = names.map((name) => `${name}/orders`)
        const call = { protocol, target: '/orders', signs, authority: 'api.example.net' }
        expectWrongUrl(await scene().call(call), expected, signs)
        const headers = forgedFields('https://api.example.net', '/orders')
        expectWrongUrl(await scene().call({ ...call, headers }), expected, signs)
      })

      test('a used proof for one name is a replay for the other', async () => {
        const credentials = scene().credentials(`${names[0]}/orders`)
        expect((await scene().call({ target: '/orders', credentials })).reason).toBe('accepted')
        const call = { target: '/orders', credentials, authority: 'api.example.org' }
        expect((await scene().call(call)).reason).toBe('proof_replayed')
      })
    })

    describe('two public names, one of them unknown to the guard:', () => {
      const scene = useScene({ heading: 'Two public names', framework, options: { publicUrl: undefined } })

      test.each(protocolNames)('over %s the operator sees which one', async (protocol) => {
        const signs = 'https://api.example.org/orders'
        const call = { protocol, target: '/orders', authority: 'api.example.org' }
        expectWrongUrl(await scene().call({ ...call, signs }), [`${publicOrigin}/orders`], signs)
      })
    })

    describe('a stripped prefix that the guard does not know:', () => {
      const scene = useScene({ heading: 'The prefix is stripped', framework, options: { publicUrl: undefined } })

      test('the operator sees that it is missing', async () => {
        const answer = await scene().call({ target: '/svc1/orders' })
        expectWrongUrl(answer, [`${publicOrigin}/orders`], `${publicOrigin}/svc1/orders`)
      })
    })

    describe('the table of paths:', () => {
      const rows = tableRows('The prefix is stripped, and the path decoded', 3).map(
        ([sent = '', unchanged, decoded]) => ({
          sent,
          unchanged,
          decoded,
        }),
      )
      const decodedHeading = 'The prefix is stripped, and the path decoded'
      const withSlash = 'proxy_pass http://127.0.0.1:3000/;'
      const rewrite = 'rewrite ^/svc1(/.*)$ $1 break;'

      describe.each([
        { how: 'unchanged', heading: 'TLS ends at the proxy', prefix: '', arrivesUnder: '' },
        { how: 'unchanged', heading: 'The prefix is kept', prefix: '/svc1', arrivesUnder: '/svc1' },
        { how: 'unchanged', heading: 'The prefix is stripped', prefix: '/svc1', arrivesUnder: '' },
        { how: 'decoded', heading: decodedHeading, prefix: '/svc1', arrivesUnder: '' },
        {
          how: 'decoded',
          title: 'with rewrite in place of the slash',
          heading: decodedHeading,
          prefix: '/svc1',
          arrivesUnder: '',
          edit: (config: string) => config.replace(withSlash, `${rewrite} proxy_pass http://127.0.0.1:3000;`),
        },
        {
          how: 'decoded',
          title: 'with a slash where nothing is stripped',
          heading: 'TLS ends at the proxy',
          prefix: '',
          arrivesUnder: '',
          edit: (config: string) => config.replace('127.0.0.1:3000;', '127.0.0.1:3000/;'),
        },
      ] as const)('$how in "$heading" $title', ({ how, heading, prefix, arrivesUnder, ...rest }) => {
        const edit = 'edit' in rest ? rest.edit : undefined
        const scene = useScene({ heading, framework, edit })

        test.each(rows)('$sent', async ({ sent, ...cells }) => {
          const cell = cells[how] ?? ''
          for (const protocol of protocolNames) {
            const { status, reason, seen } = await scene().call({ protocol, target: prefix + sent })
            const outcome = reason === 'accepted' ? seen?.target : `${status} ${reason}`
            expect(outcome).toBe(cell.startsWith('/') ? arrivesUnder + cell : cell)
          }
        })
      })

      test('has rows that work, and rows that do not, in both columns', () => {
        for (const column of ['unchanged', 'decoded'] as const) {
          expect(rows.filter((row) => row[column]?.startsWith('/')).length).toBeGreaterThan(5)
          expect(rows.filter((row) => /^4/.test(row[column] ?? '')).length).toBeGreaterThan(2)
        }
        expect(block(decodedHeading, 'nginx')).toContain(withSlash)
      })
    })

    describe('a path that is below the prefix only after decoding:', () => {
      const scene = useScene({ heading: 'The prefix is stripped', framework })

      test.each([
        ['/svc1%2Forders', 'proof_htu'],
        ['//svc1/orders', 'proof_htu'],
        ['/x/../svc1/orders', 'target_malformed'],
        ['/%73vc1/orders', 'proof_htu'],
      ])('%s is rejected with any signed URL', async (target, reason) => {
        for (const protocol of protocolNames) {
          for (const signs of [publicOrigin + target, `${publicOrigin}/svc1/orders`]) {
            expect((await scene().call({ protocol, target, signs })).reason).toBe(reason)
          }
        }
      })
    })

    describe('the answers of nginx itself:', () => {
      const scene = useScene({ heading: 'TLS ends at the proxy', framework })
      const url = `${publicOrigin}/orders`
      const host = ['Host', 'api.example.com']
      const rows = new Map(
        tableRows('What nginx answers by itself', 3).map(([what = '', ...answers]) => [what, answers]),
      )

      /** Compares the page with the answers over HTTP/1.1 and HTTP/2. */
      function expectRow(what: string, seen: readonly string[]): void {
        expect(rows.get(what)?.map((cell) => cell.replaceAll('`', ''))).toEqual(seen)
      }

      /** The answer, and who sent it. The guard publishes events, and nginx sends its own error page. */
      function describeAnswer({ status, body }: { status: number | undefined; body: string }): string {
        const [event] = scene().takeEvents()
        if (event !== undefined) return event.reason === undefined ? 'accepted' : `${event.status} ${event.reason}`
        return `${status} from ${body.includes('<center>nginx') ? 'nginx' : 'Node'}`
      }

      /** Sends these fields behind the usual ones, first over HTTP/1.1 and then, with the same credentials, over HTTP/2. */
      async function sendBoth(fields: readonly string[]): Promise<string[]> {
        const first = describeAnswer(await scene().sendRaw('/orders', [...host, ...fields]))
        const pairs: [string, string][] = []
        for (let index = 0; index < fields.length; index += 2) {
          pairs.push([(fields[index] ?? '').toLowerCase(), fields[index + 1] ?? ''])
        }
        const pseudo = [
          [':method', 'GET'],
          [':scheme', 'https'],
          [':path', '/orders'],
          [':authority', 'api.example.com'],
        ] as const
        return [first, describeAnswer(await scene().sendFrames([...pseudo, ...pairs]))]
      }

      /** The same with clients that send no name twice. Over HTTP/2 it compresses, as most do. */
      async function callBoth(create: () => string[], headers: readonly string[] = []): Promise<string[]> {
        const seen: string[] = []
        for (const protocol of protocolNames) {
          const { status, reason, body } = await scene().call({
            protocol,
            target: '/orders',
            credentials: create(),
            headers,
          })
          if (reason === undefined) seen.push(describeAnswer({ status, body }))
          else seen.push(reason === 'accepted' ? reason : `${status} ${reason}`)
        }
        return seen
      }

      test('the same fields once are accepted, once', async () => {
        expect(await sendBoth(scene().credentials(url))).toEqual(['accepted', '401 proof_replayed'])
      })

      test.each(['Authorization', 'Host'])('two %s fields', async (name) => {
        const credentials = scene().credentials(url)
        const value = name === 'Host' ? 'api.example.com' : (credentials[1] ?? '')
        const seen = await sendBoth([...credentials, name, value])
        expectRow('two `Authorization` fields, or two `Host`', seen)
        // No proof was used up.
        expect((await scene().call({ target: '/orders', credentials })).reason).toBe('accepted')
      })

      test('two DPoP fields, the same proof twice or two of them', async () => {
        const credentials = scene().credentials(url)
        const [, , , otherProof = ''] = scene().credentials(url)
        for (const proof of [credentials[3] ?? '', otherProof]) {
          expectRow('two `DPoP` fields', await sendBoth([...credentials, 'DPoP', proof]))
        }
        expect((await scene().call({ target: '/orders', credentials })).reason).toBe('accepted')
      })

      /** Base64url turns three characters into four. The length without padding counts too. */
      function paddedCredentials(token: number, proof: number): string[] {
        const grow = (tokenPad: number, proofPad: number) =>
          scene().credentials(url, {
            token: { pad: 'x'.repeat(tokenPad) },
            proofHeader: { pad: 'x'.repeat(proofPad) },
          })
        const [, authorization = '', , proofText = ''] = grow(0, 0)
        const missing = (length: number, wanted: number) => Math.max(0, Math.floor((wanted - length) * 0.75))
        return grow(missing(authorization.length - 5, token), missing(proofText.length, proof))
      }
      const lengths = (credentials: string[]) => [(credentials[1]?.length ?? 0) - 5, credentials[3]?.length ?? 0]

      test('a large token and a large proof', async () => {
        const create = () => paddedCredentials(8000, 8000)
        for (const length of lengths(create())) expect(Math.abs(length - 8000)).toBeLessThan(5)
        expectRow('a token and a proof of 8000 characters each', await callBoth(create))
      })

      test('a proof that is too long', async () => {
        const create = () => paddedCredentials(0, 8250)
        expect(lengths(create())[1]).toBeGreaterThan(8192)
        expectRow('a proof of more than 8192 characters', await callBoth(create))
      })

      test('more header fields than Node accepts', async () => {
        const more = ['X-More', 'x'.repeat(1000)]
        const seen = await callBoth(() => paddedCredentials(8000, 8000), more)
        expectRow('more than 16 KiB of header fields in all', seen)
      })
    })

    describe('the event of a rejected request:', () => {
      const scene = useScene({ heading: 'TLS ends at the proxy', framework })

      test('is the one on the page', async () => {
        const signs = `http://127.0.0.1:${scene().upstreamPort}/orders`
        const { event } = await scene().call({ target: '/orders', signs })
        const [, shown = ''] = /^DPOP-GUARD \d+: rejected (\{.*\})$/m.exec(block('What an operator sees', 'text')) ?? []
        const documented = JSON.parse(shown.replace('127.0.0.1:3000', `127.0.0.1:${scene().upstreamPort}`))
        expect(documented.jkt).toMatch(/^[\w-]{43}$/)
        // Printed without undefined members.
        const printed = JSON.parse(JSON.stringify(event))
        expect(printed).toEqual({ ...documented, jkt: expect.any(String), iatOffsetSeconds: expect.any(Number) })
        expect(Object.keys(printed)).toEqual(Object.keys(documented))
      })
    })
  })
})
