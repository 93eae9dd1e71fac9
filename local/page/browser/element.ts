type Property = string | number | boolean | undefined | ((event: Event) => void)

/**
 * An element with attributes, listeners (`onclick`) and children. Text only ever becomes text: what was received may hold markup.
 */
export const element = <K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: { readonly [name: string]: Property } = {},
  ...children: readonly (Node | string | undefined)[]
): HTMLElementTagNameMap[K] => {
  const made = document.createElement(name)
  for (const [property, value] of Object.entries(properties)) {
    if (typeof value === 'function') made.addEventListener(property.slice(2), value)
    else if (value !== undefined && value !== false) made.setAttribute(property, value === true ? '' : String(value))
  }
  made.append(...children.filter((child) => child !== undefined))
  return made
}

/** An element of index.html. */
export const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id)
  if (found) return found
  throw new Error(`Cannot show the page: found no #${id}, wanted the one of index.html`)
}

/** Does it once before the next frame, however often it is asked for. */
export const oncePerFrame = (draw: () => void): (() => void) => {
  let isAsked = false
  return () => {
    if (isAsked) return
    isAsked = true
    requestAnimationFrame(() => {
      isAsked = false
      draw()
    })
  }
}
