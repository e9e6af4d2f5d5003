/** nginx configuration as nested values: a directive with its words, and a block where it opens one. */

/** One directive: its name, its parameters, and for a block (`server { … }`) what is inside. */
export interface NginxDirective {
  readonly name: string;
  /** Parameters in order. Default none. */
  readonly parameters?: readonly (string | number)[];
  /** What stands between the braces. Absent for a simple directive. */
  readonly block?: readonly NginxDirective[];
}

/** A simple directive: `nginx('listen', 6443)`. */
export function nginx(name: string, ...parameters: (string | number)[]): NginxDirective {
  return { name, parameters };
}

/** A block: `nginxBlock(['upstream', 'api'], [...])`. */
export function nginxBlock(head: readonly [string, ...string[]], block: readonly NginxDirective[]): NginxDirective {
  const [name, ...parameters] = head;
  return { name, parameters, block };
}

/** The text of a configuration file. */
export function renderNginx(directives: readonly NginxDirective[]): string {
  return directives.map((directive) => renderDirective(directive, '')).join('');
}

/**
 * One parameter, quoted where nginx would otherwise end the word or the directive.
 *
 * @throws when it holds a line break or a NUL byte.
 */
export function nginxWord(parameter: string | number): string {
  const text = String(parameter);
  if (/[\r\n\0]/.test(text)) {
    throw new Error(`an nginx parameter must be one line, not ${JSON.stringify(text)}`);
  }
  return text !== '' && !/[\s;{}"'\\#]/.test(text) ? text : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function renderDirective(directive: NginxDirective, indent: string): string {
  const head = [directive.name, ...(directive.parameters ?? []).map(nginxWord)].join(' ');
  if (directive.block === undefined) {
    return `${indent}${head};\n`;
  }
  const inside = directive.block.map((inner) => renderDirective(inner, `${indent}    `)).join('');
  return `${indent}${head} {\n${inside}${indent}}\n`;
}
