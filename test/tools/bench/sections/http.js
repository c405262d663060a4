// @ts-check
// Servers that answer over sockets. A round measures every server once, one after the other. Each figure that compares two servers
// is a ratio within a round.
import { availableParallelism } from 'node:os'
import { measureRounds } from '../http/rounds.js'
import { clientCore, openScene } from '../http/scene.js'
import { pinningIsMissing } from '../support/child.js'
import { spaced } from '../support/numbers.js'
import { makeTable, percent, spread } from '../support/table.js'
import { atLeast, atMost } from '../support/targets.js'

/** @typedef {import('../http/apps.js').App} App */
/** @typedef {import('../http/rounds.js').Rounds} Rounds */
/** @typedef {import('../http/scene.js').Measurement} Measurement */
/** @typedef {import('../http/scene.js').Scene} Scene */
/** @typedef {import('../http/scene.js').Server} Server */
/** @typedef {(text?: string) => void} Print */

export const title = 'Over HTTP: a server on one core, and on two'

const milliseconds = 1200
const p99Goal = "HTTP, one core, Express: p99 / the peer's, at every load"
/** A slow server has not compiled all of its code after these, but the bench has only six minutes. */
const warmUpRequests = 12_000
const warmUp = { milliseconds: 1000 }
const loads = [0.5, 0.75, 0.9]
const loadMilliseconds = 1500

const guardedName = 'Express, guarded'
const verificationName = 'Express, a verification alone'
const peerName = 'Express, express-oauth2-jwt-bearer'
/** @type {Record<string, App>} */
const apps = {
  Express: { framework: 'express', protection: 'none' },
  [verificationName]: { framework: 'express', protection: 'verification' },
  [guardedName]: { framework: 'express', protection: 'memory' },
  'Express, guarded, Redis': { framework: 'express', protection: 'redis' },
  [peerName]: { framework: 'express', protection: 'peer' },
  Koa: { framework: 'koa', protection: 'none' },
  'Koa, guarded': { framework: 'koa', protection: 'memory' },
  Fastify: { framework: 'fastify', protection: 'none' },
  'Fastify, guarded': { framework: 'fastify', protection: 'memory' },
}

/** @param {Print} print */
export async function run(print) {
  if (pinningIsMissing !== undefined) print(pinningIsMissing)
  if (clientCore === 0) print('There is one core, for servers and clients.')
  const scene = await openScene()
  try {
    if (!scene.hasRedis) print('Redis was not measured: there is no redis-server here.')
    print('100 clients over 64 connections; a round is 1.2 s for each server; every request has a proof of its own.')
    const servers = await startServers(scene, '0', Object.keys(apps))

    print('\n### One core, as many requests as are answered\n')
    const saturated = await measureRounds(servers, { milliseconds }, 5)
    printSaturation(saturated, [...servers.keys()], print)

    const most = saturated.over(guardedName, ({ perSecond }) => perSecond).middle
    print('\n### One core, a constant rate of requests: a part of what Express, guarded, answers at most\n')
    const loadTargets = await measureLoads(only(servers, [guardedName, peerName]), most, print)

    if (availableParallelism() > 1) {
      print('\n### Two cores, as many requests as are answered\n')
      if (clientCore < 2) print('The clients take a part of the second core, so this is less than could be.\n')
      await Promise.all([...servers.values()].map((server) => server.stop()))
      const spread = await startServers(scene, '0,1', ['Express', verificationName, guardedName, peerName])
      printSaturation(await measureRounds(spread, { milliseconds }, 3), [...spread.keys()], print)
    }
    return [...saturationTargets(saturated), ...loadTargets]
  } finally {
    await scene.close()
  }
}

/** Warms the servers up, so that code is compiled before the measurement. @param {Scene} scene @param {string} cores @param {readonly string[]} names */
async function startServers(scene, cores, names) {
  /** @type {Map<string, Server>} */
  const servers = new Map()
  for (const [name, app] of Object.entries(apps)) {
    if (!names.includes(name) || (app.protection === 'redis' && !scene.hasRedis)) continue
    const server = await scene.startServer(app, cores)
    let answered = 0
    for (let round = 0; round < 4 && answered < warmUpRequests; round++) {
      answered += (await server.measure(warmUp)).perSecond * (warmUp.milliseconds / 1000)
    }
    servers.set(name, server)
  }
  return servers
}

/** @param {ReadonlyMap<string, Server>} servers @param {readonly string[]} names */
function only(servers, names) {
  return new Map([...servers].filter(([name]) => names.includes(name)))
}

/** @param {Rounds} rounds @param {readonly string[]} names @param {Print} print */
function printSaturation(rounds, names, print) {
  const rows = names.map((name) => saturationRow(rounds, name))
  print(makeTable(saturationTitles, rows))
}

/** @param {ReadonlyMap<string, Server>} servers @param {number} most @param {Print} print */
async function measureLoads(servers, most, print) {
  print(
    'Latency begins when a request is due, even if no connection is free. "unsent" requests never got a connection.',
  )
  print('Their wait counts until the end of the round.\n')
  const rows = []
  const targets = []
  for (const load of loads) {
    const rate = Math.round(load * most)
    const rounds = await measureRounds(servers, { milliseconds: loadMilliseconds, rate }, 3)
    const ratio = rounds.between(guardedName, peerName, ({ p99 }, peer) => p99 / peer.p99)
    targets.push(atMost(p99Goal, `http, Express guarded, ${percent(load)} load: p99 / the peer's`, ratio.middle, 1))
    for (const name of servers.keys())
      rows.push([`${percent(load)}: ${spaced(rate)}/s`, ...loadCells(rounds, name, rate)])
  }
  print(makeTable(loadTitles, rows))
  return targets
}

const saturationTitles = [
  'server',
  'requests/s',
  '/ unguarded',
  'CPU, us',
  'CPU added / verification',
  'p50, ms',
  'p99, ms',
  'event loop p99, ms',
  'clients',
  'others',
]

/** @param {Rounds} rounds @param {string} name */
function saturationRow(rounds, name) {
  const unguarded = unguardedOf(name)
  const isGuarded = name !== unguarded
  return [
    name,
    spaced(rounds.over(name, ({ perSecond }) => perSecond).middle),
    isGuarded ? spread(rounds.between(name, unguarded, ({ perSecond }, base) => perSecond / base.perSecond)) : '',
    rounds.over(name, ({ cpu }) => cpu).middle.toFixed(0),
    isGuarded ? spread(rounds.between(name, unguarded, cpuAdded)) : '',
    rounds.over(name, ({ p50 }) => p50).middle.toFixed(1),
    rounds.over(name, ({ p99 }) => p99).middle.toFixed(1),
    rounds.over(name, ({ delay }) => delay).middle.toFixed(1),
    percent(rounds.over(name, ({ busy }) => busy).middle),
    percent(rounds.over(name, ({ others }) => others).middle),
  ]
}

/** @param {string} name */
function unguardedOf(name) {
  return name.split(',', 1)[0] ?? name
}

/** @type {(measurement: Measurement, base: Measurement) => number} */
const cpuAdded = ({ cpu, verification }, base) => (cpu - base.cpu) / verification

/** @param {Rounds} rounds */
function saturationTargets(rounds) {
  const added = ['Express', 'Koa', 'Fastify'].map((framework) =>
    atMost(
      `HTTP, one core, ${framework}: CPU added / verification`,
      `http, ${framework} guarded: CPU added / verification`,
      rounds.between(`${framework}, guarded`, framework, cpuAdded).middle,
      1.4,
    ),
  )
  const rate = rounds.between(guardedName, peerName, ({ perSecond }, peer) => perSecond / peer.perSecond)
  const p99 = rounds.between(guardedName, peerName, (measurement, peer) => measurement.p99 / peer.p99)
  return [
    ...added,
    atLeast(
      "HTTP, one core, Express: requests a second / the peer's",
      "http, Express guarded: requests a second / the peer's",
      rate.middle,
      2.5,
    ),
    atMost(p99Goal, "http, Express guarded, full load: p99 / the peer's", p99.middle, 1),
  ]
}

const loadTitles = ['load', 'server', 'answered/s', 'CPU, us', 'p50, ms', 'p99, ms', 'event loop p99, ms', 'unsent', '']

/** @param {Rounds} rounds @param {string} name @param {number} rate */
function loadCells(rounds, name, rate) {
  const answered = rounds.over(name, ({ perSecond }) => perSecond).middle
  return [
    name,
    spaced(answered),
    rounds.over(name, ({ cpu }) => cpu).middle.toFixed(0),
    rounds.over(name, ({ p50 }) => p50).middle.toFixed(1),
    rounds.over(name, ({ p99 }) => p99).middle.toFixed(1),
    rounds.over(name, ({ delay }) => delay).middle.toFixed(1),
    spaced(rounds.over(name, ({ unsent }) => unsent).middle),
    answered < 0.98 * rate ? 'cannot keep up' : '',
  ]
}
