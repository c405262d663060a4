const maxLineLength = 400

/** Shows text of others to a person: without what a terminal obeys or what turns text around, and without access tokens. */
export class Display {
  #secrets: readonly string[] = []

  /** Never shown from now on, wherever it may stand. */
  hide(secret: string | undefined): void {
    if (secret === undefined) return
    // The longest first: one may be another that was cut short.
    this.#secrets = [...this.#secrets, secret].sort((one, other) => other.length - one.length)
  }

  /** In one line, so that it cannot pass for lines of ours, and cut where it is long. */
  line(text: string): string {
    const shown = this.text(text).replace(/[\t\n]+/g, ' ')
    return shown.length > maxLineLength ? `${shown.slice(0, maxLineLength)}... (${shown.length} characters)` : shown
  }

  /** As a whole, with its lines. */
  text(text: string): string {
    const concealed = this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, '(the access token)'), text)
    return concealed.replace(/[^\P{C}\t\n]/gu, '?')
  }
}
