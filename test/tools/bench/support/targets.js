// @ts-check
import { readFileSync, writeFileSync } from 'node:fs'
import { median } from './numbers.js'
import { makeTable } from './table.js'

/**
 * @typedef {object} Target
 * @property {string} goal What the target is for. Several targets can have one goal, and the worst of them decides.
 * @property {string} text
 * @property {number} value
 * @property {'<=' | '>='} relation
 * @property {number} limit
 */

/** @param {string} goal @param {string} text @param {number} value @param {number} limit @returns {Target} */
export function atMost(goal, text, value, limit) {
  return { goal, text, value, relation: '<=', limit }
}

/** @param {string} goal @param {string} text @param {number} value @param {number} limit @returns {Target} */
export function atLeast(goal, text, value, limit) {
  return { goal, text, value, relation: '>=', limit }
}

/** @param {Target} target */
export function isMet({ relation, value, limit }) {
  return relation === '<=' ? value <= limit : value >= limit
}

/** @param {Target} target */
export function verdict(target) {
  return `${limitText(target)}: ${metText(target)}`
}

/** @param {Target} target */
const limitText = ({ relation, limit }) => `${relation} ${limit.toFixed(2)}`

/** @param {Target} target */
const metText = (target) => (isMet(target) ? 'met' : 'missed')

/** How far a target is missed. Less than one if it is met. @param {Target} target */
const distance = ({ relation, value, limit }) => (relation === '<=' ? value / limit : limit / value)

/** Node.js 20 has no Map.groupBy. @param {readonly Target[]} targets @param {(target: Target) => string} keyOf */
function groupBy(targets, keyOf) {
  /** @type {Map<string, Target[]>} */
  const groups = new Map()
  for (const target of targets) groups.set(keyOf(target), [...(groups.get(keyOf(target)) ?? []), target])
  return groups
}

/** A table of all targets, and one of their goals. In Markdown. @param {readonly Target[]} targets */
export function describeTargets(targets) {
  const all = targets.map((target) => [target.text, target.value.toFixed(3), limitText(target), metText(target)])
  const goals = [...groupBy(targets, ({ goal }) => goal)].map(([goal, group]) => {
    const values = group.map(({ value }) => value)
    const [worst] = group.toSorted((a, b) => distance(b) - distance(a))
    const least = Math.min(...values).toFixed(3)
    const most = Math.max(...values).toFixed(3)
    const met = group.filter(isMet).length
    return [
      goal,
      worst === undefined ? '' : limitText(worst),
      least === most ? least : `${least} to ${most}`,
      met === group.length
        ? 'met'
        : group.length === 1
          ? 'missed'
          : `missed by ${group.length - met} of ${group.length}`,
    ]
  })
  return [
    makeTable(['target', 'figure', 'limit', ''], all),
    '',
    '## The targets of the design',
    '',
    makeTable(['goal', 'limit', 'figure', ''], goals),
    '',
    `${targets.filter(isMet).length} of ${targets.length} met`,
  ].join('\n')
}

/** @param {string} path @param {readonly Target[]} targets */
export function writeTargets(path, targets) {
  writeFileSync(path, `${JSON.stringify({ node: process.versions.node, targets }, undefined, 2)}\n`)
}

/** @param {string} path @returns {Target[]} */
export function readTargets(path) {
  return JSON.parse(readFileSync(path, 'utf8')).targets
}

/** Each target with the median of its figures in these files. A target may be missing in some. @param {readonly string[]} paths */
export function medianTargets(paths) {
  const groups = groupBy(paths.flatMap(readTargets), ({ text }) => text)
  return [...groups.values()].flatMap((group) =>
    group.slice(0, 1).map((target) => ({ ...target, value: median(group.map(({ value }) => value)) })),
  )
}
