/** A program that tests start. */
export interface Program {
  binary: string
  /** Where it comes from. */
  debianPackage: string
  /** The service to stop when the package has started it. */
  service?: string
  /** What is skipped without the program. */
  suites: readonly string[]
}

/**
 * Installs the programs that are missing, on Debian, as root; waits while another installation runs. Says what it installs,
 * what went wrong, and which suites are skipped for want of a program.
 */
export function ensurePrograms(programs: readonly Program[]): void
