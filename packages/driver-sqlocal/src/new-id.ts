/** A name that nothing else has. `crypto.randomUUID` is for secure contexts only, where the others are to be told why they fail. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join('-')
}
