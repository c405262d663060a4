// @ts-check

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: ['packages/core/src/**/*.ts'],
  ignorePatterns: ['.ci', '.tmp', 'examples', 'test/tools/bench'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/tools/mutation/vitest.config.js', related: false },
  coverageAnalysis: 'perTest',
  disableTypeChecks: 'packages/core/src/**/*.ts',
  allowEmpty: false,
  concurrency: 2,
  timeoutMS: 20_000,
  timeoutFactor: 2,
  dryRunTimeoutMinutes: 15,
  incremental: true,
  incrementalFile: '.tmp/mutation/incremental.json',
  tempDirName: '.tmp/stryker',
  reporters: ['progress-append-only', 'clear-text', 'html', 'json'],
  clearTextReporter: { reportTests: false, reportMutants: false, allowColor: false },
  htmlReporter: { fileName: '.tmp/mutation/report.html' },
  jsonReporter: { fileName: '.tmp/mutation/report.json' },
}
