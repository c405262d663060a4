// @ts-check
import { availableParallelism, cpus } from 'node:os'

export function describeMachine() {
  const threads = process.env.UV_THREADPOOL_SIZE ?? '4'
  const model = cpus()[0]?.model ?? 'unknown processor'
  return `Node ${process.versions.node}, ${availableParallelism()} cores, ${model}, ${threads} threads in libuv's pool`
}

/** Milliseconds that all cores were busy since the start of the machine. */
function busyTime() {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0)
}

/** Returns a function. It returns the part of the machine's CPU time that other programs have used since this call. */
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
