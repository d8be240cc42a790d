// The built page: small enough to come at once, whole in itself, and loaded view by view.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROUTES } from '../../daemon/contract/routes.ts';
import { buildPage } from '../../scripts/build-page.ts';

/** What a browser may have to load before it shows something. */
const FIRST_BYTES = 150_000;
/** A sentence of the table of routes, of which the page needs ids, addresses and roles alone. */
const SENTENCE = ROUTES.find(({ id }) => id === 'restart')?.says ?? '';

test('the page shows something after less than 150 KB, asks nobody else for anything, and has each view in a file of its own', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-page-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { firstBytes, files } = await buildPage(folder);
  assert.ok(firstBytes < FIRST_BYTES, `${firstBytes} bytes`);
  assert.ok(firstBytes > 10_000, `${firstBytes} bytes is no page`);
  for (const { file } of files) {
    const text = readFileSync(join(folder, file), 'utf8');
    // A namespace is a name, not an address; links to a view are hashes.
    const foreign = text.replaceAll(/http:\/\/www\.w3\.org\/[\w/]+/g, '').match(/\b(?:https?:)?\/\/[a-z][\w.-]+\.[a-z]{2,}[^\s"'`]*/g) ?? [];
    assert.deepEqual(foreign, [], file);
    assert.ok(SENTENCE !== '' && !text.includes(SENTENCE), `${file} has what routes are described with`);
  }
  const html = readFileSync(join(folder, 'index.html'), 'utf8');
  assert.doesNotMatch(html, /<script(?![^>]* src=)|<style|\son\w+=|javascript:/, 'its policy allows nothing written in the document');
  assert.doesNotMatch(html, /(src|href)="\//, 'every address is relative, for a proxy below a path');
  const views = readdirSync(join(folder, 'assets')).filter((name) => name.endsWith('.js'));
  for (const view of ['processes', 'jobs', 'events', 'reload', 'about']) assert.ok(views.some((name) => name.startsWith(`${view}-`)), `${view} has a file of its own`);
});
