import fc from 'fast-check'

// The first counterexample kills a mutant, so the search for a smaller one would only take time.
fc.configureGlobal({ endOnFailure: true })
