// @ts-check
/**
 * Makes an element. Strings become text nodes, so nothing from a server is parsed as HTML.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<Record<string, string | boolean | ((event: Event) => void)>>} attributes
 * @param {...(Node | string | undefined)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value)
    else if (typeof value === 'boolean') made.toggleAttribute(name, value)
    else if (value !== undefined) made.setAttribute(name, value)
  }
  made.append(...children.filter((child) => child !== undefined))
  return made
}

/**
 * An element of the page, by its `id`.
 *
 * @template {HTMLElement | SVGElement} [Type=HTMLElement]
 * @param {string} id
 * @param {new () => Type} [type]
 * @returns {Type}
 */
export function find(id, type) {
  const found = document.getElementById(id)
  if (found === null || (type !== undefined && !(found instanceof type))) throw new Error(`the page has no #${id}`)
  return /** @type {Type} */ (/** @type {unknown} */ (found))
}

/** The chosen value of a group of radio buttons. @param {string} name */
export function chosen(name) {
  return document.querySelector(`input[name="${name}"]:checked`)?.getAttribute('value') ?? ''
}
