import fc from 'fast-check'

// The first counterexample kills a mutant, so the search for a smaller one would only take time.
fc.configureGlobal({ endOnFailure: true })

// Stryker runs each suite in a worker thread, and most suites use the default replay store, which warns of that.
const { emitWarning } = process
process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
  const [first] = rest
  const code = typeof first === 'object' && first !== null && 'code' in first ? first.code : undefined
  if (code !== 'DPOP_GUARD_MEMORY_STORE_IN_THREAD') Reflect.apply(emitWarning, process, [warning, ...rest])
}
