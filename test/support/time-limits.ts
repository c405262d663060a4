/** Time limits that a test ends itself, so that it never waits for one, and a slow machine never exceeds one. */
import { onTestFinished, vi } from 'vitest'

export interface TimeLimits {
  /** The limits of the test so far, in seconds. */
  readonly seconds: readonly number[]
  /** Ends every limit so far. */
  end(): void
  /** The same, as soon as the condition holds. */
  endAfter(reached: () => boolean): Promise<void>
}

/** From now on, `AbortSignal.timeout` returns signals that wait for the test. */
export function holdTimeLimits(): TimeLimits {
  const seconds: number[] = []
  const controllers: AbortController[] = []
  const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
    seconds.push(milliseconds / 1000)
    const controller = new AbortController()
    controllers.push(controller)
    return controller.signal
  })
  onTestFinished(() => spy.mockRestore())
  const end = () => {
    for (const controller of controllers) controller.abort(new DOMException('The time is over', 'TimeoutError'))
  }
  return {
    seconds,
    end,
    async endAfter(reached) {
      await vi.waitFor(() => expectReached(reached), { interval: 5, timeout: 20_000 })
      end()
    },
  }
}

function expectReached(reached: () => boolean): void {
  if (!reached()) throw new Error(`never reached: ${reached}`)
}

/** Whether the test has received the head of a response from `fetch`. Its body may not have come yet. */
export function watchForHead(): () => boolean {
  const fetching = vi.spyOn(globalThis, 'fetch')
  onTestFinished(() => fetching.mockRestore())
  return () => fetching.mock.settledResults.some(({ type }) => type === 'fulfilled')
}
