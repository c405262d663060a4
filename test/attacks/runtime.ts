import { type Auth, createGuard, type Guard, type GuardOptions, type Rejection } from '@dpop-guard/core'
import type { CallerRequirements } from '@dpop-guard/core/plugin'
import type { WireRequest } from './make.js'
import { type Prepared, type Profile, prepare } from './profiles.js'
import type { Row } from './row.js'
import { isNotForFastify } from './topics.js'

/** The parts of an answer that a guard is responsible for. */
export interface Answer {
  status: number
  /** One line `name: value` for each field, sorted by name, without the fields that Node and the frameworks add. */
  headers: readonly string[]
  body: string
  handlerCalls: number
}

export interface Runtime {
  name: string
  /** Rows whose request never reaches the guard, by the name of the row or of its request. The host must reject it, with this status. */
  answersBefore?: Readonly<Record<string, { status: number; because: string }>>
  /** The request as the guard gets it, for a host that changes requests. Undefined if the host rejects it with 400. */
  arrival?(request: WireRequest): WireRequest | undefined
  /** Rejected rows that the guard accepts as they arrive, by the same names. */
  acceptsArrived?: Readonly<Record<string, AcceptedArrival>>
  /** The guard runs before any body is read. */
  beforeBodies?: true
  send(request: WireRequest): Promise<Answer>
  close(): Promise<unknown>
}

/** What a host makes of a rejected row, so that the guard accepts it. */
export interface AcceptedArrival {
  /** The target that the guard gets. All fields arrive as they were sent. */
  target: string
  because: string
}

/** The status of a request that Node or the framework answers before the guard sees it. */
export function statusBeforeGuard(
  { name, answersBefore = {} }: Runtime,
  row: Row,
  { target }: WireRequest,
): number | undefined {
  if (row.nodeRejects === true && name !== 'core') return 400
  if (/Fastify/.test(name) && (row.fastifyRejects === true || isNotForFastify(target))) return 400
  return lookUp(answersBefore, row)?.status
}

/** The entry of a row. A row of a named invalid request may have one under that name. */
export function lookUp<Entry>(entries: Readonly<Record<string, Entry>>, { name, request }: Row): Entry | undefined {
  return entries[name] ?? (typeof request === 'string' ? entries[request] : undefined)
}

/** The request that the guard gets, if the host changes it in a way that the guard must notice. Undefined if it does not. */
export function changedArrival({ arrival }: Runtime, { expect }: Row, request: WireRequest) {
  if (arrival === undefined || 'accepted' in expect) return undefined
  const arrived = arrival(request)
  if (arrived === undefined) return 'rejected'
  const { target, headers } = arrived
  return target === request.target && headers.length === request.headers.length ? undefined : arrived
}

/** Starts one runtime with a guard. */
export type StartRuntime = (profile: Profile, options: GuardOptions) => Promise<Runtime>

/** Starts runtimes, each with a guard of its own. */
export function startRuntimes(starts: readonly StartRuntime[], profile: Profile): Promise<Runtime[]> {
  return Promise.all(
    starts.map(async (start) => {
      const { options, close }: Prepared = await prepare(profile)
      const runtime = await start(profile, options)
      return { ...runtime, close: () => Promise.all([runtime.close(), close()]) }
    }),
  )
}

export const handlerType = 'text/plain; charset=utf-8'

/** The `Cache-Control` of every handler. An answer with a nonce does not keep it. */
export const handlerCacheControl = 'max-age=60'

/** What every handler answers. */
export function describeCaller(auth: Auth | null | undefined): string {
  return auth?.scheme ?? 'anonymous'
}

/** The core alone, without a server. */
export async function startCore(profile: Profile, options: GuardOptions): Promise<Runtime> {
  const guard = createGuard(options)
  return {
    name: 'core',
    async send({ method, target, headers, body }) {
      const form = profile.parsesForms && Object.fromEntries(new URLSearchParams(body))
      const verdict = await guard.check({ method, target, headers, body: form })
      const rejected = verdict.accepted ? checkCaller(guard, verdict.auth, profile.route) : undefined
      const final = rejected ?? verdict
      const handled = final.accepted && { 'content-type': handlerType, 'cache-control': handlerCacheControl }
      const lines = Object.entries({ ...handled, ...verdict.headers, ...rejected?.headers })
      const text = final.accepted ? describeCaller(final.auth) : final.body
      return {
        status: final.accepted ? 200 : final.status,
        headers: lines.flatMap(([name, values]) => [values].flat().map((value) => `${name}: ${value}`)).sort(byName),
        body: method === 'HEAD' ? '' : text,
        handlerCalls: final.accepted ? 1 : 0,
      }
    },
    close: async () => {},
  }
}

/** The checks of a route, in the order in which Fastify makes them. */
function checkCaller(
  guard: Guard<Auth | undefined>,
  auth: Auth | undefined,
  { mode, scopes, anyScope, claims, stepUp }: CallerRequirements = {},
): Rejection | undefined {
  return (
    (mode && guard.checkDpop(auth)) ??
    (scopes && guard.checkScopes(auth, scopes)) ??
    (anyScope && guard.checkAnyScope(auth, anyScope)) ??
    (claims && guard.checkClaims(auth, claims)) ??
    (stepUp && guard.checkStepUp(auth, stepUp))
  )
}

/** Sorts field lines by name; lines of the same name keep their order. */
export function byName(line: string, other: string): number {
  const [name = '', otherName = ''] = [line, other].map((one) => one.slice(0, one.indexOf(':')))
  return name < otherName ? -1 : Number(name > otherName)
}
