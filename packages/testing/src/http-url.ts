/** Whether a URL says of itself that it is on this machine. */
export function isLoopback({ hostname }: URL): boolean {
  // The URL parser has written an IPv4 address in its one dotted form, and no other host ends in a number.
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
}
