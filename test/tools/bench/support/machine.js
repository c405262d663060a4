// @ts-check
import { availableParallelism, cpus } from 'node:os'

export function describeMachine() {
  const threads = process.env.UV_THREADPOOL_SIZE ?? '4'
  const model = cpus()[0]?.model ?? 'unknown processor'
  return `Node ${process.versions.node}, ${availableParallelism()} cores, ${model}, ${threads} threads in libuv's pool`
}

/** Milliseconds that all cores were busy since they started. */
function busyTime() {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0)
}

/** Gives a function that tells which part of the machine's CPU time other programs took since then. */
export function watchOthers() {
  const begun = performance.now()
  const busy = busyTime()
  const cpu = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(cpu)
    const others = busyTime() - busy - (user + system) / 1000
    return Math.max(0, others / ((performance.now() - begun) * cpus().length))
  }
}
