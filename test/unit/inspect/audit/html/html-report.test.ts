import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { writeHtmlReport } from '../../../../../packages/inspect/src/audit/html/html-report.js'
import { hostileReport } from '../../../../support/audit-report.js'

const page = writeHtmlReport(hostileReport)

test('no string of the report becomes a part of the page', () => {
  const tags = new Set([...page.matchAll(/<([a-z][a-z0-9]*)/g)].map(([, name]) => name))
  for (const tag of ['script', 'img', 'iframe', 'link', 'object', 'form', 'svg', 'base'])
    expect(tags).not.toContain(tag)
  expect(page).not.toMatch(/[^\P{C}\n]/u)
  expect(page).not.toMatch(/<[^>]*\son\w+=/i)
})

test('the policy of the page allows nothing but its own style sheet', () => {
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? []
  const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? []
  const hash = createHash('sha256').update(style).digest('base64')
  expect(policy).toBe(
    `default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;`,
  )
  expect(page).not.toMatch(/ style="/)
})

test('every link goes to a place in the page', () => {
  const targets = [...page.matchAll(/href="([^"]*)"/g)].map(([, target = '']) => target)
  const ids = new Set([...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => `#${id}`))
  expect(targets.length).toBeGreaterThan(5)
  expect(targets.filter((target) => !ids.has(target))).toEqual([])
})
