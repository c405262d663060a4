/** The diagnostics that guards publish for operators. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { diagnosticsChannels, type GuardRequest } from '@dpop-guard/core'
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

export interface Published {
  channel: string
  event: unknown
}

/** Everything that any guard publishes until the test is finished. */
export function listenToAll(): Published[] {
  const published: Published[] = []
  for (const channel of Object.values(diagnosticsChannels)) {
    const listener = (event: unknown) => published.push({ channel, event })
    subscribe(channel, listener)
    onTestFinished(() => void unsubscribe(channel, listener))
  }
  return published
}

function headerOf(request: GuardRequest, name: string): string {
  const index = request.headers.indexOf(name)
  const value = request.headers[index + 1]
  if (index === -1 || value === undefined) throw new Error(`no ${name}`)
  return value
}

/** The parts of a request that must not be published: the token, the proof, any part of either, and the proof's jti. */
export function secretsOf(request: GuardRequest): string[] {
  const token = headerOf(request, 'Authorization').replace(/^DPoP /, '')
  const proof = headerOf(request, 'DPoP')
  const { jti } = JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString('utf8'))
  return [...token.split('.'), ...proof.split('.'), jti]
}
