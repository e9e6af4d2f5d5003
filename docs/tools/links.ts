/** Links of Markdown pages, and the places they may point to. */
import GithubSlugger from 'github-slugger';
import type { Nodes } from 'mdast';
import { visit } from 'unist-util-visit';
import { parsePage } from './page.ts';

/** A link or picture of a page. */
export interface PageLink {
  /** As it stands in the page, e.g. `../style.md#words`. */
  readonly url: string;
  readonly line: number;
}

/** Links and pictures to other files and places, in order; addresses on the web are none. */
export function linksOf(page: string): PageLink[] {
  const found: PageLink[] = [];
  visit(parsePage(page), (node) => {
    if (node.type !== 'link' && node.type !== 'image' && node.type !== 'definition') return;
    if (!/^[a-z]+:/.test(node.url)) found.push({ url: node.url, line: node.position?.start.line ?? 0 });
  });
  return found;
}

const textOf = (node: Nodes): string => {
  if ('value' in node) return node.value;
  return 'children' in node ? node.children.map(textOf).join('') : '';
};

/** The anchors that a page's headings have, as GitHub makes them. */
export function anchorsOf(page: string): string[] {
  const slugger = new GithubSlugger();
  const anchors: string[] = [];
  visit(parsePage(page), 'heading', (node) => {
    anchors.push(slugger.slug(textOf(node)));
  });
  return anchors;
}
