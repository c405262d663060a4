// @ts-check
// Draws the diagrams of the pages: node packages/docs/diagrams/main.js
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { drawSequence } from './sequence.js'
import { sequences } from './sequences.js'

const folder = fileURLToPath(new URL('../../core/docs/images/', import.meta.url))
mkdirSync(folder, { recursive: true })
for (const [name, sequence] of Object.entries(sequences)) writeFileSync(`${folder}${name}.svg`, drawSequence(sequence))
