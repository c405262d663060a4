import { expect, test } from 'vitest'
import type { Row } from './row.js'
import { topics } from './rows/index.js'
import { named, namedRows } from './rows/invalid-requests.js'
import { unnamedKinds } from './unnamed.js'

const unnamed = Object.entries(topics).flatMap(([topic, rows]) =>
  rows
    .filter(({ request, expect }) => 'rejected' in expect && typeof request !== 'string')
    .map((row) => ({ row, topic })),
)

const kindOf = ({ row, topic }: { row: Row; topic: string }) => unnamedKinds.find(({ has }) => has(row, topic))

test('every named invalid request is a row', () => {
  expect(namedRows.map(({ request }) => request)).toEqual(Object.keys(named))
})

test('every rejected row has the name of an invalid request, or is of a kind that cannot have one', () => {
  expect(unnamed.filter((one) => kindOf(one) === undefined).map(({ row }) => row.name)).toEqual([])
})

test.each(unnamedKinds)('at least $rows rows: $reason', (kind) => {
  const rows = unnamed.filter((one) => kindOf(one) === kind).map(({ row }) => row.name)
  expect(rows.length).toBeGreaterThanOrEqual(kind.rows)
})
