/** An API in several processes, which share what their options say. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { GuardOptions } from '@dpop-guard/core'
import { findFreePort } from '../support/free-port.js'

export const frameworks = ['Express 5', 'Koa 3', 'Fastify 5'] as const

export type SharedOptions = Pick<GuardOptions, 'issuer' | 'resource' | 'freshness' | 'jwksCache'> & {
  nonce?: { secrets: readonly string[]; rotationSeconds: number }
}

export interface InstanceParts {
  options: SharedOptions
  /** Default `shared`: the test's process keeps the used keys. */
  store?: 'shared' | 'memory'
}

export interface Instance {
  readonly port: number
  readonly framework: string
  /** Undefined while there is no process. */
  readonly pid: number | undefined
  /** Makes a new guard from these options, in the running process. */
  configure(parts: InstanceParts): Promise<void>
  start(parts: InstanceParts): Promise<void>
  /** Ends the process cleanly, as on SIGTERM. Resolves when it has ended. */
  stop(): Promise<void>
  /** Ends the process as a crash does. */
  kill(): Promise<void>
  /** Answers every request to `/held`. */
  release(): void
}

export interface Instances {
  readonly all: readonly Instance[]
  /** Called when the guard has accepted a request to `/held`. */
  onHeld: (instance: Instance) => void
  close(): Promise<void>
}

const path = fileURLToPath(new URL('./worker.js', import.meta.url))

interface WorkerEvent {
  event: 'done' | 'claim' | 'held'
  call?: number
  error?: string
  claim?: number
  key?: string
  ttlSeconds?: number
}

/** One instance for each framework, each in its own process. */
export async function startInstances(parts: InstanceParts): Promise<Instances> {
  /** The time until which a key is used, in milliseconds. */
  const claimed = new Map<string, number>()
  const addIfAbsent = (key: string, ttlSeconds: number) => {
    if ((claimed.get(key) ?? 0) > Date.now()) return false
    claimed.set(key, Date.now() + ttlSeconds * 1000)
    return true
  }

  async function createInstance(framework: string): Promise<Instance> {
    const port = await findFreePort()
    let child: ChildProcess | undefined
    let calls = 0
    const pending = new Map<number, (error: string | undefined) => void>()

    function receive({ event, call = 0, error, key = '', ttlSeconds = 0, ...rest }: WorkerEvent) {
      if (event === 'done') pending.get(call)?.(error)
      if (event === 'held') instances.onHeld(instance)
      // A process that was killed needs no answer.
      if (event === 'claim') child?.send({ command: 'claimed', ...rest, first: addIfAbsent(key, ttlSeconds) }, () => {})
    }
    async function tell(message: object) {
      const call = ++calls
      const error = await new Promise<string | undefined>((resolve) => {
        pending.set(call, resolve)
        if (child === undefined) resolve('there is no process')
        child?.send({ ...message, call })
        child?.once('exit', () => resolve('the process has ended'))
      })
      pending.delete(call)
      if (error !== undefined) throw new Error(`${framework}: ${error}`)
    }
    async function end(how: (child: ChildProcess) => void) {
      if (child === undefined) return
      if (child.exitCode !== null) throw new Error(`${framework}: the process has ended by itself`)
      const exited = once(child, 'exit')
      how(child)
      await exited
      child = undefined
    }
    const instance: Instance = {
      port,
      framework,
      get pid() {
        return child?.pid
      },
      configure: (changed) => tell({ command: 'configure', framework, ...withStore(changed) }),
      async start(changed) {
        if (child !== undefined) throw new Error(`${framework}: it runs`)
        child = fork(path, { execArgv: [] })
        child.on('message', receive)
        await tell({ command: 'start', port, framework, ...withStore(changed) })
      },
      stop: () => end((process) => process.send({ command: 'stop' })),
      kill: () => end((process) => process.kill('SIGKILL')),
      release: () => void child?.send({ command: 'release' }),
    }
    return instance
  }

  const all: Instance[] = []
  const instances: Instances = {
    all,
    onHeld() {},
    async close() {
      await Promise.all(all.map((instance) => instance.kill()))
    },
  }
  for (const framework of frameworks) all.push(await createInstance(framework))
  try {
    await Promise.all(all.map((instance) => instance.start(parts)))
  } catch (error) {
    await instances.close()
    throw error
  }
  return instances
}

function withStore({ store = 'shared', ...parts }: InstanceParts): InstanceParts {
  return { store, ...parts }
}
