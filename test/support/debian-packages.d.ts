/** A program that tests start. */
export interface Program {
  binary: string
  /** A library has no program: this file is looked for instead, and `binary` is only its name. */
  file?: string
  /** The Debian package. */
  debianPackage: string
  /** The service to stop when the package has started it. */
  service?: string
  /** The suites that are skipped without the program. */
  suites: readonly string[]
}

/**
 * Installs missing programs, on Debian, as root. Waits while another installation runs. Says what it installs, what failed, and
 * which suites are skipped because a program is missing.
 */
export function ensurePrograms(programs: readonly Program[]): void
