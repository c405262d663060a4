// @ts-check
// Three protected APIs, a real authorization server, a client and an attacker. Run it: node examples/demo/main.js
import { runDemo } from './demo.js'

process.exitCode = (await runDemo()) ? 0 : 1
