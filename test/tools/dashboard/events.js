// @ts-check
// Invented events of an API during a rollout, as the module of examples/metrics counts them.
import { channel } from 'node:diagnostics_channel'
import { diagnosticsChannels } from '@dpop-guard/core'
import { Registry } from 'prom-client'
import { collectMetrics } from '../../../examples/metrics/prometheus.js'

const accepted = channel(diagnosticsChannels.accepted)
const rejected = channel(diagnosticsChannels.rejected)
const unavailable = channel(diagnosticsChannels.unavailable)

/**
 * The metrics of each minute, in the format of OpenMetrics.
 *
 * @param {number} start @param {number} end @param {number} stepSeconds
 */
export async function writeOpenMetrics(start, end, stepSeconds) {
  const register = new Registry()
  const stop = collectMetrics(register)
  /** @type {Map<string, string[]>} */
  const families = new Map()
  for (let time = start; time <= end; time += stepSeconds) {
    publishMinute((time - start) / (end - start))
    const exposition = await register.metrics()
    let family = ''
    for (const line of exposition.split('\n')) {
      const [, type, name = ''] = /^# (TYPE) (\w+)/.exec(line) ?? []
      if (type !== undefined) family = line.replace(name, name.replace(/_total$/, ''))
      if (line === '' || line.startsWith('#')) continue
      families.set(family, [...(families.get(family) ?? []), `${line} ${time}`])
    }
  }
  stop()
  return `${[...families].flatMap(([type, lines]) => [type, ...lines]).join('\n')}\n# EOF\n`
}

/** @param {number} hour from 0 to 1: the time of the picture */
function publishMinute(hour) {
  const wave = 1 + 0.3 * Math.sin(hour * 9)
  const bearer = Math.round(160 * wave * (1 - hour) ** 2)
  repeat(bearer, () => accepted.publish({ scheme: 'Bearer', enforced: true }))
  repeat(Math.round(240 * wave) + 160 - Math.round(bearer / 2), (index) =>
    accepted.publish({
      scheme: 'DPoP',
      enforced: true,
      iatOffsetSeconds: (index % 20) / 10 - (index % 17 === 0 ? 4 : 0),
    }),
  )
  /** @param {number} count @param {string} reason */
  const reject = (count, reason, enforced = true, iatOffsetSeconds = 0.4) =>
    repeat(count, () => rejected.publish({ reason, enforced, iatOffsetSeconds }))
  reject(Math.round(9 * wave), 'credentials_missing')
  reject(Math.round(5 * wave), 'token_expired')
  reject(hour > 0.55 && hour < 0.62 ? 70 : 0, 'proof_htu')
  reject(hour > 0.3 && hour < 0.7 ? 4 : 1, 'proof_expired', true, 75)
  reject(hour > 0.8 && hour < 0.83 ? 12 : 0, 'proof_replayed')
  reject(Math.round(30 * Math.max(0, 0.5 - hour)), 'token_typ', false)
  reject(Math.round(12 * Math.max(0, 0.7 - hour)), 'token_bound_as_bearer', false)
  repeat(hour > 0.4 && hour < 0.43 ? 40 : 0, () =>
    unavailable.publish({ reason: 'replay_store_unavailable', enforced: true, iatOffsetSeconds: 0.4 }),
  )
}

/** @param {number} times @param {(index: number) => void} publish */
function repeat(times, publish) {
  for (let index = 0; index < times; index++) publish(index)
}
