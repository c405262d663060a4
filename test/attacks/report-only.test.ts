/** Every row of the attack table with `reportOnly`: the request passes, its reason is published, and nothing is set. */
import { diagnosticsChannels, type Reason } from '@dpop-guard/core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { listenToAll } from '../support/published-events.js'
import type { WireRequest } from './make.js'
import { now, type Profile, type ProfileName, prepare, profiles, setClock } from './profiles.js'
import { requestsOf } from './requests-of.js'
import type { Expectation, Row } from './row.js'
import {
  changedArrival,
  handlerCacheControl,
  handlerType,
  type Runtime,
  startCore,
  startRuntimes,
  statusBeforeGuard,
} from './runtime.js'
import { runtimes } from './runtimes.js'
import { topics } from './topics.js'

/** The core cannot report only. The older versions of Express and Koa have the same plugins. */
const { core: _, 'Express 4': _4, 'Koa 2': _2, ...reportingRuntimes } = runtimes
const starts = Object.values(reportingRuntimes)

/** A guard that only reports sends no nonces. */
const needsNonce = ({ options = {} }: Profile) => options.freshness === 'nonce' || options.freshness === 'both'
const reporting = (profile: Profile): Profile => ({ ...profile, adapterOptions: { reportOnly: true } })

const started = new Map<ProfileName, Promise<Runtime[]>>()

beforeAll(() => {
  vi.spyOn(process, 'emitWarning').mockReturnValue()
  // A busy machine must not make a check take longer than a request waits for it. Other timers run, because Deno verifies with them.
  const { setTimeout } = globalThis
  const wait = (callback: () => void, milliseconds: number, ...rest: []) =>
    setTimeout(milliseconds === 1000 ? () => {} : callback, milliseconds, ...rest)
  vi.stubGlobal('setTimeout', wait)
})

afterAll(async () => {
  vi.unstubAllGlobals()
  for (const runtimes of started.values()) for (const runtime of await runtimes) await runtime.close()
})

for (const [topic, rows] of Object.entries(topics)) {
  describe(topic, () => {
    for (const row of rows.filter(({ profile = 'dpop-only' }) => !needsNonce(profiles[profile]))) {
      test(row.name, () => runRow(row))
    }
  })
}

test.each(Object.values(profiles).filter(needsNonce))(
  'a guard that needs nonces does not start: %o',
  async (profile) => {
    const { options, close } = await prepare(profile)
    for (const start of starts) {
      await expect((async () => start(reporting(profile), options))()).rejects.toThrow(
        new TypeError('dpop-guard: "reportOnly" needs freshness: "iat"'),
      )
    }
    await close()
  },
)

async function runRow(row: Row): Promise<void> {
  const name = row.profile ?? 'dpop-only'
  const profile = reporting(profiles[name])
  const requests = await requestsOf(row, profile)
  const moves = requests.some(({ later = 0 }) => later > 0)
  const shared = moves ? startRuntimes(starts, profile) : (started.get(name) ?? startRuntimes(starts, profile))
  if (!moves) started.set(name, shared)
  const attack = requests.pop()
  if (attack === undefined) throw new Error('a row needs a request')
  for (const runtime of await shared) {
    if (runtime.beforeBodies && row.needsParsedForm) continue
    for (const request of requests) await send(runtime, request, row.earlier ?? { accepted: 'DPoP' }, profile)
    const arrived = changedArrival(runtime, row, attack)
    if (statusBeforeGuard(runtime, row, attack) === undefined && arrived !== 'rejected') {
      const expectation = arrived === undefined ? row.expect : await verdictOfCore(arrived, profile)
      await send(runtime, attack, expectation, profile)
    }
    if (moves) await runtime.close()
  }
}

async function send(runtime: Runtime, request: WireRequest, expectation: Expectation, profile: Profile): Promise<void> {
  setClock(now + (request.later ?? 0))
  const published = listenToAll()
  const answer = await runtime.send(request)
  const events = published.splice(0).map(({ channel, event }) => ({ channel, ...(event as object) }))
  const accepted = events.some(({ channel }) => channel === diagnosticsChannels.accepted)
  const seen = `${runtime.name}: ${JSON.stringify({ answer, events })}`

  expect(answer, seen).toMatchObject({ status: 200, handlerCalls: 1 })
  expect(answer.headers, seen).toEqual([`cache-control: ${handlerCacheControl}`, `content-type: ${handlerType}`])
  expect(events, seen).toMatchObject(events.map(() => ({ enforced: false })))
  const rejections = events.filter(({ channel }) => channel !== diagnosticsChannels.accepted)
  const reason = reportedReason(expectation, profile)
  if (reason === undefined) {
    expect(rejections, seen).toEqual([])
    expect(accepted, seen).toBe(true)
  } else {
    expect(rejections[0], seen).toMatchObject({ reason })
  }
  if (request.method === 'HEAD') return
  // A route's own check reports after the guard has accepted the caller.
  if ('accepted' in expectation) expect(answer.body, seen).toBe(expectation.accepted)
  else if (!accepted) expect(answer.body, seen).toBe('anonymous')
}

/** What the core decides about a request that a host has changed. */
async function verdictOfCore(arrived: WireRequest, profile: Profile): Promise<Expectation> {
  const [core] = await startRuntimes([startCore], profile)
  if (core === undefined) throw new Error('the core did not start')
  setClock(now + (arrived.later ?? 0))
  const published = listenToAll()
  const { body } = await core.send(arrived)
  await core.close()
  const { reason } = published.map(({ event }) => event as { reason?: Reason }).at(-1) ?? {}
  return reason === undefined ? { accepted: body as 'DPoP' | 'Bearer' | 'anonymous' } : { rejected: reason }
}

/** The reason that is published. A guard that only reports never asks the store of the options. */
function reportedReason(expectation: Expectation, { replay }: Profile): string | undefined {
  if ('accepted' in expectation) return undefined
  const { rejected } = expectation
  return replay !== undefined && rejected.startsWith('replay_store_') ? undefined : rejected
}
