import fc from 'fast-check'

// The first counterexample ends a mutant, and nobody reads the smallest.
fc.configureGlobal({ endOnFailure: true })
