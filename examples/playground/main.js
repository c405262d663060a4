// @ts-check
// `npm start`: what the demo prints, and then a page to try it by hand. With --once it ends after the demo.
import { runDemo } from '../demo/demo.js'
import { startPlayground } from './playground.js'

process.exitCode = (await runDemo()) ? 0 : 1

if (!process.argv.includes('--once')) {
  const { origin, close } = await startPlayground()
  console.log(`\nNow be the client, and the thief: open ${origin} (Ctrl+C ends it)`)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, close)
}
