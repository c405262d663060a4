/**
 * Vitest setup of the properties: the same runs each time, so that nothing fails that was not changed. `PROPERTY_SEED=random`,
 * or a number, makes others.
 */
import fc from 'fast-check'

const { PROPERTY_SEED: asked } = process.env

if (asked !== 'random') fc.configureGlobal({ seed: Number(asked ?? 9449) })
