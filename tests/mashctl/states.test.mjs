// states: the table of lib/referral/state.c as lines, and as the diagram that CONTRIBUTING.md shows.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { programPath, run } from '../support/daemon.mjs';

const states = async (...args) => {
	const result = await run(programPath('mashctl'), ['states', ...args]);
	assert.equal(result.code, 0, result.stderr);
	return result.stdout;
};

test('CONTRIBUTING.md shows the diagram', async () => {
	const [, shown] = readFileSync(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8').match(/```mermaid\n(.*?)```/s);
	assert.equal(shown, await states('--mermaid'));
});

test('the diagram has every line of the table', async () => {
	const lines = (await states()).trimEnd().split('\n').map((line) => line.split(/ +/));
	const arrows = (await states('--mermaid')).trimEnd().split('\n').slice(2).map((line) => line.match(/^    (\w+) --> (\w+) : (.*)$/).slice(1));
	const drawn = arrows.flatMap(([from, to, actions]) => actions.split(', ').map((action) => [from, action, to]));
	assert.deepEqual(drawn.toSorted(), lines.toSorted());
	assert.equal(new Set(arrows.map(([from, to]) => `${from} ${to}`)).size, arrows.length);
	assert.ok(lines.some((line) => line.join() === 'in_progress,decide,decided'));
});
