export type { Check } from './check.js'
export { runCommand } from './command.js'
export { type InspectedRequest, type Inspection, inspectProof } from './inspect-proof.js'
export type { Terminal } from './terminal.js'
