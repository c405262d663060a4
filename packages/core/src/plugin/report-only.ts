import { CheckRecord } from '../diagnostics/check-record.js'
import { createPublisher } from '../diagnostics/events.js'
import { loggable } from '../loggable-error.js'
import type { GuardRequest } from '../request/fields.js'

/** With `reportOnly`, a request waits for its check for this long at most. */
const longestWaitSeconds = 1

/** How many checks of one plugin may be under way, because a hook that never answers must not fill the memory. */
const maxPendingChecks = 1000

/** The checks of one plugin with `reportOnly`. */
export class ReportedChecks {
  readonly #publish = createPublisher({ enforced: false })
  #pending = 0
  #warned = false

  /**
   * The verdict of a check. Undefined if it takes too long: then the check goes on, and publishes its event later. Also undefined
   * if too many checks are under way: then there is no check, and the event says so.
   */
  async verdict<Verdict>(
    request: GuardRequest,
    check: (request: GuardRequest) => Promise<Verdict>,
  ): Promise<Verdict | undefined> {
    if (this.#pending >= maxPendingChecks) return this.#skip(request)
    this.#pending++
    return waitBriefly(check(request).finally(() => this.#pending--))
  }

  #skip({ method, target }: GuardRequest): undefined {
    const text = `this request was not checked, because ${maxPendingChecks} checks have not ended`
    this.#publish.unavailable('internal_error', new CheckRecord(method, target), loggable(new Error(text)))
    if (this.#warned) return
    this.#warned = true
    process.emitWarning(
      `dpop-guard: reportOnly skips checks, because ${maxPendingChecks} have not ended. One of your functions does not answer`,
      { code: 'DPOP_GUARD_REPORT_ONLY' },
    )
  }
}

async function waitBriefly<Verdict>(checking: Promise<Verdict>): Promise<Verdict | undefined> {
  let timer: NodeJS.Timeout | undefined
  const waiting = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, longestWaitSeconds * 1000, undefined)
  })
  try {
    return await Promise.race([checking, waiting])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether this process has emitted the warning. */
let warned = false

/** Warns once that requests pass, because the option must not stay after a rollout. */
export function warnOfReportOnly(): void {
  if (warned) return
  warned = true
  process.emitWarning(
    'dpop-guard: reportOnly is true, so every request passes, also without a token. Remove it when the rollout is done',
    { code: 'DPOP_GUARD_REPORT_ONLY' },
  )
}
