// @ts-check
// The CPU cost of untrusted requests: `npm run bench:dos -- --part=growth|search --seed=X --seconds=S --limit=R`. All are optional.
// `growth`: listed inputs in three sizes. Exits with 1 if the cost grows faster than the size.
// `search`: looks for the most expensive inputs of 16 KB for each reader of untrusted bytes. Exits with 1 if an untrusted client
// can cause the cost of more than `limit` accepted checks without a signature verification or a key import. The target is 1, but
// measurements have noise.
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    part: { type: 'string' },
    seed: { type: 'string', default: '9449' },
    seconds: { type: 'string', default: '240' },
    limit: { type: 'string', default: '2' },
    reader: { type: 'string' },
  },
})

if (values.part !== 'growth') {
  const { reportSearch } = await import('./denial-of-service/report.js')
  const seed = values.seed === 'random' ? Date.now() : Number(values.seed)
  const [seconds, limit] = [Number(values.seconds), Number(values.limit)]
  if (![seed, seconds, limit].every((number) => number > 0)) throw new RangeError('see denial-of-service.js')
  await reportSearch({ seed, seconds, limit, reader: values.reader })
}
if (values.part !== 'search') await import('./denial-of-service/growth.js')
