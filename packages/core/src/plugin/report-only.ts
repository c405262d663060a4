/** With `reportOnly`, a request waits for its check for this long at most. */
const longestWaitSeconds = 1

/** The verdict, or undefined if the check takes too long. Then the check goes on, and publishes its event later. */
export async function waitBriefly<Verdict>(checking: Promise<Verdict>): Promise<Verdict | undefined> {
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
