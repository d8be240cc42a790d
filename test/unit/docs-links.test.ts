// The documents point at what is there: links, their anchors, and the files that they name.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, matchesGlob } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = globSync(['*.md', 'docs/**/*.md', 'bench/*.md', 'config/**/*.md'], { cwd: ROOT });
const FILES = globSync(['*.*', '{bench,config,ctl,daemon,docs,packaging,scripts,supervised,test,web-ui}/**/*.*'], { cwd: ROOT });

const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '');

/** The anchors that GitHub makes of headings: the second of two that are the same ends in -1. */
function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of textOf(page).matchAll(/^#+ +(.+)$/gm)) {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim().toLowerCase().replaceAll(/[^\w\- ]/g, '').replaceAll(' ', '-');
    let anchor = words;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${words}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

test('every link of the documents leads to a file, and to a heading of it', () => {
  const broken = PAGES.flatMap((page) => [...textOf(page).matchAll(/\]\((?!\w+:)([^)\s]+)\)/g)].map(([, target = '']) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    const found = existsSync(join(ROOT, file)) && (anchor === undefined || !file.endsWith('.md') || anchorsOf(file).has(anchor));
    return found ? [] : [`${page}: ${target}`];
  }).flat());
  assert.deepEqual(broken, []);
});

test('every source file that a document names exists', () => {
  const names = new Set(FILES.map((file) => basename(file)));
  const lost = PAGES.flatMap((page) => [...textOf(page).matchAll(/`([\w./*-]+\.(?:tsx?|css))`/g)].flatMap(([, name = '']) => {
    const found = name.includes('/') || name.includes('*') ? FILES.some((file) => file === name || matchesGlob(file, `**/${name}`)) : names.has(name);
    return found ? [] : [`${page}: ${name}`];
  }));
  assert.deepEqual(lost, []);
});
