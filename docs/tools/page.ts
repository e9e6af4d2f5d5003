/** Markdown pages as the tools of the documentation see them: fences with the comment before each, and where they are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { visit } from 'unist-util-visit';

/** The root of the repository. */
export const root = join(import.meta.dirname, '..', '..');

/** A fenced block of code. */
export interface Fence {
  /** First word after the backticks, e.g. `console`; empty where there is none. */
  readonly language: string;
  /** What stands inside, without the newline before the closing fence. */
  readonly text: string;
  /** Line of the opening fence, counted from 1. */
  readonly line: number;
  /** Where {@link text} begins and ends in the page. */
  readonly start: number;
  readonly end: number;
  /** The comment directly before the fence, e.g. `not-run: needs AWS`; undefined where there is none. */
  readonly note: string | undefined;
}

/** The page's syntax tree. */
export const parsePage = (text: string): Nodes => fromMarkdown(text);

/** A comment's text, or undefined for other HTML. */
const commentOf = (html: string): string | undefined => /^<!--\s*(.*?)\s*-->$/s.exec(html)?.[1];

/** The fences of a page, in order. Code by indentation is none. */
export function fencesOf(page: string): Fence[] {
  const found: Fence[] = [];
  visit(parsePage(page), 'code', (node, index, parent) => {
    const [from, to] = [node.position?.start.offset ?? 0, node.position?.end.offset ?? 0];
    if (!/^(`{3,}|~{3,})/.test(page.slice(from))) return;
    const start = page.indexOf('\n', from) + 1;
    const before = index === undefined ? undefined : parent?.children[index - 1];
    found.push({
      language: node.lang ?? '',
      text: node.value,
      line: node.position?.start.line ?? 0,
      start,
      end: Math.max(start, page.lastIndexOf('\n', to - 1)),
      note: before?.type === 'html' ? commentOf(before.value) : undefined,
    });
  });
  return found;
}

/** The page with the texts of some fences replaced. */
export function replaceFences(page: string, texts: ReadonlyMap<Fence, string>): string {
  const last = [...texts].sort(([a], [b]) => b.start - a.start);
  return last.reduce((text, [{ start, end }, fresh]) => {
    // A fence without any line has no newline before its end.
    const newline = start === end && text[start] !== '\n' ? '\n' : '';
    return `${text.slice(0, start)}${fresh}${newline}${text.slice(end)}`;
  }, page);
}

/** The text of a file of the repository. */
export const read = (path: string): string => readFileSync(join(root, path), 'utf8');
