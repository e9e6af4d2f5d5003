/** A command as a person types it: `make up`, for another stack than dev `make up STACK=x`. */
export function makeFor(verb: string, stack: string): string {
  return stack === 'dev' ? `make ${verb}` : `make ${verb} STACK=${stack}`;
}
