/**
 * Vitest setup of the properties. They have the same inputs in each run, so that no test fails without a change. To get other
 * inputs, set `PROPERTY_SEED` to `random` or to a number.
 */
import fc from 'fast-check'

const { PROPERTY_SEED: asked } = process.env

if (asked !== 'random') fc.configureGlobal({ seed: Number(asked ?? 9449) })
