import { expect, test } from 'vitest'
import type { Row } from './row.js'
import { named, namedBreakages } from './rows/breakages.js'
import { topics } from './rows/index.js'
import { unnamedKinds } from './unnamed.js'

const unnamed = Object.entries(topics).flatMap(([topic, rows]) =>
  rows
    .filter(({ request, expect }) => 'refused' in expect && typeof request !== 'string')
    .map((row) => ({ row, topic })),
)

const kindOf = ({ row, topic }: { row: Row; topic: string }) => unnamedKinds.find(({ has }) => has(row, topic))

test('every breakage that users can name is a row', () => {
  expect(namedBreakages.map(({ request }) => request)).toEqual(Object.keys(named))
})

test('every refused row has the name of a breakage, or is of a kind that cannot have one', () => {
  expect(unnamed.filter((one) => kindOf(one) === undefined).map(({ row }) => row.name)).toEqual([])
})

test.each(unnamedKinds)('$rows rows: $reason', (kind) => {
  const rows = unnamed.filter((one) => kindOf(one) === kind).map(({ row }) => row.name)
  expect(rows).toHaveLength(kind.rows)
})
