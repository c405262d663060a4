/** A piece of HTML in which every value was escaped. */
export class Html {
  readonly source: string

  private constructor(source: string) {
    this.source = source
  }

  /** Only for this module and for constant strings. */
  static trusted(source: string): Html {
    return new Html(source)
  }
}

type Value = Html | string | number | undefined | readonly Html[]

/** Escapes every value, unless it is HTML already. So no string of a server becomes a part of the page. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  const parts = strings.map((text, index) => text + (index < values.length ? write(values[index]) : ''))
  return Html.trusted(parts.join(''))
}

function write(value: Value): string {
  if (value === undefined) return ''
  if (value instanceof Html) return value.source
  if (typeof value === 'object') return value.map(({ source }) => source).join('')
  return escapeText(String(value))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Control characters, and those that change the direction of text, become a question mark in a box. */
export function escapeText(text: string): string {
  return text.replace(/[^\P{C}\t\n]/gu, '\ufffd').replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
