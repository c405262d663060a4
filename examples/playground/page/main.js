// @ts-check

import { showTarget, startAttackerStep } from './attacker-step.js'
import { startCallStep } from './call-step.js'
import { Client } from './client.js'
import { startComparison } from './comparison.js'
import { startEditor } from './editor.js'
import { find } from './element.js'
import { makeKey } from './key.js'
import { startKeyStep } from './key-step.js'
import { watchOperator } from './operator.js'
import { startProgress } from './progress.js'
import { startProofStep } from './proof-step.js'
import { loadScene } from './scene.js'
import { showSettings, startSettingsForm } from './settings-form.js'
import { startTokenStep } from './token-step.js'

addEventListener('unhandledrejection', (event) => {
  event.preventDefault()
  find('trouble').textContent = `That did not work: ${event.reason}. Is the playground still running?`
})

const scene = await loadScene()
const client = new Client(scene)
const operator = watchOperator((settings) => {
  showSettings(settings)
  showTarget()
})
const attackerKey = await makeKey()

startCallStep(client, scene, operator)
startSettingsForm(operator)
startComparison(client, scene, operator, attackerKey)
startAttackerStep(client, scene, operator, attackerKey)
startEditor(client, scene, operator, attackerKey)
startProofStep(client, scene)
const tokenStep = startTokenStep(client, scene)
await startKeyStep(client)
tokenStep.resume(startProgress(client, scene))
