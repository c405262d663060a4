// Each form in which hosts pass a request's headers, with good, forged and missing credentials.
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { HeaderSource } from '@dpop-guard/core/plugin'
import * as onExpress from '@dpop-guard/express'
import * as onKoa from '@dpop-guard/koa'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createScene, now } from '../support/guard-scene.js'
import { createTestIssuer } from '../support/test-issuer.js'

const scene = createScene({ credentials: 'optional' })
const { guard, client } = scene
const forger = createTestIssuer({ issuer: scene.issuer.issuer })

/** The headers of a request, as the client wrote them. */
type Fields = readonly (readonly [name: string, value: string])[]

const forged: Record<string, () => Fields> = {
  'a token of another signer': () => credentials({ accessToken: forger.mint({ now, cnf: { jkt: client.jkt } }) }),
  'an expired token': () => credentials({ token: { exp: now - 60 } }),
  'a token for another key': () => credentials({ token: { cnf: { jkt: 'A'.repeat(43) } } }),
  'a token without a key': () => credentials({ token: { cnf: undefined } }),
  'a proof for another URL': () => credentials({ proof: { url: 'https://evil.example/orders' } }),
  'no proof': () => credentials().filter(([name]) => name !== 'DPoP'),
  'a token as Bearer': () => credentials().map(([name, value]) => [name, value.replace(/^DPoP /, 'Bearer ')]),
  'a proof alone': () => credentials().filter(([name]) => name !== 'Authorization'),
  'words for a token': () => [['Authorization', 'DPoP please let me pass']],
  'an empty Authorization': () => [['Authorization', '']],
}

function credentials(parts: Parameters<typeof scene.request>[0] = {}): Fields {
  const { headers } = scene.request(parts)
  return headers.flatMap((name, index): Fields => (index % 2 === 0 ? [[name, headers[index + 1] ?? '']] : []))
}

const flat = (fields: Fields): string[] => fields.flat()
const object = (fields: Fields, write = (name: string) => name.toLowerCase()) =>
  Object.fromEntries(fields.map(([name, value]) => [write(name), value]))
const inOneList = (fields: Fields) => Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), [value]]))
const isCredential = ([name]: Fields[number]) => /^(?:authorization|dpop)$/i.test(name)
const without = (wanted: string, fields: Fields) => fields.filter(([name]) => name.toLowerCase() !== wanted)

/** Forms that pass all headers, in one place or another. */
const complete: Record<string, (fields: Fields) => HeaderSource> = {
  'as Node does': (fields) => ({ rawHeaders: flat(fields), headers: object(fields) }),
  'rawHeaders alone': (fields) => ({ rawHeaders: flat(fields) }),
  'rawHeaders empty': (fields) => ({ rawHeaders: [], headers: object(fields) }),
  'rawHeaders missing': (fields) => ({ headers: object(fields) }),
  'rawHeaders null': (fields) => ({ rawHeaders: null, headers: object(fields) }),
  'rawHeaders without credentials': (fields) => ({
    rawHeaders: flat(fields.filter((field) => !isCredential(field))),
    headers: object(fields),
  }),
  'rawHeaders without Authorization': (fields) => ({
    rawHeaders: flat([['X-Request-Id', '1'], ...without('authorization', fields)]),
    headers: object(fields),
  }),
  'rawHeaders without DPoP': (fields) => ({
    rawHeaders: flat([['X-Request-Id', '1'], ...without('dpop', fields)]),
    headers: object(fields),
  }),
  'rawHeaders with a number': (fields) => ({ rawHeaders: [...flat(fields), 'content-length', 12] }),
  'rawHeaders with lists': (fields) => ({ rawHeaders: fields.flatMap(([name, value]) => [name, [value]]) }),
  'names in other case': (fields) => ({ headers: object(fields, (name) => name.toUpperCase()) }),
  'names as they were written': (fields) => ({ rawHeaders: undefined, headers: object(fields, (name) => name) }),
  'lists of values': (fields) => ({ headers: inOneList(fields) }),
  'an object without a prototype': (fields) => ({ headers: Object.assign(Object.create(null), object(fields)) }),
  'members that are undefined or numbers': (fields) => ({
    headers: { ...object(fields), 'content-length': 12, origin: undefined, 'x-other': { a: 1 } },
  }),
}

/** Forms that cannot be read, with any content. */
const unreadable: Record<string, (fields: Fields) => HeaderSource> = {
  'a Headers': (fields) => ({ headers: new Headers(fields.map(([name, value]) => [name, value])) }),
  'a Map': (fields) => ({ rawHeaders: [], headers: new Map(fields) }),
  'a flat list': (fields) => ({ headers: flat(fields) }),
  'a list of pairs': (fields) => ({ headers: fields }),
  'a string': (fields) => ({ headers: fields.map((field) => field.join(': ')).join('\r\n') }),
  'an object of objects': (fields) => ({
    headers: Object.fromEntries(fields.map(([name, value]) => [name, { value }])),
  }),
}

type Outcome = 'nobody' | 'caller' | `rejected ${number}` | `TypeError ${string}`

const frameworks: Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<Outcome>> = {
  async Express(request, response) {
    const ended = new Promise<Outcome>((resolve) => {
      response.end = () => {
        resolve(`rejected ${response.statusCode}`)
        return response
      }
      const next = (error?: unknown) => {
        if (error instanceof TypeError) resolve(`TypeError ${error.message}`)
        else resolve(onExpress.getOptionalAuth(request) === undefined ? 'nobody' : 'caller')
      }
      try {
        onExpress.dpopGuard({ guard })(request, response, next)
      } catch (error) {
        next(error)
      }
    })
    return await ended
  },
  async Koa(request, response) {
    const context = {
      req: request,
      res: response,
      originalUrl: request.url ?? '',
      state: { auth: undefined as never },
      status: 404,
      body: '',
    }
    let outcome: Outcome | undefined
    try {
      await onKoa.dpopGuard({ guard })(context, async () => {
        outcome = onKoa.getOptionalAuth(context) === undefined ? 'nobody' : 'caller'
      })
    } catch (error) {
      if (error instanceof TypeError) return `TypeError ${error.message}`
      throw error
    }
    return outcome ?? `rejected ${context.status}`
  },
}

function ask(framework: string, handed: HeaderSource): Promise<Outcome> {
  const request = { method: 'GET', url: '/orders', ...handed } as unknown as IncomingMessage
  const run = frameworks[framework]
  if (run === undefined) throw new Error(`unknown framework ${framework}`)
  return run(request, new ServerResponse(request))
}

const anyFramework = fc.constantFrom(...Object.keys(frameworks))
const moreFields = fc.subarray<Fields[number]>([
  ['Accept', '*/*'],
  ['Origin', 'https://app.example.com'],
  ['Content-Type', 'text/plain'],
  ['X-Authorization', 'DPoP x'],
  ['Proxy-Authorization', 'DPoP x'],
])
const way = (ways: Record<string, (fields: Fields) => HeaderSource>) => fc.constantFrom(...Object.entries(ways))

test('good credentials are found in every place where a host puts them', async () => {
  await fc.assert(
    fc.asyncProperty(anyFramework, way(complete), moreFields, async (framework, [, hand], others) => {
      expect(await ask(framework, hand([...credentials(), ...others]))).toBe('caller')
    }),
  )
})

test('forged credentials are rejected in every place where a host puts them', async () => {
  const fields = fc.constantFrom(...Object.values(forged))
  await fc.assert(
    fc.asyncProperty(
      anyFramework,
      way({ ...complete, ...unreadable }),
      fields,
      moreFields,
      async (framework, [, hand], forge, others) => {
        expect(await ask(framework, hand([...forge(), ...others]))).toMatch(
          /^(?:rejected 40[01]|TypeError dpop-guard: the headers )/,
        )
      },
    ),
    { numRuns: 500 },
  )
})

test('credentials that a host has joined with those of another are rejected', async () => {
  const joined = (fields: Fields) => ({
    headers: Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), `${value}, ${value}`])),
  })
  await fc.assert(
    fc.asyncProperty(anyFramework, fc.constantFrom(credentials, ...Object.values(forged)), async (framework, make) => {
      expect(await ask(framework, joined(make().filter(isCredential)))).toMatch(/^rejected 40[01]$/)
    }),
  )
})

test('a request without credentials is anonymous, with other headers or without any', async () => {
  const none: Record<string, (fields: Fields) => HeaderSource> = { 'no headers at all': () => ({}) }
  await fc.assert(
    fc.asyncProperty(anyFramework, way({ ...complete, ...none }), moreFields, async (framework, [, hand], others) => {
      expect(await ask(framework, hand(others))).toBe('nobody')
    }),
  )
})

test.each(Object.entries(unreadable))('headers that cannot be read are a TypeError: %s', async (_name, hand) => {
  for (const framework of Object.keys(frameworks)) {
    expect(await ask(framework, hand(credentials()))).toMatch(
      /^TypeError dpop-guard: the headers of this request cannot be read: ("headers" is not a plain object|the value of "(host|authorization|dpop)" is not a string)/,
    )
  }
})
