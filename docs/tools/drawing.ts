/** DOT for Graphviz, and SVG that can be read on light and on dark. */
import { instance } from '@viz-js/viz';

const quote = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

/** Attributes as DOT has them. */
const attributes = (given: Readonly<Record<string, string | number>>): string =>
  `[${Object.entries(given)
    .map(([name, value]) => `${name}=${quote(String(value))}`)
    .join(', ')}]`;

/** A node's line. */
export const node = (id: string, given: Readonly<Record<string, string | number>>): string =>
  `${quote(id)} ${attributes(given)};`;

/** An edge's line. */
export const edge = (from: string, to: string, given: Readonly<Record<string, string | number>> = {}): string =>
  `${quote(from)} -> ${quote(to)} ${attributes(given)};`;

/** Lines in a frame with a title. */
export const frame = (id: string, title: string, lines: readonly string[]): string =>
  [`subgraph ${quote(`cluster_${id}`)} {`, `label=${quote(title)};`, ...lines, '}'].join('\n');

// Colours that stand for what a style sheet sets by the reader's choice of light or dark.
const INK = '#010101';
const LINE = '#020202';
const FRAME = '#030303';
/** Fill of a node, by what it is. Dark text is legible on each, whatever is around it. */
export const fills = { machine: '#dbe7f5', program: '#ffffff', gate: '#fde9c0', many: '#e9e3f3' } as const;

/** A whole graph. */
export function digraph(lines: readonly string[], given: Readonly<Record<string, string | number>> = {}): string {
  const font = { fontname: 'Helvetica,Arial,sans-serif' };
  return [
    'digraph {',
    `graph ${attributes({ ...font, fontsize: 13, fontcolor: INK, color: FRAME, style: 'rounded', bgcolor: 'transparent', nodesep: 0.25, ranksep: 0.45, ...given })};`,
    `node ${attributes({ ...font, fontsize: 11, shape: 'box', style: 'rounded,filled', fillcolor: fills.program, color: LINE, fontcolor: '#1f2328', height: 0.32, margin: '0.24,0.07' })};`,
    `edge ${attributes({ ...font, fontsize: 10, color: LINE, fontcolor: INK, arrowsize: 0.7 })};`,
    ...lines,
    '}',
  ].join('\n');
}

const sheet = `<style>
.ink { fill: #1f2328 } .line { stroke: #57606a } .tip { fill: #57606a; stroke: #57606a } .frame { stroke: #8c959f }
@media (prefers-color-scheme: dark) {
.ink { fill: #e6edf3 } .line { stroke: #9198a1 } .tip { fill: #9198a1; stroke: #9198a1 } .frame { stroke: #6e7681 }
}
</style>`;

/** The picture of a graph, drawn by Graphviz. The same graph always gives the same picture. */
export async function draw(dot: string, title: string): Promise<string> {
  const viz = await instance();
  const svg = viz.renderString(dot, { format: 'svg', engine: 'dot' });
  const withClasses = svg
    .replace(/<!DOCTYPE[^>]*>\s*/, '')
    .replaceAll(/<!--.*?-->\s*/gs, '')
    .replaceAll(`fill="${LINE}" stroke="${LINE}"`, 'class="tip"')
    .replaceAll(`fill="${INK}"`, 'class="ink"')
    .replaceAll(`stroke="${LINE}"`, 'class="line"')
    .replaceAll(`stroke="${FRAME}"`, 'class="frame"')
    .replaceAll(/<title>.*?<\/title>\s*/gs, '');
  return withClasses.replace(/(<svg[^>]*>)/, `$1\n<title>${title}</title>\n${sheet}`);
}
