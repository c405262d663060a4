import { challengesOf, dpopOf, errorOf } from './answer-checks.js'
import { Sender } from './attempt.js'
import { type AuditOptions, ownPartsOf, type ReadAuditOptions, readAuditOptions } from './audit-options.js'
import { checksBetweenControls, describeFailedControl, hintForControl, isDecided, withoutControl } from './control.js'
import { writeCurl } from './curl.js'
import { type Exchange, isAccepted, type RecordedExchange, recordExchange } from './exchange.js'
import { type AuditResult, type Outcome, outcomeOf, wasRun } from './finding.js'
import { hintFor } from './hint.js'
import { judge } from './judge.js'
import { createRedaction, type Redaction } from './redaction.js'
import { type AuditRow, NothingMoreRuns, neededFor } from './row.js'
import { auditRows, matchesName } from './rows.js'
import { algorithmRow, baseline, validRequest } from './valid-requests.js'

/** What an audit found out. Strings of exchanges come from the server, so they are untrusted. */
export interface AuditReport {
  /** Its query is hidden, unless secrets are shown. */
  readonly url: string
  readonly htu: string
  readonly method: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly seconds: number
  readonly tokens: 'given' | 'endpoint' | 'signed'
  /** From the answer to a request without credentials. */
  readonly offered: { readonly schemes: readonly string[]; readonly algs: readonly string[] }
  readonly usesNonces: boolean
  readonly results: readonly AuditResult[]
  readonly counts: Readonly<Record<Outcome, number>>
  /** What the audit needed to go on. Missing if it ran to its end. */
  readonly stopped?: string
  /** What to change for the next audit, if it stopped, or could not decide everything. */
  readonly hint?: string
  /** The valid request that was rejected although the first one was accepted. The last one, if there are several. */
  readonly failedControl?: RecordedExchange
}

/**
 * Sends valid requests to a resource server, then each invalid request that it can make, and judges the answers by the RFCs.
 * One request at a time, except for the copies of one proof that are sent at once. A valid request follows the last one, and every
 * 50 in between. If it is rejected, the rejections before it are not decided.
 *
 * Only audit a server that is yours: the requests are attacks. Throws a TypeError for an invalid option. What it does not check:
 * what the API does behind its guard, and how tokens are issued.
 */
export async function auditServer(options: AuditOptions): Promise<AuditReport> {
  const read = readAuditOptions(options)
  return new Audit(read, createRedaction(read.secrets, ownPartsOf(read))).run()
}

const maxWithoutAnswer = 8

const acceptedRequest = 'a valid request that the server accepts'
const stillAccepted = 'a server that still accepts a valid request'

class Audit {
  readonly #options: ReadAuditOptions
  readonly #redaction: Redaction
  readonly #sender: Sender
  readonly #results: AuditResult[] = []
  #schemes: readonly string[] = []
  #algs: readonly string[] = []
  #stopped: string | undefined
  #hint: string | undefined
  #failedControl: RecordedExchange | undefined
  #withoutAnswer = 0
  /** Results since the last valid request that the server accepted. */
  #open: AuditResult[] = []

  constructor(options: ReadAuditOptions, redaction: Redaction) {
    this.#options = options
    this.#redaction = redaction
    this.#sender = new Sender(options, redaction)
  }

  async run(): Promise<AuditReport> {
    const startedAt = new Date().toISOString()
    const start = performance.now()
    const queue = [...auditRows()].filter(({ name }) => this.#isChosen(name))
    for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
      this.#open.push(await this.#resultOf(row))
      if (row.name === 'credentials-missing') queue.unshift(...this.#algorithmRows())
      if (this.#open.filter(wasRun).length >= checksBetweenControls) await this.#control(queue.length > 0)
    }
    await this.#control(false)
    const { url, htu, method, tokens } = this.#options
    const seconds = Math.round((performance.now() - start) / 100) / 10
    return {
      url: this.#redaction.text(url),
      htu,
      method,
      startedAt,
      seconds,
      tokens: tokens.kind,
      offered: { schemes: this.#schemes, algs: this.#algs },
      usesNonces: this.#sender.usesNonces,
      results: this.#results,
      counts: countOutcomes(this.#results),
      ...(this.#stopped !== undefined && { stopped: this.#stopped }),
      ...(this.#hint !== undefined && { hint: this.#hint }),
      ...(this.#failedControl !== undefined && { failedControl: this.#failedControl }),
    }
  }

  /** Decides the open results by a valid request. If a second one fails too, the audit goes on no more. */
  async #control(goesOn: boolean): Promise<void> {
    // If not even the first one was accepted, there is nothing to compare with.
    const isNeeded = this.#stopped !== acceptedRequest && !this.#open.every(isDecided)
    const failure = isNeeded ? await this.#failureOfControl() : undefined
    for (const open of this.#open) {
      const result = failure === undefined ? open : withoutControl(open, failure)
      this.#results.push(result)
      this.#options.onResult(result)
    }
    this.#open = []
    if (failure === undefined || this.#stopped !== undefined || !goesOn) return
    if ((await this.#failureOfControl()) !== undefined) this.#stopped ??= stillAccepted
  }

  /** Sends a valid request. Undefined if the server accepts it. */
  async #failureOfControl(): Promise<string | undefined> {
    try {
      const exchange = (await this.#sender.attempt(validRequest)).exchanges.at(-1)
      const answer = exchange?.answer
      if (exchange === undefined || (answer !== undefined && isAccepted(answer))) return undefined
      this.#failedControl = this.#record(exchange)
      this.#hint = hintForControl(answer)
      return describeFailedControl(answer)
    } catch (error) {
      const needs = neededFor(error)
      if (needs === undefined) throw error
      this.#stopped ??= needs
      return `no valid request could be sent after them: it needs ${needs}`
    }
  }

  /** The first two tell what the server is, so they are always sent. */
  #isChosen(name: string): boolean {
    const { only } = this.#options
    return only.length === 0 || isNeeded(name) || only.some((pattern) => matchesName(name, pattern))
  }

  #algorithmRows(): AuditRow[] {
    return this.#algs.map(algorithmRow).filter(({ name }) => this.#isChosen(name))
  }

  async #resultOf(row: AuditRow): Promise<AuditResult> {
    const { name, description, kind, step, severity } = row
    const about = { name, description, kind, step, severity }
    const needs = this.#stopped ?? this.#needs(row)
    if (needs !== undefined) return { ...about, outcome: 'not run', findings: [], needs, exchanges: [] }
    try {
      const { exchanges, token, isPublic, hadNonce } = await this.#sender.attempt(row)
      const usesNonces = this.#sender.usesNonces || hadNonce
      this.#learn(row, exchanges)
      const recorded = exchanges.map((one) => this.#record(one))
      // Then the audit is not right for this server, and it found out nothing. But a nonce that it asks for, it has to send.
      const last = exchanges.at(-1)?.answer
      const asksForNonce = last !== undefined && errorOf(last) === 'use_dpop_nonce'
      if (this.#stopped === acceptedRequest && !asksForNonce) {
        return { ...about, outcome: 'not run', findings: [], needs: acceptedRequest, exchanges: recorded }
      }
      const findings = judge(row, exchanges, { token, isPublic, usesNonces })
      return { ...about, outcome: outcomeOf(findings), findings, exchanges: recorded }
    } catch (error) {
      const needs = neededFor(error)
      if (needs === undefined) throw error
      // Nothing else can be judged, and a report with few requests must not look like a good one.
      if (name === baseline || error instanceof NothingMoreRuns) this.#stopped = needs
      return { ...about, outcome: 'not run', findings: [], needs, exchanges: [] }
    }
  }

  /** What it would take to send this request; undefined if nothing is missing. */
  #needs({ name, setting }: AuditRow): string | undefined {
    const alg = registered[name]
    if (alg !== undefined && this.#algs.includes(alg)) return `an API that does not accept ${alg}`
    if (setting === undefined || this.#options.settings.includes(setting)) return undefined
    if (setting === 'nonce') return this.#sender.usesNonces ? undefined : 'an API that asks for nonces'
    if (setting === 'bearer' && this.#schemes.includes('bearer')) return undefined
    return `an API with the setting: --setting "${setting}"`
  }

  #learn({ name }: AuditRow, exchanges: readonly Exchange[]): void {
    const answer = exchanges.at(-1)?.answer
    this.#withoutAnswer = answer === undefined ? this.#withoutAnswer + 1 : 0
    if (this.#withoutAnswer >= maxWithoutAnswer) this.#stopped = 'a server that still answers'
    if (name === baseline && (answer === undefined || !isAccepted(answer))) {
      this.#stopped = acceptedRequest
      this.#hint = hintFor(answer)
    }
    if (name !== 'credentials-missing' || answer === undefined) return
    const challenges = challengesOf(answer) ?? []
    this.#schemes = [...new Set(challenges.map(({ scheme }) => scheme.toLowerCase()))]
    const algs = dpopOf(challenges)?.params.get('algs') ?? ''
    this.#algs = [...new Set(algs.split(' '))].filter((alg) => /^[\w-]{1,20}$/.test(alg)).slice(0, maxAlgs)
  }

  #record(exchange: Exchange) {
    return recordExchange(exchange, this.#redaction, writeCurl(exchange.request, this.#redaction))
  }
}

const maxAlgs = 16

/** The two requests that are always sent. */
export const isNeeded = (name: string) => name === baseline || name === 'credentials-missing'

/** Good proofs with an algorithm that a server may accept. */
const registered: Readonly<Record<string, string>> = {
  'proof-signed-es256k': 'ES256K',
  'proof-signed-rs256': 'RS256',
  'proof-signed-es384': 'ES384',
  'proof-signed-es512': 'ES512',
}

function countOutcomes(results: readonly AuditResult[]): Record<Outcome, number> {
  const counts: Record<Outcome, number> = {
    'must reject': 0,
    'should answer so': 0,
    information: 0,
    passed: 0,
    'not decided': 0,
    'not run': 0,
  }
  for (const { outcome } of results) counts[outcome] += 1
  return counts
}
