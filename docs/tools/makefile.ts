/** The targets of a Makefile that say what they are for: `target: ## what for`. */
export function targets(makefile: string): { name: string; what: string }[] {
  return [...makefile.matchAll(/^([a-z0-9-]+):[^#\n]*## (.*)$/gm)].map(([, name = '', what = '']) => ({ name, what }));
}
