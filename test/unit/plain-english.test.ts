/** The prose of this repository is plain English. These are the habits that come back. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What to write instead, and what not to write. */
const banned: readonly (readonly [write: string, notThis: RegExp])[] = [
  ['a string, strings', /\ba text\b(?! file)|\btexts\b/i],
  ['again; is rebuilt, is read again', /\banew\b/i],
  ['expensive, cheap', /\bdear(?:er|est)?\b/i],
  ['anyone who, any', /\bwho(?:so)?ever\b|\bwhatever\b/i],
  ['untrusted, of another', /\bforeign\b/i],
  ['exactly', /\bto the letter\b/i],
  ['also, beside, except', /\bbesides\b/i],
  ['recently', /\blately\b/i],
  ['configured with, shown, learns', /\btold\b/i],
  ['is rejected', /\bturn(?:s|ed|ing)? away\b|\brefus(?:e|es|ed|ing|als?)\b/i],
  ['is accepted, passes', /\blet(?:s|ting)? (?:\w+ ){0,3}in\b(?! (?:the|a)\b)/i],
  ['an attacker', /\bthie(?:f|ves)\b/i],
  [
    'an invalid ...; no ...',
    /(?<!\bthere )\b(?:is|are|was|were) none\b|\bwhat is no(?:ne)?\b|\bthat there (?:is|are) not\b/i,
  ],
  ['returns, throws, takes, has', /\bgives\b(?! up\b)/i],
  ['a caller', /\b(?:an?|no|the|without) identity\b/i],
  ['because', /, for (?:it|they|he|she|we|you|there|nobody|everybody|its|their)\b/i],
  ['a plain word of today', /\b(?:albeit|hence|lest|thereof|therein|whence|whereupon|hitherto)\b/i],
]

/** Words of others: what Node, an RFC or a tool calls something. */
const names = /ECONNREFUSED|ERR_CONNECTION_REFUSED|[Cc]onnections? (?:is |are |was )?refused/g

const isProse = (file: string) =>
  /\.(?:[cm]?[jt]s|md|html|css|ya?ml|sh)$|^\.ci\/run$/.test(file) &&
  !/(?:^|\/)(?:CHANGELOG\.md|corpus\/|survivors\.js)/.test(file) &&
  basename(file) !== basename(import.meta.url)

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter(isProse)

test('no line has a phrase that plain English has another one for', () => {
  const found = files.flatMap((file) =>
    readFileSync(`${root}/${file}`, 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        banned
          .filter(([, phrase]) => phrase.test(line.replace(names, '')))
          .map(([write]) => `${file}:${index + 1}: write "${write}": ${line.trim()}`),
      ),
  )
  expect(found).toEqual([])
  expect(files.length).toBeGreaterThan(300)
})
