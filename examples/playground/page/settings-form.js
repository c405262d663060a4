// @ts-check
import { chosen } from './element.js'

const names = ['mode', 'freshness']

/** Shows the guards' current settings, which other tabs can change too. @param {Record<string, string>} settings */
export function showSettings(settings) {
  for (const name of names) {
    for (const input of inputs(name)) input.checked = input.value === settings[name]
  }
}

/** @param {ReturnType<typeof import('./operator.js').watchOperator>} operator */
export function startSettingsForm(operator) {
  for (const input of names.flatMap(inputs)) {
    input.addEventListener('change', () => operator.change({ mode: chosen('mode'), freshness: chosen('freshness') }))
  }
}

/** @param {string} name */
function inputs(name) {
  return [.../** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll(`input[name="${name}"]`))]
}
