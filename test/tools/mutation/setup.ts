import fc from 'fast-check'
import { vi } from 'vitest'

// The first counterexample kills a mutant, so the search for a smaller one would only take time. The seed is that of the properties.
fc.configureGlobal({ endOnFailure: true, seed: 9449 })

// Stryker runs each suite in a worker thread, and a default replay store warns of that. The tests are for the main thread.
vi.mock('node:worker_threads', async (load) => ({ ...(await load<object>()), isMainThread: true }))
