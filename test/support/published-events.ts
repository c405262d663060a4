/** The diagnostics that guards publish for operators. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { diagnosticsChannels } from '@dpop-guard/core'
import { onTestFinished } from 'vitest'

/** The events that any guard publishes on these channels until the test is finished. */
export function listenTo(...channels: (keyof typeof diagnosticsChannels)[]): unknown[] {
  const events: unknown[] = []
  const listener = (event: unknown) => events.push(event)
  for (const channel of channels) {
    subscribe(diagnosticsChannels[channel], listener)
    onTestFinished(() => void unsubscribe(diagnosticsChannels[channel], listener))
  }
  return events
}
