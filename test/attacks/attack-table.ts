import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { diagnosticsChannels, failures, type Reason } from '@dpop-guard/core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { expectedAnswer, wireTable } from './expectations.js'
import type { WireRequest } from './make.js'
import { newestNonce } from './nonces.js'
import { now, type Profile, type ProfileName, profiles, resource, setClock } from './profiles.js'
import { requestsOf } from './requests-of.js'
import type { Expectation, Row } from './row.js'
import { named } from './rows/invalid-requests.js'
import {
  type AcceptedArrival,
  type Answer,
  changedArrival,
  lookUp,
  type Runtime,
  type StartRuntime,
  startCore,
  startRuntimes,
  statusBeforeGuard,
} from './runtime.js'
import { leftOut, topics } from './topics.js'
import { checkAnswer, checkExposedHeaders, checkNoEcho } from './wire-rules.js'
import { withoutTheKey } from './without-the-key.js'

const rows = Object.values(topics).flat()
/** Rows that were run to their end, by runtime. */
const answeredRows = new Map<string, number>()
/** Rejected rows that a guard accepted, because the host had changed the request. */
const acceptedAsArrived = new Set<string>()
const descriptions = new Map<Reason, Set<string>>()

/** What operators see of one request. */
interface Event {
  channel: string
  event: { reason?: Reason; status?: number; scheme?: string }
}

const events: Event[] = []
const listeners = Object.values(diagnosticsChannels).map((channel) => {
  const listener = (event: unknown) => events.push({ channel, event: event as Event['event'] })
  subscribe(channel, listener)
  return { channel, listener }
})

/** Runs every row on each of these runtimes. All must answer what the first one answers. */
export function runAttackTable(starts: Readonly<Record<string, StartRuntime>>): void {
  const runtimeNames = Object.keys(starts)
  const started = new Map<ProfileName, Promise<Runtime[]>>()

  const runtimesOf = (name: ProfileName) => {
    const runtimes = started.get(name) ?? startRuntimes(Object.values(starts), profiles[name])
    started.set(name, runtimes)
    return runtimes
  }

  const newRuntimes = (profile: Profile) => startRuntimes(Object.values(starts), profile)

  // Each guard of the row about settings of another issuer warns.
  beforeAll(() => {
    const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void
    const warn = (warning: unknown, ...rest: unknown[]) => {
      if (!String(warning).includes('issuer() returned the settings of another issuer')) emitWarning(warning, ...rest)
    }
    const spy = vi.spyOn(process, 'emitWarning').mockImplementation(warn)
    return () => spy.mockRestore()
  })

  afterAll(async () => {
    for (const { channel, listener } of listeners) unsubscribe(channel, listener)
    for (const runtimes of started.values()) {
      for (const runtime of await runtimes) await runtime.close()
    }
  })

  for (const [topic, rowsOfTopic] of Object.entries(topics)) {
    describe(topic, () => {
      for (const row of rowsOfTopic) {
        const profileName = row.profile ?? 'dpop-only'
        test(row.name, async () => runRow(row, profiles[profileName], await runtimesOf(profileName), newRuntimes))
      }
    })
  }

  describe('the table', () => {
    test('has no two rows of the same name', () => {
      const names = Object.entries(topics).flatMap(([topic, list]) => list.map(({ name }) => `${topic}: ${name}`))
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
    })

    test('has a row for every reason of the core, and no other', () => {
      const reasons = rows.flatMap(({ expect }) => ('rejected' in expect ? expect.rejected : []))
      expect([...new Set(reasons)].sort()).toEqual(Object.keys(failures).sort())
      expect(Object.keys(wireTable).sort()).toEqual(Object.keys(failures).sort())
    })

    test('has the named invalid requests, each with the answer that its documentation promises', () => {
      for (const [name, { expected, scheme }] of Object.entries(named)) {
        const { status, error } = wireTable[expected.reason]
        expect(expected, name).toEqual({
          reason: expected.reason,
          status,
          error: scheme === 'none' ? undefined : error,
        })
      }
    })

    test('uses every profile', () => {
      expect([...started.keys()].sort()).toEqual(Object.keys(profiles).sort())
    })

    test('has each row that a host answers itself', async () => {
      const names = new Set(rows.flatMap(({ name, request }) => (typeof request === 'string' ? [name, request] : name)))
      const runtimes = await runtimesOf('dpop-only')
      const listed = runtimes.flatMap(({ answersBefore = {} }) => Object.keys(answersBefore))
      expect(listed.filter((name) => !names.has(name))).toEqual([])
    })

    test('has each row that the guard accepts as it arrives, on a host that changes requests', async () => {
      const runtimes = await runtimesOf('dpop-only')
      const listed = runtimes.flatMap(({ name, acceptsArrived = {} }) =>
        Object.keys(acceptsArrived).map((row) => `${name}: ${row}`),
      )
      expect(listed.filter((name) => !acceptedAsArrived.has(name))).toEqual([])
    })

    test('has one description for each reason', () => {
      const several = [...descriptions].filter(([, ofReason]) => ofReason.size > 1)
      expect(several.map(([reason]) => reason)).toEqual([])
    })

    const without = leftOut.map((topic) => `, without those of ${topic}, which this runtime does not have`)
    test(`attack table: ${rows.length} rows on ${runtimeNames.length} runtimes${without}`, async () => {
      const runtimes = await runtimesOf('dpop-only')
      const behindBodies = rows.filter(({ needsParsedForm }) => !needsParsedForm).length
      const expected = runtimes.map(({ name, beforeBodies }) => [name, beforeBodies ? behindBodies : rows.length])
      expect(Object.fromEntries(answeredRows)).toEqual(Object.fromEntries(expected))
    })
  })
}

async function runRow(
  row: Row,
  profile: Profile,
  shared: readonly Runtime[],
  startNew: (profile: Profile) => Promise<Runtime[]>,
): Promise<void> {
  const requests = await requestsOf(row, profile)
  // A guard notices a clock that is set back, so a row that moves the clock has guards of its own.
  const runtimes = requests.some(({ later = 0 }) => later > 0) ? await startNew(profile) : shared
  const attack = requests.pop()
  if (attack === undefined) throw new Error('a row needs a request')

  let reference: Answer | undefined
  for (const runtime of runtimes) {
    if (runtime.beforeBodies && row.needsParsedForm) continue
    for (const request of requests) {
      await ask(runtime, request, row.earlier ?? { accepted: 'DPoP' }, profile)
    }
    const arrived = changedArrival(runtime, row, attack)
    const status = statusBeforeGuard(runtime, row, attack) ?? (arrived === 'rejected' ? 400 : undefined)
    if (status !== undefined) {
      const answer = await observe(() => runtime.send(attack))
      expect(answer, runtime.name).toMatchObject({ status, handlerCalls: 0, events: [] })
    } else if (arrived !== undefined && arrived !== 'rejected') {
      await askChanged(runtime, attack, arrived, row, profile)
    } else {
      const answer = await ask(runtime, attack, row.expect, profile)
      reference ??= answer
      expect(answer, `${runtime.name} answers as the core does`).toEqual(reference)
    }
    answeredRows.set(runtime.name, (answeredRows.get(runtime.name) ?? 0) + 1)
  }
  if (runtimes !== shared) for (const runtime of runtimes) await runtime.close()
}

/** The answer to a request that the host changes is the core's to what arrives. It is a rejection, except for the listed rows. */
async function askChanged(
  runtime: Runtime,
  request: WireRequest,
  arrived: WireRequest,
  row: Row,
  profile: Profile,
): Promise<void> {
  const [core] = await startRuntimes([startCore], profile)
  if (core === undefined) throw new Error('the core did not start')
  setClock(now + (request.later ?? 0))
  const { events, ...answer } = await observe(() => runtime.send(request))
  const { events: expectedEvents, ...expected } = await observe(() => core.send(arrived))
  await core.close()
  expect(answer, `${runtime.name} answers as the core does to what arrives`).toEqual(expected)
  expect(events.map(({ event }) => event.reason)).toEqual(expectedEvents.map(({ event }) => event.reason))
  const listed = lookUp(runtime.acceptsArrived ?? {}, row)
  expect(answer.status === 200, `${runtime.name}: ${answer.status}`).toBe(listed !== undefined)
  if (listed === undefined) return
  await checkAcceptedArrival(runtime, request, arrived, listed)
  acceptedAsArrived.add(`${runtime.name}: ${row.name}`)
  if (typeof row.request === 'string') acceptedAsArrived.add(`${runtime.name}: ${row.request}`)
}

/** Only the target differs from what was sent, and nobody without the client's key is accepted with it. */
async function checkAcceptedArrival(
  runtime: Runtime,
  request: WireRequest,
  arrived: WireRequest,
  { target }: AcceptedArrival,
): Promise<void> {
  expect(arrived.target).toBe(target)
  expect(sortedFields(arrived)).toEqual(sortedFields(request))
  for (const { name, request: changed, reason } of withoutTheKey(request)) {
    const { status, handlerCalls, events } = await observe(() => runtime.send(changed))
    expect({ reason: events[0]?.event.reason, handlerCalls }, `${name}: ${status}`).toEqual({ reason, handlerCalls: 0 })
  }
}

/** Order does not matter, because a `Request` has its own. */
function sortedFields({ headers }: WireRequest): string[] {
  return headers
    .flatMap((name, index) => (index % 2 === 0 ? `${name.toLowerCase()}: ${headers[index + 1]}` : []))
    .sort()
}

/** Sends a request and checks everything about its answer. */
async function ask(
  runtime: Runtime,
  request: WireRequest,
  expectation: Expectation,
  profile: Profile,
): Promise<Answer> {
  const { later = 0 } = request
  setClock(now + later)
  const { events, ...answer } = await observe(() => runtime.send(request))
  const expected = expectedAnswer(expectation, profile, await newestNonce(profile, later))
  try {
    checkEvents(events, expectation, expected.status, request)
    const description = checkAnswer(checkExposedHeaders(answer, request, expectation), expected, request)
    if ('rejected' in expectation) {
      const { rejected } = expectation
      if (description !== undefined)
        descriptions.set(rejected, (descriptions.get(rejected) ?? new Set()).add(description))
      checkNoEcho(answer, request, [...publicTexts(profile), expected.nonce ?? ''])
    } else {
      expect(answer.body).toBe(request.method === 'HEAD' ? '' : expectation.accepted)
    }
  } catch (error) {
    if (error instanceof Error)
      error.message = `${runtime.name}: ${error.message}\n${JSON.stringify({ answer, events })}`
    throw error
  }
  return answer
}

async function observe<Result extends object>(send: () => Promise<Result>): Promise<Result & { events: Event[] }> {
  events.length = 0
  const result = await send()
  return { ...result, events: events.splice(0) }
}

/** The last event says what was decided. A route checks its scopes after the guard has accepted the request. */
function checkEvents(seen: readonly Event[], expectation: Expectation, status: number, request: WireRequest): void {
  const last = seen.at(-1)
  expect(seen.slice(0, -1).filter(({ channel }) => channel !== diagnosticsChannels.accepted)).toEqual([])
  if ('accepted' in expectation) {
    expect(last?.channel).toBe(diagnosticsChannels.accepted)
  } else {
    expect(last?.event).toMatchObject({ reason: expectation.rejected, status })
    expect(last?.channel).toBe(status === 503 ? diagnosticsChannels.unavailable : diagnosticsChannels.rejected)
  }
  expect(seen.length).toBeLessThanOrEqual(2)
  const shown = JSON.stringify(seen)
  const secrets = request.headers.flatMap((value) => value.split(/[\s,]+/)).filter((word) => /^[\w-]{9,}\./.test(word))
  expect(secrets.filter((secret) => shown.includes(secret))).toEqual([])
}

/** Words of these descriptions are also names of claims. */
const descriptionTexts = ['Access token is not active', 'Malformed access token claims']

/** Strings that a guard sends to every client. A request may hold the same strings. */
function publicTexts({ options = {}, route = {} }: Profile): string[] {
  const { realm = '', requiredScopes = [], proof } = options
  const fixed = [
    resource,
    'dpop+jwt',
    'application/json; charset=utf-8',
    'Bearer',
    'invalid_request',
    ...descriptionTexts,
  ]
  const algorithms = proof?.algorithms ?? ['ES256', 'PS256', 'Ed25519', 'EdDSA']
  const { scopes = [], anyScope = [], stepUp: { acrValues = [] } = {} } = route
  const lists = [[...requiredScopes, ...scopes, ...anyScope], acrValues, algorithms].map((list) => list.join(' '))
  return [...fixed, realm, ...lists]
}
