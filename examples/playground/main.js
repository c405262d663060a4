// @ts-check
// `npm start` runs this: first the demo, then a page to try DPoP by hand. With --once it ends after the demo.
import { runDemo } from '../demo/demo.js'
import { startPlayground } from './playground.js'

process.exitCode = (await runDemo()) ? 0 : 1

if (!process.argv.includes('--once')) {
  const { origin, close } = await startPlayground()
  console.log(`\nNow be the client and the attacker: open ${origin} (Ctrl+C stops it)`)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, close)
}
