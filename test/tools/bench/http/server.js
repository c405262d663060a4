// @ts-check
// The process of one server. It measures its cost, and how late its event loop is.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { answerCalls } from '../support/child.js'
import { createIssuer } from '../support/credentials.js'
import { warmFloor } from '../support/floor.js'
import { createGrants, presentInTurn } from '../support/presentations.js'
import { startApp } from './apps.js'

/** The interval of the delay's timer in milliseconds. Every sample contains it. */
const resolution = 5
const delay = monitorEventLoopDelay({ resolution })
let cpu = process.cpuUsage()

const floor = warmFloor('floor')
floor.prepare?.(presentInTurn(createGrants({ algorithm: 'ES256', issuer: createIssuer('ES256'), count: 16 }), 256)())

answerCalls({
  /** @param {{ app: import('./apps.js').App, surroundings: import('./apps.js').Surroundings }} wanted */
  start: ({ app, surroundings }) => startApp(app, surroundings),
  /** The CPU microseconds of a bare verification, here and now. */
  async measureVerification() {
    const before = process.cpuUsage()
    let count = 0
    for (let turn = 0; turn < 4; turn++) count += await floor.run([])
    const { user, system } = process.cpuUsage(before)
    return (user + system) / count
  },
  begin() {
    delay.reset()
    delay.enable()
    cpu = process.cpuUsage()
  },
  end() {
    const { user, system } = process.cpuUsage(cpu)
    delay.disable()
    return { cpuMicroseconds: user + system, delay: Math.max(0, delay.percentile(99) / 1e6 - resolution) }
  },
})
